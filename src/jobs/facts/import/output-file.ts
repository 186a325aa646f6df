import { randomUUID } from 'node:crypto'
import { type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../../errors.ts'

export interface OutputRules {
  /** How the user asked for the file, for messages: `--json`. */
  readonly option: string
  /** What to do instead. Default: name another file. */
  readonly remedy?: string
  /** Files that are read, none of which may be written. */
  readonly inputs?: readonly string[]
  /** Whether a file that begins like this is an earlier output of the same kind, which may be replaced. */
  readonly isOurs: (start: string) => boolean
}

const START_BYTES = 64 * 1024

/**
 * Checks, before any work is done, that a file may be written: nothing is there, or an empty file, or an earlier output. What
 * stands there for no file, such as a device or a pipe, is written to as it is.
 * @throws AppError OptionInvalid for an input, a folder, a link, a file of others, or a folder that is not there
 */
export async function checkOutput(
  file: string,
  { option, remedy = 'name another file', inputs = [], isOurs }: OutputRules,
): Promise<void> {
  const refuse = (reason: string) => {
    throw new AppError('OptionInvalid', `${option} ${file}: ${reason}: ${remedy}`)
  }
  if (file === '') throw new AppError('OptionInvalid', `${option}: the name of the file is empty`)
  for (const input of inputs) if (await isSameFile(file, input)) refuse(`this is the input ${input}`)
  const found = await lstat(file).catch(unlessMissing)
  if (found === undefined) return
  if (found.isDirectory()) refuse('this is a folder')
  if (found.isSymbolicLink() && !(await isStream(file))) refuse('this is a symbolic link, which is not followed')
  if (found.isFile() && found.size > 0 && !isOurs(await startOf(file)))
    refuse('a file is there that this command did not write, and it would be lost')
}

export interface OutputFile {
  readonly write: (text: string) => Promise<void>
  /** Puts what was written in the place of what was there. */
  readonly publish: () => Promise<void>
}

/** Opens a file beside `file`, which it replaces when it is complete: no reader sees half of it, and no link is followed. */
export async function openOutput(file: string, mode: number): Promise<OutputFile> {
  const streams = await isStream(file)
  const target = streams ? file : `${file}.${randomUUID().slice(0, 8)}.partial`
  const handle: FileHandle = await open(target, streams ? 'w' : 'wx', mode)
  return {
    write: async (text) => {
      await handle.writeFile(text)
    },
    publish: async () => {
      await handle.close()
      if (!streams) await rename(target, file)
    },
  }
}

export async function removeOutput(file: string): Promise<void> {
  if (!(await isStream(file))) await rm(file, { force: true })
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  if (path.resolve(one) === path.resolve(other)) return true
  const [first, second] = await Promise.all(
    [one, other].map((file) => stat(file, { bigint: true }).catch(() => undefined)),
  )
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino
}

/** A device, a pipe or a socket, such as /dev/null and /dev/stdout. */
async function isStream(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && !found.isFile() && !found.isDirectory()
}

async function startOf(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
