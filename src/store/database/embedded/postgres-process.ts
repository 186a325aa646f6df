import { execFile } from 'node:child_process'
import { chown, lstat, mkdir, readdir, readlink, rename, rm, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../errors.ts'
import { MAJOR_VERSION, settingsFile } from './embedded-postgres-settings.ts'
import { codeOf, openOwnFile, readWithoutLinks, replaceFile, runsAs } from './private-files.ts'
import { connectLeasing } from './server-lease.ts'

export interface Server {
  readonly folder: string
  readonly data: string
  readonly binaries: string
  readonly password: string
  readonly durable: boolean
}

const START_ATTEMPTS = 5
const READY_TIMEOUT_MS = 60_000
/** The processes of a killed server notice it and end; those that compute are killed. */
const ORPHANS_END_WITHIN_MS = 2000
/** PostgreSQL removes its pid file in an orderly stop: another process may be about to start it again. */
const OPERATOR_RESTARTS_WITHIN_MS = 2000

/** The caller's PGSSLMODE is meant for some other server. */
export function ownerUrl({ password }: Server, port: number, database: string): string {
  return `postgres://winrate:${password}@127.0.0.1:${port}/${database}?sslmode=disable`
}

/** Creates the data folder if it is missing. @throws AppError DatabaseUnavailable when the path is something else */
export async function makeDataDirectory(server: Server): Promise<void> {
  const found = await lstat(server.data).catch(() => undefined)
  if (found && !found.isDirectory()) throw unavailable(`${server.data} is no folder: look at it and remove it`)
  const version = (await readWithoutLinks(path.join(server.data, 'PG_VERSION')))?.trim()
  if (version === MAJOR_VERSION) return
  if (version !== undefined) {
    const made = /^\d{1,2}(?:\.\d)?$/.test(version) ? `by PostgreSQL ${version}` : 'by something else'
    throw unavailable(`${server.data} was made ${made}, this is ${MAJOR_VERSION}: move it away or set DATABASE_URL`)
  }
  if (found && (await readdir(server.data)).length > 0)
    throw unavailable(`${server.data} is not empty and no PostgreSQL: move it, or set DATA_DIRECTORY or DATABASE_URL`)
  // Created under another name and renamed, so that a killed initdb leaves no folder that looks finished.
  const unfinished = `${server.data}.unfinished`
  const passwordFile = path.join(server.folder, 'initdb-password')
  await removeServersFolder(server, unfinished)
  await mkdir(unfinished, { mode: 0o700 })
  try {
    if (runsAs) await chown(unfinished, runsAs.uid, runsAs.gid)
    await replaceFile(passwordFile, server.password, 0o600)
    if (runsAs) await chown(passwordFile, runsAs.uid, runsAs.gid)
    const settings = [
      '--username=winrate',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--locale=C',
      '--encoding=UTF8',
    ]
    await run(server, 'initdb', ['-D', unfinished, ...settings, ...(server.durable ? [] : ['--no-sync'])])
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(unfinished, server.data)
}

/** As the server's user: a link in its folders could lead root elsewhere. */
async function removeServersFolder(server: Server, folder: string): Promise<void> {
  if (runsAs && (await lstat(folder).catch(() => undefined))?.isDirectory())
    await execute(server, '/bin/rm', ['-rf', '--', ...(await readdir(folder)).map((name) => path.join(folder, name))])
  await rm(folder, { recursive: true, force: true })
}

/**
 * The port of the server that runs on this folder; waits while the server starts or recovers; undefined when none
 * does. A pid file outlives a killed server, and its pid may belong to another process by now.
 */
export async function findRunningPort(server: Server): Promise<number | undefined> {
  const giveUpAt = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    const { pid, port } = await readPidFile(server)
    if (!(await isServer(server, pid))) return undefined
    const problem = port > 0 ? await connectionProblem(ownerUrl(server, port, 'postgres')) : 'starting'
    if (problem === undefined) return port
    // 28xxx: no such role, or another password.
    if (problem.startsWith('28'))
      throw unavailable(`the PostgreSQL that runs in ${server.data} does not take the password in ${server.folder}`)
    if (performance.now() > giveUpAt) {
      const message = `process ${pid} runs in ${server.data} but does not answer on port ${port} after ${READY_TIMEOUT_MS / 1000} s`
      throw unavailable(message)
    }
    await sleep(100)
  }
}

/** Whether the process of the pid file lives: the server may be starting or recovering. */
export async function isRunning(server: Server): Promise<boolean> {
  return await isServer(server, (await readPidFile(server)).pid)
}

async function readPidFile(server: Server): Promise<{ pid: number; port: number }> {
  const text = (await readWithoutLinks(path.join(server.data, 'postmaster.pid'))) ?? ''
  const [pid = '', , , port = ''] = text.split('\n')
  return { pid: Number(pid), port: Number(port) }
}

async function isServer(server: Server, pid: number): Promise<boolean> {
  return isAlive(pid) && (await worksIn(server.data, pid)) !== false
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // Also when it belongs to another user: then the pid was reused.
    return false
  }
}

