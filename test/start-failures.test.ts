import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { makeServerFolder } from './support/server/private-folder.ts'

const ROOT = path.join(import.meta.dirname, '..')
const isRoot = process.getuid?.() === 0

let folder: string
/** A server that is not PostgreSQL. */
let stranger: Server
/** Says that it is a PostgreSQL 14. */
let old: Server
beforeAll(async () => {
  folder = await makeServerFolder()
  await chmod(folder, 0o755)
  stranger = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  old = await listen((socket) => {
    let isIn = false
    socket.on('data', () => {
      socket.write(
        isIn ? Buffer.concat([version('140011'), READY]) : Buffer.concat([message('R', Buffer.alloc(4)), READY]),
      )
      isIn = true
    })
  })
})
afterAll(async () => {
  stranger.close()
  old.close()
  await rm(folder, { recursive: true, force: true })
})

async function listen(onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const READY = message('Z', Buffer.from('I'))

/** One row of one column, and the end of the statement. */
function version(text: string): Buffer {
  const column = Buffer.concat([Buffer.from([0, 1]), Buffer.from('server_version_num\0'), Buffer.alloc(18)])
  column.writeInt32BE(25, column.length - 12)
  const row = Buffer.concat([Buffer.from([0, 1, 0, 0, 0, text.length]), Buffer.from(text)])
  return Buffer.concat([message('T', column), message('D', row), message('C', Buffer.from('SHOW\0'))])
}

const portOf = (server: Server) => {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

async function start(file: string, environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [path.join(ROOT, file)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATABASE_URL: '', PORT: '0', ...environment },
  })
  let stderr = ''
  child.stderr.on('data', (data) => (stderr += String(data)))
  const [code] = await once(child, 'close')
  return { code, stderr }
}

function changed(change: (url: URL) => void): Record<string, string> {
  const url = new URL(inject('serverUrl'))
  change(url)
  return { DATABASE_URL: url.href }
}

async function inFolder(name: string, prepare: (place: string) => Promise<unknown>): Promise<Record<string, string>> {
  const place = path.join(folder, name)
  await prepare(place)
  return { DATA_DIRECTORY: place }
}

const WAY_OUT = 'Check DATABASE_URL and MIGRATION_DATABASE_URL'

/** The fault, its environment, and the message. */
const FAILURES: readonly [string, () => Promise<Record<string, string>> | Record<string, string>, RegExp][] = [
  ['nothing listens', () => changed((url) => (url.port = '1')), /does not answer: nothing listens there/],
  ['an unknown host', () => changed((url) => (url.hostname = 'nowhere.invalid')), /cannot be found/],
  ['an unknown database', () => changed((url) => (url.pathname = '/nowhere')), /has no database "nowhere"/],
  ['an unknown user', () => changed((url) => (url.username = 'stranger')), /(refuses|does not let) user "stranger"/],
  [
    'no PostgreSQL',
    () => changed((url) => (url.port = String(portOf(stranger)))),
    /cannot connect|closed the connection/,
  ],
  [
    'an old PostgreSQL',
    () => changed((url) => (url.port = String(portOf(old)))),
    /is version 14: Winrate needs PostgreSQL 15/,
  ],
  [
    'TLS that is asked of a server without',
    () => changed((url) => (url.search = '?sslmode=verify-full')),
    /does not support SSL/,
  ],
  [
    'a migration URL without the other',
    () => ({ MIGRATION_DATABASE_URL: inject('serverUrl') }),
    /^MIGRATION_DATABASE_URL is given without DATABASE_URL/,
  ],
  ['a host that is none', () => ({ ...changed(() => undefined), HOST: 'nowhere.invalid' }), /^HOST nowhere.invalid /],
  ['a file as folder', () => inFolder('file', (place) => writeFile(place, 'x')), /is not a folder: set DATA_DIRECTORY/],
  [
    'a folder below a file',
    () => inFolder('below/db', async (place) => await writeFile(path.dirname(place), 'x')),
    /a part of the path is not a folder/,
  ],
  [
    'the data of another PostgreSQL',
    () =>
      inFolder('foreign', async (place) => {
        await mkdir(place)
        await writeFile(path.join(place, 'PG_VERSION'), '15\n')
      }),
    /foreign is the data of another PostgreSQL/,
  ],
  [
    'data of another version',
    () =>
      inFolder('version', async (place) => {
        await mkdir(path.join(place, 'data'), { recursive: true })
        await writeFile(path.join(place, 'start.lock'), '')
        await writeFile(path.join(place, 'data/PG_VERSION'), '15\n')
        await writeFile(path.join(place, 'password'), '0'.repeat(48))
      }),
    /data was made by PostgreSQL 15, this is 18: move it away or set DATABASE_URL/,
  ],
  ['a folder of the kernel', () => ({ DATA_DIRECTORY: '/proc/winrate' }), /\/proc\/winrate/],
  ['a name that is too long', () => inFolder('n'.repeat(300), async () => undefined), /the name is too long/],
]

describe.each(['src/main.ts', 'src/worker.ts', 'scripts/operator/migrate.ts'])('%s that cannot start', (file) => {
  const cases = file === 'src/main.ts' ? FAILURES : FAILURES.filter(([what]) => /nothing listens|file as/.test(what))
  it.each(cases)('prints one line and ends with 1: %s', async (_what, environmentOf, said) => {
    const environment = await environmentOf()
    const { code, stderr } = await start(file, environment)
    expect(stderr).toMatch(said)
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
    expect(lines).toHaveLength(1)
    expect(code).toBe(1)
    const { password } = new URL(inject('serverUrl'))
    if (password !== '') expect(stderr).not.toContain(password)
    if (/does not answer|has no database/.test(stderr)) expect(stderr).toContain(WAY_OUT)
  })
})

// Only root starts PostgreSQL as another user.
it.runIf(isRoot)('src/main.ts names the user who may not enter a folder', async () => {
  const hidden = path.join(folder, 'hidden')
  await mkdir(hidden, { mode: 0o700 })
  const { code, stderr } = await start('src/main.ts', { DATA_DIRECTORY: path.join(hidden, 'db') })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `${hidden} cannot be entered by user 65534 (nobody), as whom PostgreSQL runs: set DATA_DIRECTORY to a folder that lies where everybody may enter\n`,
  })
})
