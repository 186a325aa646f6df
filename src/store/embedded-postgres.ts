import { execFile } from 'node:child_process'
import { readFile, readlink, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import {
  defaultDataDirectory,
  makePrivateFolder,
  prepareBinaries,
  readOrMakePassword,
  runsAs,
} from './embedded-postgres-files.ts'
import { withFileLock } from './file-lock.ts'
import { connectLeasing, holdLease, type ServerLease } from './server-lease.ts'

export interface EmbeddedPostgres {
  readonly url: string
  readonly dataDirectory: string
  /** Leaves the server; the last process to leave stops it. Safe to call twice. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** The folder that holds everything of this server. Default: a private one per checkout. */
  readonly dataDirectory?: string | undefined
  /** False gives up safety in a power cut for speed: for tests. */
  readonly durable?: boolean
}

const MAJOR_VERSION = '18'
const DATABASE = 'winrate'
const START_ATTEMPTS = 5
const LOCK_TIMEOUT_MS = 120_000
const READY_TIMEOUT_MS = 60_000

/**
 * Starts a private PostgreSQL, or joins the one that already runs on this folder, be it another process's or left
 * behind by one that was killed. It listens on the loopback address only, on a free port, with a generated password.
 * @throws AppError PostgresBinariesMissing, DatabaseUnavailable
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const folder = await makePrivateFolder(options.dataDirectory ?? (await defaultDataDirectory()))
  const binaries = await prepareBinaries()
  const server = { folder, data: path.join(folder, 'data'), binaries, durable: options.durable ?? true }
  const lockFile = path.join(folder, 'start.lock')
  const { url, lease } = await withFileLock(lockFile, LOCK_TIMEOUT_MS, () => startOrJoin(server))
  let leaving: Promise<void> | undefined
  const stop = () => (leaving ??= withFileLock(lockFile, LOCK_TIMEOUT_MS, () => leave(server, lease)))
  return { url, dataDirectory: folder, stop }
}

interface Server {
  readonly folder: string
  readonly data: string
  readonly binaries: string
  readonly durable: boolean
}

async function startOrJoin(server: Server): Promise<{ url: string; lease: ServerLease }> {
  const password = await readOrMakePassword(server.folder)
  // The caller's PGSSLMODE is meant for some other server.
  const urlAt = (port: number, database: string) =>
    `postgres://winrate:${password}@127.0.0.1:${port}/${database}?sslmode=disable`
  await makeDataDirectory(server)
  const port =
    (await findRunningPort(server, (candidate) => urlAt(candidate, 'postgres'))) ?? (await startServer(server))
  await makeDatabase(urlAt(port, 'postgres'))
  const lease = await holdLease(urlAt(port, DATABASE))
  return { url: urlAt(port, DATABASE), lease }
}

async function leave(server: Server, lease: ServerLease): Promise<void> {
  // A server that is already gone, or was killed, has nothing left to stop.
  const others = await lease.countOthers()
  await lease.end()
  if (others === 0) await run(server, 'pg_ctl', ['stop', '-D', server.data, '-m', 'fast', '-w', '-t', '60'])
}

async function makeDataDirectory(server: Server): Promise<void> {
  const version = await readFile(path.join(server.data, 'PG_VERSION'), 'utf8').catch(() => '')
  if (version.trim() === MAJOR_VERSION) return
  if (version !== '') {
    const message = `${server.data} was made by PostgreSQL ${version.trim()}, this is ${MAJOR_VERSION}: move it away or set DATABASE_URL`
    throw new AppError('DatabaseUnavailable', message)
  }
  // Made beside and renamed, so that an initdb that was killed half-way leaves nothing that looks finished.
  const unfinished = `${server.data}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  const passwordFile = path.join(server.folder, 'password')
  const settings = [
    '--username=winrate',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--locale=C',
    '--encoding=UTF8',
  ]
  await run(server, 'initdb', ['-D', unfinished, ...settings, ...(server.durable ? [] : ['--no-sync'])])
  await rename(unfinished, server.data)
}

/**
 * The port of the server that runs on this folder, waiting for it while it starts or recovers; undefined when none
 * does. A pid file outlives a killed server, and its pid may since belong to something else.
 */
async function findRunningPort(server: Server, urlAt: (port: number) => string): Promise<number | undefined> {
  const giveUpAt = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    const pidFile = path.join(server.data, 'postmaster.pid')
    const [pidText = '', , , portText = ''] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n')
    const [pid, port] = [Number(pidText), Number(portText)]
    if (!(pid > 0) || !isAlive(pid)) return undefined
    if ((await isServerOf(server, pid)) === false) {
      await rm(pidFile, { force: true })
      return undefined
    }
    if (port > 0 && (await canConnect(urlAt(port)))) return port
    if (performance.now() > giveUpAt) {
      const message = `process ${pid} holds ${pidFile} but does not answer on port ${port} after ${READY_TIMEOUT_MS} ms`
      throw new AppError('DatabaseUnavailable', message)
    }
    await sleep(100)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // Also when it belongs to another user: then the pid was given to somebody else.
    return false
  }
}

