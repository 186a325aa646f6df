import { spawn } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../errors.ts'
import {
  defaultDataDirectory,
  LOCK_FILE,
  makeServerFolder,
  prepareBinaries,
  readOrMakePassword,
  servicePassword,
} from './embedded-postgres-files.ts'
import { withFileLock } from './file-lock.ts'
import {
  findRunningPort,
  isRunning,
  makeDataDirectory,
  ownerUrl,
  type Server,
  startServer,
  stopServer,
} from './postgres-process.ts'
import { folderProblem, openOwnFile } from './private-files.ts'
import { connectLeasing, holdLease, type ServerLease } from './server-lease.ts'

export interface EmbeddedPostgres {
  /** The URL of the owner, who may also create databases. */
  readonly url: string
  /** The URL of a role that the migrations create: it reads and writes rows, and nothing else. */
  readonly serviceUrl: string
  readonly dataDirectory: string
  /** Leaves the server; the last process to leave stops it. Safe to call twice. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** The folder that holds everything of this server. Default: a private one per checkout. */
  readonly dataDirectory?: string | undefined
  /** False gives up safety in a power cut for speed: for tests. */
  readonly durable?: boolean
  /** Called with a sentence when the server is lost and when it is back. */
  readonly onServerEvent?: ((message: string) => void) | undefined
  /** Called once, when a lost server cannot be started again. */
  readonly onServerGone?: ((error: AppError) => void) | undefined
  /** The wait before each try to start the server again. Default: up to 15 s. */
  readonly tryAgainAfterMs?: readonly number[]
}

const DATABASE = 'winrate'
const SERVICE_ROLE = 'winrate_service'
const LOCK_TIMEOUT_MS = 120_000
/** The wait before each attempt to start the server again. The first attempt follows at once. */
const TRY_AGAIN_AFTER_MS = [0, 250, 500, 1000, 2000, 4000, 8000, 15_000]
/** The place in these waits from which a full disk is waited for. */
const DISK_IS_FULL_TRY = TRY_AGAIN_AFTER_MS.indexOf(2000)
/** Below this PostgreSQL cannot make one segment of its write-ahead log. */
const LEAST_FREE_BYTES = 32 * 1024 ** 2
const SAY_AGAIN_MS = 60_000
/** The wait between attempts while the server recovers. */
const RECOVERS_WITHIN_MS = 3_600_000
const GUARD = fileURLToPath(new URL('./embedded-postgres-guard.ts', import.meta.url))

/**
 * Starts a private PostgreSQL, or joins the one that already runs on this folder, whether another process started it or it
 * was left
 * behind by a killed process. It listens on the loopback address only, with a generated password. When it dies while
 * in use, one of the processes that use it starts it again on the same port.
 * @throws AppError PostgresBinariesMissing, DatabaseUnavailable
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const asked = options.dataDirectory ?? (await defaultDataDirectory())
  try {
    const folder = await makeServerFolder(asked)
    const inFolder = await lockOf(folder)
    const { server, port, lease } = await inFolder(async () => {
      const found = await serverIn(folder, await readOrMakePassword(folder), options.durable)
      const onPort = await startOrJoin(found)
      const comeBack = bringBackLater(found, onPort, inFolder, options)
      return { server: found, port: onPort, lease: await holdLease(ownerUrl(found, onPort, DATABASE), comeBack) }
    })
    let leaving: Promise<void> | undefined
    const stop = () => (leaving ??= inFolder(() => leave(server, lease)))
    return { url: ownerUrl(server, port, DATABASE), serviceUrl: serviceUrl(server, port), dataDirectory: folder, stop }
  } catch (error) {
    throw folderProblem(asked, error)
  }
}

export async function serverIn(folder: string, password: string, durable = true): Promise<Server> {
  return { folder, data: path.join(folder, 'data'), binaries: await prepareBinaries(), password, durable }
}

/** One process at a time starts or stops the server of a folder. */
export async function lockOf(folder: string): Promise<<T>(action: () => Promise<T>) => Promise<T>> {
  const file = path.join(folder, LOCK_FILE)
  // SQLite would follow a link.
  await (await openOwnFile(file)).close()
  return async (action) => await withFileLock(file, LOCK_TIMEOUT_MS, action)
}

