import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Spool {
  readonly path: string
  readonly write: (text: string) => Promise<void>
}

/** A file that only its owner can read and that is gone when `work` ends, for rows on their way from elsewhere. */
export async function withSpool<Result>(fileName: string, work: (spool: Spool) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-rows-'))
  try {
    const file = path.join(folder, fileName)
    const handle = await open(file, 'wx', 0o600)
    try {
      return await work({ path: file, write: (text) => handle.writeFile(text) })
    } finally {
      await handle.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
