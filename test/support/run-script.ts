import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { TestDatabase } from './server/database.ts'

const ROOT = path.join(import.meta.dirname, '..', '..')

export interface ScriptRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A script of the project as a process of its own, to its end. */
export async function runScriptFile(
  { url }: Pick<TestDatabase, 'url'>,
  script: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ScriptRun> {
  const child = spawn(process.execPath, [path.join(ROOT, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, DATABASE_URL: url, ...options.env },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => (output.stdout += String(data)))
  child.stderr.on('data', (data) => (output.stderr += String(data)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}
