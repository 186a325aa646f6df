import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'

const POLL_MS = 50
const SQLITE_BUSY = 5

/**
 * Runs `action` while no other process, and no other call in this one, runs it for the same file.
 *
 * Node has no `flock`. An exclusive transaction on an empty SQLite file locks on every platform, and unlike a file
 * with a pid, the kernel releases it when its holder is killed.
 * @throws when the lock is not free within `timeoutMs`
 */
export async function withFileLock<T>(file: string, timeoutMs: number, action: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    const giveUpAt = performance.now() + timeoutMs
    while (!tryLock(lock)) {
      if (performance.now() > giveUpAt) throw new Error(`${file} is still locked after ${timeoutMs} ms`)
      await sleep(POLL_MS)
    }
    return await action()
  } finally {
    lock.close()
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('begin exclusive')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false
    throw error
  }
}
