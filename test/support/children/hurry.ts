import { readFile } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'

/** Of a process that runs on Linux. */
export async function childrenOf(pid: number | undefined): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.trim().split(' ').filter(Boolean).map(Number)
}

/** Beside busy processes a training goes on at a hundredth of its speed: root on Linux gives it the usual priority. */
export async function hurryChildren(pid: number | undefined): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return
  for (const child of await childrenOf(pid).catch(() => [])) {
    try {
      setPriority(child, constants.priority.PRIORITY_NORMAL)
    } catch {
      // It has just ended.
    }
  }
}