/**
 * PostgreSQL works in its data folder, which Linux shows; a process that died and was not yet collected by its parent
 * works nowhere. @returns undefined where that cannot be seen
 */
async function isServerOf(server: Server, pid: number): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return undefined
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === server.data
}

async function startServer(server: Server): Promise<number> {
  const log = path.join(server.folder, 'server.log')
  await writeFile(path.join(server.data, 'postgresql.conf'), settingsFile(server.durable))
  await truncate(log).catch(() => undefined)
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    try {
      await run(server, 'pg_ctl', ['start', '-D', server.data, '-l', log, '-w', '-t', '60', '-o', `-p ${port}`])
      return port
    } catch (error) {
      const tail = (await readFile(log, 'utf8').catch(() => '')).slice(-2000)
      // Somebody may have taken the free port between our look and the server's start.
      if (attempt < START_ATTEMPTS && /could not bind|Address already in use/i.test(tail)) continue
      throw new AppError('DatabaseUnavailable', `PostgreSQL did not start in ${server.data}:\n${tail}`, {
        cause: error,
      })
    }
  }
}

/** For a small machine. Statements and row values stay out of the log: they hold personal data. */
function settingsFile(durable: boolean): string {
  const settings = [
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    'max_connections = 100',
    'shared_buffers = 256MB',
    'work_mem = 32MB',
    'maintenance_work_mem = 128MB',
    'effective_cache_size = 1GB',
    'random_page_cost = 1.1',
    'max_wal_size = 2GB',
    'checkpoint_timeout = 15min',
    'checkpoint_completion_target = 0.9',
    'jit = off',
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    'log_min_error_statement = panic',
    'log_error_verbosity = terse',
    `dynamic_shared_memory_type = ${process.platform === 'win32' ? 'windows' : hasSmallSharedMemory() ? 'mmap' : 'posix'}`,
  ]
  const careless = ['fsync = off', 'synchronous_commit = off', 'full_page_writes = off']
  return [...settings, ...(durable ? [] : careless), ''].join('\n')
}

/** Containers get 64 MB by default, which a parallel hash join outgrows. */
function hasSmallSharedMemory(): boolean {
  if (process.platform !== 'linux') return false
  try {
    const { blocks, bsize } = statfsSync('/dev/shm')
    return blocks * bsize < 1024 ** 3
  } catch {
    return true
  }
}

async function makeDatabase(adminUrl: string): Promise<void> {
  const client = await connectLeasing(adminUrl)
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}

async function canConnect(url: string): Promise<boolean> {
  return await connectLeasing(url).then(
    async (client) => {
      await client.end()
      return true
    },
    () => false,
  )
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** The caller's PG… variables must not reach the server, nor a working directory that its user cannot enter. */
async function run(server: Server, program: 'initdb' | 'pg_ctl', args: readonly string[]): Promise<void> {
  const { PATH, SystemRoot, TEMP, TMPDIR } = process.env
  const env = Object.fromEntries(
    Object.entries({ PATH, SystemRoot, TEMP, TMPDIR, LC_ALL: 'C', TZ: 'UTC' }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  const file = path.join(server.binaries, 'bin', program)
  await new Promise<void>((resolve, reject) => {
    execFile(file, [...args], { cwd: server.folder, env, windowsHide: true, ...runsAs }, (error, stdout, stderr) => {
      if (!error) return resolve()
      const message = `${program} failed: ${stderr.trim() || stdout.trim() || error.message}`
      reject(new AppError('DatabaseUnavailable', message, { cause: error }))
    })
  })
}
