import { constants, type Stats } from 'node:fs'
import { chmod, lchown, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../../errors.ts'

/**
 * PostgreSQL refuses to run as root: then it runs as `nobody`, who owns the data and the log. The folder around them and
 * all other files belong to root, who opens none of them through a link: `nobody` may have placed one.
 */
const UNPRIVILEGED_ID = 65_534
export const runsAs = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : undefined

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants
const LONGEST_READ = 65_536
const ANOTHER = 'set DATA_DIRECTORY to another folder, or DATABASE_URL'
/** The server's user may enter the folder but not list it; it reads the two entries that it owns. */
const OUTER_MODE = runsAs ? 0o711 : 0o700

/**
 * Creates the folder if it is missing. Only the last part of the path becomes private.
 * @param isOurs whether a folder that root owns may be used although it is not empty
 * @throws AppError DatabaseUnavailable naming the folder that cannot be used and why
 */
export async function makePrivateFolder(
  folder: string,
  isOurs: (entries: readonly string[]) => boolean,
): Promise<string> {
  await makeParents(path.resolve(folder))
  await mkdir(folder, { mode: OUTER_MODE }).catch(ignore('EEXIST'))
  await checkLink(folder)
  const real = await realpath(folder)
  const found = await lstat(real)
  if (!found.isDirectory()) throw refused(`${folder} is not a folder: ${ANOTHER}`)
  if (runsAs) {
    for (const place of new Set([...foldersAbove(path.resolve(folder)), ...foldersAbove(real)])) await checkAbove(place)
    await takeFor(real, found, runsAs.uid, isOurs)
  } else {
    const self = process.getuid?.() ?? found.uid
    if (found.uid !== self) throw refused(`${folder} belongs to user ${found.uid}, not to user ${self}: ${ANOTHER}`)
    if (process.platform !== 'win32' && (found.mode & 0o022) !== 0) await chmod(real, found.mode & 0o7755)
  }
  return real
}

async function takeFor(
  folder: string,
  found: Stats,
  serverUser: number,
  isOurs: (entries: readonly string[]) => boolean,
): Promise<void> {
  if (found.uid !== 0 && found.uid !== serverUser)
    throw refused(`${folder} belongs to user ${found.uid}, not to user 0 or ${serverUser}: ${ANOTHER}`)
  // The folder first, so that nothing in it can change during the check.
  if (found.uid === serverUser) await lchown(folder, 0, 0)
  else {
    const entries = await readdir(folder)
    // Changing the rights of, say, /root because it was named would be worse than not starting.
    if (entries.length > 0 && !isOurs(entries)) throw refused(`${folder} is not empty: ${ANOTHER}`)
  }
  if ((found.mode & 0o777) !== OUTER_MODE) await chmod(folder, OUTER_MODE)
}

/** Root's umask may be 077, and the server's user needs access. */
async function makeParents(folder: string): Promise<void> {
  const first = await mkdir(path.dirname(folder), { recursive: true, mode: 0o755 })
  if (first === undefined || !runsAs) return
  for (let place = path.dirname(folder); place.startsWith(first); place = path.dirname(place)) await chmod(place, 0o755)
}

function foldersAbove(folder: string): readonly string[] {
  const above = path.dirname(folder)
  return above === folder ? [] : [...foldersAbove(above), above]
}

/** Root may keep the data elsewhere and link to it; the server's user must not be able to change the link. */
async function checkLink(place: string): Promise<void> {
  const found = await lstat(place)
  if (runsAs && found.isSymbolicLink() && found.uid !== 0) throw isLink(place)
}

/** The server's user must be able to enter it, and must not be able to replace the folder inside it. */
async function checkAbove(folder: string): Promise<void> {
  const { uid, gid, mode } = await lstat(folder)
  if ((mode & constants.S_IFMT) === constants.S_IFLNK) return await checkLink(folder)
  const user = `user ${UNPRIVILEGED_ID} (nobody), as whom PostgreSQL runs`
  const may = (own: number, group: number, others: number) =>
    (mode & (uid === UNPRIVILEGED_ID ? own : gid === UNPRIVILEGED_ID ? group : others)) !== 0
  if (!may(0o100, 0o010, 0o001)) {
    throw refused(
      `${folder} cannot be entered by ${user}: set DATA_DIRECTORY to a folder that lies where everybody may enter`,
    )
  }
  if (uid === UNPRIVILEGED_ID || (may(0o200, 0o020, 0o002) && (mode & 0o1000) === 0)) {
    throw refused(`${folder} can be changed by ${user}: set DATA_DIRECTORY to a folder that lies in one of root's`)
  }
}

/**
 * Opens a file without following a link, and creates it if it is missing; it then belongs to this user, or to `owner`.
 * @throws AppError DatabaseUnavailable on a link, a second name of another file, or anything that is not a file
 */
export async function openOwnFile(file: string, owner: 'ours' | 'server' = 'ours'): Promise<FileHandle> {
  const handle = await open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600).catch((error: unknown) => {
    throw codeOf(error) === 'ELOOP' ? isLink(file) : error
  })
  try {
    await checkFile(file, handle)
    if (runsAs && owner === 'server') await handle.chown(runsAs.uid, runsAs.gid)
    else if (runsAs) await handle.chown(0, 0)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The beginning of a file that another user may have written; undefined where there is none. */
export async function readWithoutLinks(file: string): Promise<string | undefined> {
  let handle: FileHandle
  try {
    handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw codeOf(error) === 'ELOOP' ? isLink(file) : error
  }
  try {
    await checkFile(file, handle)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_READ), 0, LONGEST_READ, 0)
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await handle.close()
  }
}

/** Writes a new file and renames it: a full disk or a crash leaves the old file intact. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const unfinished = `${file}.unfinished`
  await rm(unfinished, { force: true })
  const handle = await open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
  try {
    await handle.writeFile(text)
    // Whatever the umask: the server's user must read the settings.
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
}

async function checkFile(file: string, handle: FileHandle): Promise<void> {
  const found = await handle.stat()
  if (!found.isFile()) throw refused(`${file} is no file: look at it and remove it`)
  if (found.nlink > 1) throw isLink(file)
}

function isLink(file: string): AppError {
  return refused(`${file} is a link, which Winrate never made: look at it and remove it`)
}

function refused(message: string): AppError {
  return new AppError('DatabaseUnavailable', message)
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if (codeOf(error) !== code) throw error
  }
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a part of the path is not a folder',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
  EIO: 'the disk reports an error',
}

/** The problem with the embedded server's folder, as one line. */
export function folderProblem(folder: string, error: unknown): AppError {
  if (error instanceof AppError) return error
  const [sqliteReason] = error instanceof Error && 'errcode' in error ? [error.message] : []
  const reason = WORDS[codeOf(error)] ?? sqliteReason ?? (error instanceof Error ? error.message : String(error))
  const place = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : folder
  const message = `the embedded PostgreSQL cannot use ${place}: ${reason.split('\n')[0]}. Set DATA_DIRECTORY to another folder, or DATABASE_URL`
  return new AppError('DatabaseUnavailable', message, { cause: error })
}