/**
 * The working directory of PostgreSQL is its data folder, which Linux shows; a zombie process
 * has none. @returns undefined where the system does not show it
 */
async function worksIn(folder: string, pid: number): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === folder
  } catch (error) {
    return ['EACCES', 'EPERM'].includes(codeOf(error)) ? undefined : false
  }
}

/** Starts it on this port; without one, on the port of the last start if that is free. @returns the port */
export async function startServer(server: Server, port: number | undefined): Promise<number> {
  if (port !== undefined && (await readWithoutLinks(path.join(server.data, 'postmaster.pid'))) === undefined) {
    await sleep(OPERATOR_RESTARTS_WITHIN_MS)
    const running = await findRunningPort(server)
    if (running !== undefined) return running
  }
  await endOrphans(server)
  const log = path.join(server.folder, 'server.log')
  for (let attempt = 1; ; attempt += 1) {
    const chosen = port ?? (await choosePort(server, attempt === 1))
    const settings = await writeSettings(server, chosen)
    const handle = await openOwnFile(log, 'server')
    await handle.truncate().finally(() => handle.close())
    // pg_ctl passes these to a shell.
    const quoted = process.platform === 'win32' ? `"${settings}"` : `'${settings.replaceAll("'", String.raw`'\''`)}'`
    try {
      await run(server, 'pg_ctl', [
        'start',
        '-D',
        server.data,
        '-l',
        log,
        '-w',
        '-t',
        '60',
        '-o',
        `-c config_file=${quoted}`,
      ])
      return chosen
    } catch (error) {
      const said = (await readWithoutLinks(log).catch(() => undefined)) ?? ''
      // Another process may have taken the free port before the server's start.
      if (port === undefined && attempt < START_ATTEMPTS && /could not bind|Address already in use/i.test(said))
        continue
      throw new AppError('DatabaseUnavailable', `PostgreSQL did not start in ${server.data}: ${reasonIn(said)}`, {
        cause: error,
      })
    }
  }
}

export async function stopServer(server: Server): Promise<void> {
  await run(server, 'pg_ctl', ['stop', '-D', server.data, '-m', 'fast', '-w', '-t', '60'])
}

/** The line of the log that gives the reason; the log holds no statements and no row values. */
function reasonIn(log: string): string {
  const line = log
    .split('\n')
    .findLast((text) => /\b(?:FATAL|PANIC|ERROR):/.test(text) && !/is starting up|is shutting down/.test(text))
  return line?.replace(/^.*?\b(FATAL|PANIC|ERROR): +/, '') ?? 'its log, server.log in the folder above, says more'
}

/**
 * Two servers must never write into one folder. PostgreSQL refuses to start while processes of a killed server live, unless
 * its pid file is gone. So this waits until they have ended.
 */
