import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../../src/core/qualification/event-types.ts'
import { createRandom } from '../../../src/core/base/random.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { appendEvents } from '../../../src/store/delivery/events.ts'
import { createEndpoint } from '../../../src/store/delivery/webhooks.ts'
import { insertAccount } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'

/** `KILLS=200 EVENTS=10000 npm test -- deliver-killed` for the long version. */
const KILLS = Number(process.env['KILLS'] ?? 20)
const EVENTS = Number(process.env['EVENTS'] ?? 1000)
const CHILD = path.join(import.meta.dirname, '../../support/children/deliver-child.ts')
/** Concurrent deliveries of one endpoint. */
const AT_ONCE = 8

const random = createRandom(`deliver ${process.env['SEED'] ?? 1}`)
let database: TestDatabase
let receiver: Receiver

/** The number of messages that are still answered; later ones are received without an answer. */
let answers = 0

beforeAll(async () => {
  database = await createTestDatabase()
  receiver = await startReceiver((response) => {
    answers -= 1
    // A receiver takes a random time to answer, so that a kill meets deliveries in every state.
    if (answers >= 0) setTimeout(() => response.end(), random.next() * 10)
  })
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

async function writeEvents(account: number, marks: readonly number[]): Promise<void> {
  const events = marks.map(
    (mark): NewEvent => ({
      type: 'account.qualified',
      accountId: account,
      motion: null,
      asOf: '2026-03-01T00:00:00.000000Z' as Instant,
      modelVersion: null,
      actor: null,
      payload: { mark },
    }),
  )
  await database.db.transaction().execute((transaction) => appendEvents(transaction, events))
}

/** Ends the leases of a killed worker. */
async function endLeases(): Promise<void> {
  await database.pool.query(`update delivery set next_attempt_at = now() where state = 'waiting' and attempts > 0`)
}

describe('a worker that is killed while it delivers', () => {
  it(
    `loses no event, and a repeated message has the same id (${KILLS} times under ${EVENTS} events)`,
    async () => {
      const account = await insertAccount(database.db, 'acme')
      const settings = { url: receiver.url, description: null, eventTypes: null }
      await database.db.transaction().execute((transaction) => createEndpoint(transaction, settings))
      const marks = Array.from({ length: EVENTS }, (_, mark) => mark)
      const batch = Math.max(1, Math.floor(EVENTS / (KILLS + 1)))
      for (let killed = 0; killed < KILLS; killed += 1) {
        await writeEvents(account, marks.splice(0, batch))
        await endLeases()
        const before = receiver.received.length
        const answered = random.integer(batch)
        answers = answered
        const child = await startDeliverer()
        await until('a message that is not answered', () => receiver.received.length > before + answered)
        await kill(child)
      }
      await writeEvents(account, marks)
      await endLeases()
      answers = Number.POSITIVE_INFINITY
      const last = await startDeliverer()
      await until('every event is settled', async () => {
        const { rows } = await database.pool.query(`select count(*)::int as n from delivery where state = 'delivered'`)
        return rows[0].n === EVENTS
      })
      await kill(last)

      const idsByMark = Map.groupBy(receiver.received, ({ body }) => Number(JSON.parse(body).data.mark))
      expect(idsByMark.size).toBe(EVENTS)
      for (const same of idsByMark.values()) {
        expect(new Set(same.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size).toBe(1)
      }
      const repeated = receiver.received.length - EVENTS
      expect(repeated).toBeLessThanOrEqual(KILLS * AT_ONCE)
      // Each worker had at least one delivery that was received and not answered.
      expect(repeated).toBeGreaterThanOrEqual(KILLS)
      console.info(`${KILLS} kills while sending: ${EVENTS} events arrived, ${repeated} messages came again`)
      const { rows } = await database.pool.query(`select state, count(*)::int as count from delivery group by state`)
      expect(rows).toEqual([{ state: 'delivered', count: EVENTS }])
    },
    300_000 + KILLS * 60_000,
  )
})
