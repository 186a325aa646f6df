import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Readable } from 'node:stream'

const ROOT = path.resolve(import.meta.dirname, '../..')

export type ServerProcess = ChildProcessByStdio<null, Readable, null>

/** @param script from the top of the project */
export function startProcess(
  script: string,
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): ServerProcess {
  return spawn(process.execPath, [path.join(ROOT, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MIGRATION_DATABASE_URL: '', ...environment },
  })
}

/** Keeps a process and what it starts from now on to some cores, as `0` or `0-3`. @returns whether it could be done */
export function keepToCores(pid: number, cores: string): boolean {
  return spawnSync('taskset', ['-a', '-c', '-p', cores, String(pid)]).status === 0
}

/** Waits until the process prints its address. */
export async function addressOf(child: ServerProcess): Promise<string> {
  let output = ''
  for await (const data of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(data)
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output)
    if (found) return found[0]
  }
  throw new Error(`the service ended before it listened:\n${output}`)
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.stdout?.resume()
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
