// Run as a process of its own beside an embedded server: `embedded-postgres-guard.ts <folder>`. Stops the server when
// all processes that used it have been gone for a while without stopping it, as after `kill -9`. Ends with the server.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { lockOf, serverIn } from './embedded-postgres.ts'
import { readPassword } from './embedded-postgres-files.ts'
import { findRunningPort, ownerUrl, type Server, stopServer } from './postgres-process.ts'
import { connectLeasing, countLeases } from './server-lease.ts'

const LOOK_EVERY_MS = 1000
const UNUSED_FOR_MS = 10_000
/** A process that starts a dead server again also starts another guard. */
const GONE_AFTER_MS = 5000
/** One guard for each server. Any number that nothing else on the server uses. */
const ADVISORY_LOCK = 7_764_123_002

const [folder = ''] = process.argv.slice(2)
// The guard creates no file: the folder may be removed as soon as the server has stopped.
const password = await readPassword(folder)
if (password !== undefined) await stand(await serverIn(folder, password))

async function stand(server: Server): Promise<void> {
  let aliveAt = performance.now()
  while (performance.now() - aliveAt < GONE_AFTER_MS) {
    const client = await connect(server).catch(() => undefined)
    if (client) {
      const isDone = await guard(server, client).catch(() => false)
      await client.end().catch(() => undefined)
      if (isDone) return
      aliveAt = performance.now()
    }
    await sleep(LOOK_EVERY_MS)
  }
}

async function connect(guarded: Server): Promise<Client | undefined> {
  const port = await findRunningPort(guarded)
  return port === undefined ? undefined : await connectLeasing(ownerUrl(guarded, port, 'postgres'), 'winrate guard')
}

/** @returns true when there is nothing left to guard; throws when the connection is lost */
async function guard(guarded: Server, client: Client): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [ADVISORY_LOCK])
  if (rows[0]?.mine !== true) return true
  const inFolder = await lockOf(guarded.folder)
  let usedAt = performance.now()
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    if ((await countLeases(client)) > 0) usedAt = performance.now()
    if (performance.now() - usedAt < UNUSED_FOR_MS) continue
    const isStopped = await inFolder(async () => {
      if ((await countLeases(client)) > 0) return false
      await stopServer(guarded)
      return true
    })
    if (isStopped) return true
  }
}
