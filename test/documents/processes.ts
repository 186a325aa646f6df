// Child processes of the played documents.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { ROOT } from './read-blocks.ts'

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface Ended {
  readonly status: number | null
  readonly output: string
}

/** A process that hangs is killed, and its output shown; far beyond what a busy machine needs. */
const LONGEST_MS = 20 * 60_000

/** Without the settings of the process that runs the tests. */
function environment({ env = {} }: Options): NodeJS.ProcessEnv {
  const { PATH = '', HOME, TMPDIR, LANG } = process.env
  return { PATH: `${path.dirname(process.execPath)}${path.delimiter}${PATH}`, HOME, TMPDIR, LANG, ...env }
}

function start(file: string, args: readonly string[], options: Options) {
  const child = spawn(file, [...args], {
    cwd: options.cwd ?? ROOT,
    env: environment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (written.text += String(data)))
  return { child, written }
}

export async function run(file: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  const { child, written } = start(file, args, options)
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  const [status] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { status, output: written.text }
}

export interface Staying {
  readonly pid: number | undefined
  /** What it had written when it was ready. */
  readonly output: string
  /** Stops it. @returns its exit code and whole output */
  stop(): Promise<Ended>
}

/** A process that stays: started, and waited for until it writes `ready`. */
export async function startUntil(
  ready: RegExp,
  file: string,
  args: readonly string[],
  options: Options,
): Promise<Staying> {
  const { child, written } = start(file, args, options)
  const exit = once(child, 'close')
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  await new Promise<void>((resolve, reject) => {
    const look = () => ready.test(written.text) && resolve()
    for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
    const fail = () => reject(new Error(`${args.join(' ')} ended before it was ready:\n${written.text}`))
    exit.then(fail, reject)
  })
  clearTimeout(timer)
  return {
    pid: child.pid,
    output: written.text,
    stop: async () => {
      if (!hasEnded(child)) child.kill('SIGTERM')
      await exit
      return { status: child.exitCode, output: written.text }
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
