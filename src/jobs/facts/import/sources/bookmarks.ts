import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../../../../errors.ts'
import { checkOutput, openOutput } from '../output-file.ts'

/** Up to where each query has been read: by a key of the query, a value of its replication column. */
const Bookmarks = z.strictObject({ winrate_bookmarks: z.record(z.string(), z.string()) })
type Bookmarks = Readonly<Record<string, string>>

const OPTION = '--state'
const OWNER_ONLY = 0o600

/** @throws AppError OptionInvalid where the file is something else */
export async function readBookmarks(file: string): Promise<Bookmarks> {
  await checkOutput(file, { option: OPTION, isOurs: (start) => /^\s*\{\s*"winrate_bookmarks"/.test(start) })
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new AppError('OptionInvalid', `${OPTION} ${file} cannot be read: ${error.message}`, { cause: error })
  })
  if (text.trim() === '') return {}
  const parsed = Bookmarks.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data.winrate_bookmarks
  throw new AppError('OptionInvalid', `${OPTION} ${file} does not hold bookmarks: name another file`)
}

/** The new file takes the place of the old one as a whole. */
export async function writeBookmark(file: string, key: string, value: string): Promise<void> {
  const bookmarks = { ...(await readBookmarks(file)), [key]: value }
  const output = await openOutput(file, OWNER_ONLY)
  await output.write(`${JSON.stringify({ winrate_bookmarks: bookmarks }, null, 2)}\n`)
  await output.publish()
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
