import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../../../src/store/database/embedded/embedded-postgres.ts'
import { migrate } from '../../../../src/store/database/migrate.ts'
import { makeServerFolder } from '../../../support/server/private-folder.ts'
import { killServer, restartServer, serverPid } from '../../../support/server/restart-server.ts'

let folder: string
beforeEach(async () => {
  folder = await makeServerFolder()
})
// What a killed server leaves may write there for a moment longer.
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))

const start = () => startEmbeddedPostgres({ dataDirectory: folder, durable: false })
const pidFile = () => path.join(folder, 'data', 'postmaster.pid')

async function ask(url: string, question: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(question).finally(() => client.end())
  return rows[0]?.answer
}

/** Another process that joins the server of the folder and stays. */
async function startHolder(): Promise<{ url: string; process: ChildProcess }> {
  const script = fileURLToPath(new URL('../../../support/children/hold-server.ts', import.meta.url))
  const holder = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [url] = await once(holder.stdout, 'data')
  return { url: String(url).trim(), process: holder }
}

describe('startEmbeddedPostgres', () => {
  it('is a PostgreSQL 18 on the loopback address that keeps its data', async () => {
    const first = await start()
    expect(new URL(first.url).hostname).toBe('127.0.0.1')
    expect(await ask(first.url, `select current_setting('server_version_num')::int / 10000 as answer`)).toBe(18)
    await ask(first.url, 'create table kept as select 7 as answer')
    await first.stop()
    await first.stop()
    expect(existsSync(pidFile())).toBe(false)

    const second = await start()
    expect(await ask(second.url, 'select answer from kept')).toBe(7)
    await second.stop()
  })

  it('refuses connections without the password, which only its owner can read', async () => {
    const server = await start()
    const stranger = new URL(server.url)
    stranger.password = 'guess'
    await expect(ask(stranger.href, 'select 1 as answer')).rejects.toThrow('password authentication failed')
    expect((await stat(path.join(folder, 'password'))).mode & 0o777).toBe(0o600)
    await server.stop()
  })

  it('is one server when two processes start it at once, and stops with the last process', async () => {
    const [one, two] = await Promise.all([startHolder(), startHolder()])
    const here = await start()
    expect(new Set([one.url, two.url, here.url]).size).toBe(1)

    await here.stop()
    one.process.stdin?.end()
    await once(one.process, 'exit')
    expect(await ask(two.url, 'select 1 as answer')).toBe(1)

    two.process.stdin?.end()
    await once(two.process, 'exit')
    expect(existsSync(pidFile())).toBe(false)
  })

  it('is found again after its parent was killed', async () => {
    const holder = await startHolder()
    const pid = await serverPid(folder)
    holder.process.kill('SIGKILL')
    await once(holder.process, 'exit')

    const server = await start()
    expect(await serverPid(folder)).toBe(pid)
    expect(server.url).toBe(holder.url)
    await server.stop()
    expect(existsSync(pidFile())).toBe(false)
  })

  it('stops with the last process after a restart too', async () => {
    const holder = await startHolder()
    const here = await start()
    await restartServer(folder, 'immediate')
    const others = `select count(*)::int as answer from pg_stat_activity where application_name = 'winrate lease'`
    await expect.poll(() => ask(here.url, others)).toBe(2)
    await here.stop()
    expect(await ask(holder.url, 'select 1 as answer')).toBe(1)
    holder.process.stdin?.end()
    await once(holder.process, 'exit')
    expect(existsSync(pidFile())).toBe(false)
  })

  it('starts again after the server itself was killed', async () => {
    const before = await startEmbeddedPostgres({ dataDirectory: folder })
    await ask(before.url, 'create table kept as select 7 as answer')
    process.kill(await serverPid(folder), 'SIGKILL')
    const after = await start()
    expect(await ask(after.url, 'select answer from kept')).toBe(7)
    await Promise.all([before.stop(), after.stop()])
  })

  it('is started again, once and on its port, by the processes that use it when it is killed', async () => {
    // The process that starts it decides: this one loses nothing that was committed.
    const here = await startEmbeddedPostgres({ dataDirectory: folder })
    const holders = [await startHolder(), await startHolder()]
    await ask(here.url, 'create table kept as select 7 as answer')
    const killed = await serverPid(folder)
    await killServer(folder)
    const leases = `select count(*)::int as answer from pg_stat_activity where application_name = 'winrate lease'`
    await expect.poll(() => ask(here.url, leases).catch(String), { timeout: 60_000 }).toBe(3)
    expect(await serverPid(folder)).not.toBe(killed)
    expect(await ask(here.url, 'select answer from kept')).toBe(7)
    await here.stop()
    for (const holder of holders) {
      holder.process.stdin?.end()
      await once(holder.process, 'exit')
    }
    expect(existsSync(pidFile())).toBe(false)
  }, 120_000)

  it('that cannot be started again reports it to its users, after some attempts', async () => {
    const gone = Promise.withResolvers<Error>()
    const said: string[] = []
    const server = await startEmbeddedPostgres({
      dataDirectory: folder,
      durable: false,
      onServerGone: gone.resolve,
      onServerEvent: (message) => said.push(message),
      tryAgainAfterMs: [0, 50, 100],
    })
    const pid = await serverPid(folder)
    await rename(path.join(folder, 'data', 'global'), path.join(folder, 'data', 'elsewhere'))
    process.kill(pid, 'SIGKILL')
    expect((await gone.promise).message).toMatch(
      /^the embedded PostgreSQL stopped and could not be restarted in 3 attempts: /,
    )
    expect(said[0]).toMatch(/^the embedded PostgreSQL has stopped and is being restarted: /)
    await server.stop()
  }, 300_000)

  it('stops by itself when all processes that used it were killed', async () => {
    const holder = await startHolder()
    holder.process.kill('SIGKILL')
    await expect.poll(() => existsSync(pidFile()), { timeout: 100_000, interval: 200 }).toBe(false)
    await expect(ask(holder.url, 'select 1 as answer')).rejects.toThrow('ECONNREFUSED')
  }, 120_000)

  it('serves with a role that can use no file and no program', async () => {
    const server = await start()
    await migrate(server.url, undefined, server.serviceUrl)
    expect(await ask(server.serviceUrl, 'select count(*)::int as answer from account')).toBe(0)
    for (const reach of [`copy (select 1) to program 'true'`, `copy account from '/etc/passwd'`])
      await expect(ask(server.serviceUrl, reach)).rejects.toThrow('permission denied')
    await server.stop()
  })

  it.runIf(process.platform === 'linux')('does not mistake a pid that now belongs to something else', async () => {
    const first = await start()
    const pidLines = (await readFile(pidFile(), 'utf8')).split('\n')
    await first.stop()
    await writeFile(pidFile(), [process.pid, ...pidLines.slice(1)].join('\n'))
    const second = await start()
    expect(await serverPid(folder)).not.toBe(process.pid)
    await second.stop()
  })
})
