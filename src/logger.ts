import { pino, stdSerializers } from 'pino'
import type { Config } from './config.ts'
import { redactSecrets } from './core/base/secrets.ts'

export type Logger = ReturnType<typeof createLogger>

/** Keys of secrets and personal data, redacted at up to three levels of an object. */
const REDACTED_KEYS = ['authorization', 'cookie', 'password', 'secret', 'token', 'key', 'apiKey', 'api_key', 'email']
/** The logged fields of an error. Other fields of a database error, such as `detail`, quote the row. */
const ERROR_FIELDS = ['type', 'message', 'stack', 'code', 'severity', 'table', 'column', 'constraint', 'routine']

/** JSON lines. Log the object first, then a constant message; ERROR only when a person must act. */
export function createLogger(level: Config['logLevel'], destination?: { write(line: string): void }) {
  const paths = REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`])
  return pino(
    {
      level,
      base: null,
      redact: { paths, censor: '[redacted]' },
      serializers: { err: errorForLog },
      // Over the complete line: any text may contain a key, such as the message of an error.
      hooks: { streamWrite: redactSecrets },
    },
    destination ?? process.stdout,
  )
}

function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { type, message, stack } = stdSerializers.err(error)
  const written: Record<string, unknown> = { ...error, type, message, stack }
  // PostgreSQL's data exceptions quote the value in their message.
  if (String(written.code).startsWith('22') && 'severity' in written) {
    Object.assign(written, { message: withoutQuotes(message), stack: withoutQuotes(stack) })
  }
  return Object.fromEntries(
    ERROR_FIELDS.filter((field) => written[field] !== undefined).map((field) => [field, written[field]]),
  )
}

function withoutQuotes(text: string): string {
  return text.replaceAll(/"(?:[^"]|"")*"/g, '"[redacted]"')
}
