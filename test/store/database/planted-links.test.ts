import { execFile } from 'node:child_process'
import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../../src/store/database/embedded/embedded-postgres.ts'
import { runsAs } from '../../../src/store/database/embedded/private-files.ts'
import { makeServerFolder } from '../../support/server/private-folder.ts'

const run = promisify(execFile)
const NOBODY = { uid: 65_534, gid: 65_534 }
/** Longer than any file that Winrate writes, so that a truncation shows. */
const PRECIOUS = 'precious\n'.repeat(1000)

let folder: string
let outside: string
let precious: string
beforeEach(async () => {
  folder = await makeServerFolder()
  outside = await mkdtemp(path.join(path.dirname(folder), 'winrate-outside-'))
  precious = path.join(outside, 'precious')
  await writeFile(precious, PRECIOUS, { mode: 0o600 })
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
  await rm(outside, { recursive: true, force: true })
})

const asNobody = (program: string, ...args: string[]) => run(program, args, NOBODY)

async function expectUntouched(): Promise<void> {
  const { uid, gid, mode } = await stat(precious)
  expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: 0, gid: 0, mode: 0o600 })
  expect(await readFile(precious, 'utf8')).toBe(PRECIOUS)
}

/** A folder of an earlier version: everything belongs to the server's user. */
async function leaveAsBefore(): Promise<void> {
  await (await startEmbeddedPostgres({ dataDirectory: folder, durable: false })).stop()
  await run('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, folder])
}

const start = async () => await startEmbeddedPostgres({ dataDirectory: folder, durable: false })

describe.runIf(runsAs !== undefined)('root, whose server runs as nobody', () => {
  it.each(['password', 'server.log', 'postgresql.conf', 'start.lock', 'data/PG_VERSION', 'data/postmaster.pid'])(
    'follows no link that nobody placed at %s',
    async (name) => {
      await leaveAsBefore()
      const place = path.join(folder, name)
      // In one step: a process that is just ending may write the file once more.
      await asNobody('ln', '-sfn', precious, place)
      await expect(start()).rejects.toThrow(`${place} is a link, which Winrate never made: look at it and remove it`)
      await expectUntouched()
    },
  )

  it('follows no link in place of the data folder, and changes no owner', async () => {
    await leaveAsBefore()
    await asNobody('mv', path.join(folder, 'data'), path.join(folder, 'elsewhere'))
    await asNobody('ln', '-s', outside, path.join(folder, 'data'))
    await expect(start()).rejects.toThrow(`${folder}/data is no folder: look at it and remove it`)
    await expectUntouched()
  })

  it('takes the folder back, in which nobody then places nothing', async () => {
    await leaveAsBefore()
    const server = await start()
    try {
      for (const name of ['password', 'server.log', 'postgresql.conf']) {
        await expect(asNobody('ln', '-sf', precious, path.join(folder, name))).rejects.toThrow('Permission denied')
        await expect(asNobody('rm', '-f', path.join(folder, name))).rejects.toThrow('Permission denied')
      }
      await expect(asNobody('mv', path.join(folder, 'data'), path.join(folder, 'x'))).rejects.toThrow(
        'Permission denied',
      )
      await expect(asNobody('cat', path.join(folder, 'password'))).rejects.toThrow('Permission denied')
    } finally {
      await server.stop()
    }
  })

  it.each(['unfinished', 'initdb-password', 'postgresql.conf.unfinished'])('makes %s anew', async (name) => {
    await chown(folder, NOBODY.uid, NOBODY.gid)
    const place = path.join(folder, name === 'unfinished' ? 'data.unfinished' : name)
    await asNobody('ln', '-s', name === 'unfinished' ? outside : precious, place)
    await (await start()).stop()
    await expect(readFile(place)).rejects.toThrow('ENOENT')
    await expectUntouched()
  })

  it('refuses a folder whose parent the user nobody may change, or may not enter', async () => {
    const theirs = path.join(outside, 'theirs')
    await mkdir(theirs)
    await chown(theirs, NOBODY.uid, NOBODY.gid)
    await run('chmod', ['755', outside])
    await expect(startEmbeddedPostgres({ dataDirectory: path.join(theirs, 'db') })).rejects.toThrow(
      `${theirs} can be changed by user 65534 (nobody), as whom PostgreSQL runs: set DATA_DIRECTORY to a folder that lies in one of root's`,
    )
    await run('chmod', ['700', outside])
    const hidden = path.join(outside, 'new', 'db')
    await expect(startEmbeddedPostgres({ dataDirectory: hidden })).rejects.toThrow(
      `${outside} cannot be entered by user 65534 (nobody), as whom PostgreSQL runs: set DATA_DIRECTORY to a folder that lies where everybody may enter`,
    )
  })

  it('creates parent folders with the usual rights, and only the last folder private', async () => {
    const above = path.join(folder, 'a')
    await run('chmod', ['755', folder])
    const deep = path.join(above, 'b', 'db')
    const before = process.umask(0o077)
    const server = await startEmbeddedPostgres({ dataDirectory: deep, durable: false }).finally(() =>
      process.umask(before),
    )
    await server.stop()
    const modes = await Promise.all(
      [above, path.dirname(deep), deep].map(async (place) => (await stat(place)).mode & 0o777),
    )
    expect(modes).toEqual([0o755, 0o755, 0o711])
  })
})
