import { pino } from 'pino'
import type { Config } from './config.ts'

export type Logger = ReturnType<typeof createLogger>

/** Secrets and personal data that must not reach a log, wherever in an object of up to two levels they stand. */
const REDACTED_KEYS = ['authorization', 'cookie', 'password', 'secret', 'token', 'key', 'apiKey', 'api_key', 'email']

/** JSON lines on stdout. Log the object first, then a constant message; ERROR only when a person must act. */
export function createLogger(level: Config['logLevel'], destination?: { write(line: string): void }) {
  const paths = REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`])
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, destination ?? process.stdout)
}