function serviceUrl(server: Server, port: number): string {
  const url = new URL(ownerUrl(server, port, DATABASE))
  url.username = SERVICE_ROLE
  url.password = servicePassword(server.password)
  return url.href
}

async function startOrJoin(server: Server): Promise<number> {
  await makeDataDirectory(server)
  const port = (await findRunningPort(server)) ?? (await startGuarded(server, undefined))
  await makeDatabase(ownerUrl(server, port, 'postgres'))
  return port
}

async function startGuarded(server: Server, port: number | undefined): Promise<number> {
  const started = await startServer(server, port)
  // A session of its own: the guard must outlive the signal that ends this process group.
  spawn(process.execPath, [GUARD, server.folder], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  }).unref()
  return started
}

async function leave(server: Server, lease: ServerLease): Promise<void> {
  // The server has already ended.
  const others = await lease.countOthers()
  await lease.end()
  if (others === 0) await stopServer(server)
}

/**
 * Tries to start the server again, a limited number of times, after increasing waits. A full disk and a long
 * recovery do not count as failures: this waits for their end.
 */
function bringBackLater(
  server: Server,
  port: number,
  inFolder: <T>(action: () => Promise<T>) => Promise<T>,
  {
    onServerEvent = () => undefined,
    onServerGone = () => undefined,
    tryAgainAfterMs = TRY_AGAIN_AFTER_MS,
  }: EmbeddedPostgresOptions,
): (isOver: () => boolean, failures: number) => Promise<boolean> {
  let tries = 0
  let awaySince = 0
  let saidAt = Number.NEGATIVE_INFINITY
  const say = (message: string) => {
    if (performance.now() - saidAt < SAY_AGAIN_MS) return
    saidAt = performance.now()
    onServerEvent(message)
  }
  return async (isOver, failures) => {
    if (failures === 1) {
      tries = 0
      awaySince = performance.now()
      saidAt = Number.NEGATIVE_INFINITY
    }
    // A server that is gone for good keeps no process from ending.
    await sleep(tryAgainAfterMs[tries] ?? 0, undefined, { ref: false })
    if (isOver()) return false
    try {
      await inFolder(async () => {
        if (isOver()) return
        const running = (await findRunningPort(server)) ?? (await startGuarded(server, port))
        if (running !== port)
          throw new AppError('DatabaseUnavailable', `it runs on port ${running}, no longer on ${port}`)
      })
      saidAt = Number.NEGATIVE_INFINITY
      say('the embedded PostgreSQL had stopped and runs again')
      return true
    } catch (error) {
      const reason = folderProblem(server.folder, error).message
      if (await isDiskFull(server)) {
        tries = Math.max(tries, DISK_IS_FULL_TRY)
        say(`the embedded PostgreSQL has stopped and restarts when the disk of ${server.folder} has space: ${reason}`)
        return true
      }
      const mayRecover = performance.now() - awaySince < RECOVERS_WITHIN_MS
      if (!mayRecover || !(await isRunning(server).catch(() => false))) tries += 1
      if (tries < tryAgainAfterMs.length) {
        say(`the embedded PostgreSQL has stopped and is being restarted: ${reason}`)
        return true
      }
      const message = `the embedded PostgreSQL stopped and could not be restarted in ${tries} attempts: ${reason}`
      onServerGone(new AppError('DatabaseUnavailable', message, { cause: error }))
      return false
    }
  }
}

async function isDiskFull({ folder }: Server): Promise<boolean> {
  return await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize < LEAST_FREE_BYTES,
    () => false,
  )
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
