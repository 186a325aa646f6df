import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { PATIENCE_MS } from '../patience.ts'

const MAIN = path.join(import.meta.dirname, '../../../src/main.ts')
const MOST_KEPT = 4000

export interface ServedMain {
  /** The key of the first start, with every scope. */
  readonly firstKey: string
  /** A request that hangs fails after `timeoutMs`. */
  readonly ask: (target: string, init?: RequestInit, timeoutMs?: number) => Promise<Response>
  /** How it ended and the last that it wrote on standard error; undefined while it lives. */
  readonly end: () => string | undefined
  readonly stop: () => Promise<void>
}

/** The service as a process of its own, on a migrated database where nobody has a key yet. */
export async function serveMain(url: string, settings: Record<string, string> = {}): Promise<ServedMain> {
  const env = { ...process.env, DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'silent', ...settings }
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let complaints = ''
  child.stderr.on('data', (chunk) => (complaints = `${complaints}${String(chunk)}`.slice(-MOST_KEPT)))
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    if (/listens on \S+,/.test(printed)) break
  }
  const [, origin = ''] = /listens on (\S+),/.exec(printed) ?? []
  const isAlive = () => child.exitCode === null && child.signalCode === null
  return {
    firstKey: /wrk_\S+/.exec(printed)?.[0] ?? '',
    ask: async (target, init = {}, timeoutMs = PATIENCE_MS) =>
      await fetch(`${origin}${target}`, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
    end: () => (isAlive() ? undefined : `${child.signalCode ?? child.exitCode}: ${complaints}`),
    stop: async () => {
      if (!isAlive()) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
