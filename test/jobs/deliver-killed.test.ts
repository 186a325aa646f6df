import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/core/qualification/event-types.ts'
import { createRandom } from '../../src/core/random.ts'
import type { Instant } from '../../src/core/time.ts'
import { appendEvents } from '../../src/store/events.ts'
import { createEndpoint } from '../../src/store/webhooks.ts'
import { insertAccount } from '../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

/** `KILLS=200 EVENTS=10000 npm test -- deliver-killed` for the long version. */
const KILLS = Number(process.env['KILLS'] ?? 20)
const EVENTS = Number(process.env['EVENTS'] ?? 1000)
const CHILD = path.join(import.meta.dirname, '../support/deliver-child.ts')
/** Of one endpoint under way at the same time. */
const AT_ONCE = 8

const random = createRandom(`deliver ${process.env['SEED'] ?? 1}`)
let database: TestDatabase
let receiver: Receiver

beforeAll(async () => {
  database = await createTestDatabase()
  receiver = await startReceiver((response) => setTimeout(() => response.end(), random.next() * 10))
})
afterAll(async () => {
  await receiver.close()
  await database.drop()
})

async function startDeliverer() {
  const child = spawn(process.execPath, [CHILD, database.serviceUrl, receiver.place], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

async function kill(child: Awaited<ReturnType<typeof startDeliverer>>): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

async function writeEvents(account: number, isOver: () => boolean): Promise<void> {
  const event = (mark: number): NewEvent => ({
    type: 'account.qualified',
    accountId: account,
    motion: null,
    asOf: '2026-03-01T00:00:00.000000Z' as Instant,
    modelVersion: null,
    actor: null,
    payload: { mark },
  })
  const batch = Math.ceil(EVENTS / (KILLS * 4))
  for (let mark = 0; mark < EVENTS; mark += batch) {
    const events = Array.from({ length: Math.min(batch, EVENTS - mark) }, (_, k) => event(mark + k))
    await database.db.transaction().execute((transaction) => appendEvents(transaction, events))
    // Spread over the kills, so that each of them has something to interrupt.
    if (!isOver()) await wait(random.next() * 150)
  }
}

describe('a deliverer that is killed while it delivers', () => {
  it(`loses nothing, and what comes twice has the same id (${KILLS} times under ${EVENTS} events)`, async () => {
    const account = await insertAccount(database.db, 'acme')
    const settings = { url: receiver.url, description: null, eventTypes: null }
    await database.db.transaction().execute((transaction) => createEndpoint(transaction, settings))
    let isOver = false
    const writing = writeEvents(account, () => isOver)
    let interrupted = 0
    for (let killed = 0; killed < KILLS; killed += 1) {
      const child = await startDeliverer()
      const before = receiver.received.length
      await wait(150 + random.next() * 500)
      if (receiver.received.length > before) interrupted += 1
      await kill(child)
    }
    isOver = true
    await writing
    const last = await startDeliverer()
    const marks = () => receiver.received.map(({ body }) => Number(JSON.parse(body).data.mark))
    const deadline = performance.now() + 30_000 + EVENTS * 10
    while (performance.now() < deadline && new Set(marks()).size < EVENTS) await wait(100)
    // Long enough for whatever a killed one had in hand to come a second time.
    await wait(1500)
    await kill(last)

    const idsByMark = Map.groupBy(receiver.received, ({ body }) => Number(JSON.parse(body).data.mark))
    expect(idsByMark.size).toBe(EVENTS)
    for (const same of idsByMark.values()) {
      expect(new Set(same.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size).toBe(1)
    }
    const repeated = receiver.received.length - EVENTS
    expect(repeated).toBeLessThanOrEqual(KILLS * AT_ONCE)
    expect(interrupted).toBeGreaterThan(0)
    console.info(
      `${KILLS} kills, ${interrupted} while sending: ${EVENTS} events arrived, ${repeated} messages came again`,
    )
    const { rows } = await database.pool.query(`select state, count(*)::int as count from delivery group by state`)
    expect(rows).toEqual([{ state: 'delivered', count: EVENTS }])
  }, 1_200_000)
})