async function endOrphans(server: Server): Promise<void> {
  if (process.platform !== 'linux') return
  const startedAt = performance.now()
  for (;;) {
    const alive = await listProcesses(server)
    if (alive.length === 0) return await removeForeignPid(server)
    if (performance.now() - startedAt > READY_TIMEOUT_MS)
      throw unavailable(`process ${alive[0]} of a PostgreSQL that was killed still runs in ${server.data}`)
    if (performance.now() - startedAt > ORPHANS_END_WITHIN_MS) for (const pid of alive) process.kill(pid, 'SIGKILL')
    await sleep(50)
  }
}

/** PostgreSQL trusts a pid file even when the pid was reused or the process is a zombie. */
async function removeForeignPid(server: Server): Promise<void> {
  const { pid } = await readPidFile(server)
  if (isAlive(pid) && (await worksIn(server.data, pid)) === false)
    await rm(path.join(server.data, 'postmaster.pid'), { force: true })
}

async function listProcesses(server: Server): Promise<readonly number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    const pid = Number(name)
    if (!(pid > 0) || !(await worksIn(server.data, pid))) continue
    const program = await readlink(`/proc/${pid}/exe`).catch(() => '')
    if (path.basename(program) === 'postgres') found.push(pid)
  }
  return found
}

/** The settings are outside of the data folder, where the server's user cannot change them. @returns the file */
async function writeSettings(server: Server, port: number): Promise<string> {
  const file = path.join(server.folder, 'postgresql.conf')
  const { bavail, bsize } = await statfs(server.folder)
  try {
    await replaceFile(file, settingsFile(port, bavail * bsize, server.durable), runsAs ? 0o644 : 0o600)
  } catch (error) {
    // A full disk: the settings of the last start remain.
    if (codeOf(error) !== 'ENOSPC' || (await portOfLastTime(server)) !== port) throw error
  }
  return file
}

async function portOfLastTime(server: Server): Promise<number | undefined> {
  const text = (await readWithoutLinks(path.join(server.folder, 'postgresql.conf'))) ?? ''
  const [, port] = /^port = (\d{1,5})$/m.exec(text) ?? []
  return port === undefined ? undefined : Number(port)
}

/** The processes that used a killed server look for it on this port when they start it again. */
async function choosePort(server: Server, isFirst: boolean): Promise<number> {
  const last = isFirst ? await portOfLastTime(server) : undefined
  const again = last === undefined ? undefined : await freePort(last).catch(() => undefined)
  return again ?? (await freePort(0))
}

async function freePort(port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** @returns undefined when a connection succeeds, else the code or the message of the error */
async function connectionProblem(url: string): Promise<string | undefined> {
  return await connectLeasing(url).then(
    async (client) => {
      await client.end()
      return undefined
    },
    (error: unknown) => codeOf(error) || String(error),
  )
}

async function run(server: Server, program: 'initdb' | 'pg_ctl', args: readonly string[]): Promise<void> {
  await execute(server, path.join(server.binaries, 'bin', program), args)
}

/**
 * Keeps from the server the caller's PG… variables, a working directory that its user cannot enter, and the
 * Ctrl-C that is meant for the caller.
 */
async function execute(server: Server, file: string, args: readonly string[]): Promise<void> {
  const { PATH, SystemRoot, TEMP, TMPDIR } = process.env
  const env = Object.fromEntries(
    Object.entries({ PATH, SystemRoot, TEMP, TMPDIR, LC_ALL: 'C', TZ: 'UTC' }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  const options = { cwd: server.folder, env, windowsHide: true, detached: process.platform !== 'win32', ...runsAs }
  await new Promise<void>((resolve, reject) => {
    execFile(file, [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve()
      const said = `${stderr}\n${stdout}`.split('\n').find((line) => /error|fatal/i.test(line)) ?? error.message
      const message = `${path.basename(file)} failed: ${said.split('\n')[0]?.replace(/^\w+: error: /, '')}`
      reject(unavailable(message, { cause: error }))
    })
  })
}

function unavailable(message: string, options?: ErrorOptions): AppError {
  return new AppError('DatabaseUnavailable', message, options)
}
