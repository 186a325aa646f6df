import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { prepareBinaries } from '../../../src/store/database/embedded/embedded-postgres-files.ts'
import { runsAs } from '../../../src/store/database/embedded/private-files.ts'
import { until } from '../until.ts'

/** `fast` ends every session and writes a checkpoint; `immediate` stops as a crash does, and recovers at the start. */
export type RestartMode = 'fast' | 'immediate'

/** Restarts the embedded server of a folder on the port that it has, as an operator does. Returns when it takes connections. */
export async function restartServer(folder: string, mode: RestartMode): Promise<void> {
  const pgCtl = path.join(await prepareBinaries(), 'bin', 'pg_ctl')
  // Without a log of its own the server would hold our pipe, and we would wait for its end.
  const args = [
    'restart',
    '-D',
    path.join(folder, 'data'),
    '-m',
    mode,
    '-l',
    path.join(folder, 'data', 'restart.log'),
    '-w',
  ]
  await promisify(execFile)(pgCtl, [...args, '-t', '60'], { cwd: folder, ...runsAs, env: { LC_ALL: 'C', TZ: 'UTC' } })
}

export async function serverPid(folder: string): Promise<number> {
  const [pid = ''] = (await readFile(path.join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')
  return Number(pid)
}

/**
 * `kill -9` of its first process: the others notice and end, and nothing is put in order. Returns when the next process that uses it has
 * started another.
 */
export async function killServer(folder: string): Promise<void> {
  const killed = await readyPid(folder)
  process.kill(killed, 'SIGKILL')
  await until('another server has started', async () => (await readyPid(folder)) !== killed)
}

/** PostgreSQL itself notes there that it takes connections. */
async function readyPid(folder: string): Promise<number> {
  return await until(`PostgreSQL is ready in ${folder}`, async () => {
    const text = await readFile(path.join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '')
    const lines = text.split('\n')
    return lines[7]?.trim() === 'ready' && Number(lines[0])
  })
}
