import { Webhook } from 'standardwebhooks'
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest'
import type { FeedType, NewEvent } from '../../../src/core/qualification/event-types.ts'
import { formatSecret } from '../../../src/core/delivery/webhooks/sign.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { type Delivered, deliveryLoop } from '../../../src/jobs/delivery/deliver-webhooks.ts'
import {
  type DeliveryFilter,
  listDeliveries,
  replayDelivery,
  replayRange,
} from '../../../src/store/delivery/deliveries.ts'
import {
  claimDeliveries,
  makeDeliveries,
  settleDelivered,
  settleFailed,
} from '../../../src/store/delivery/delivery-queue.ts'
import { appendEvents, sequenceEvents } from '../../../src/store/delivery/events.ts'
import {
  createEndpoint,
  enableEndpoint,
  findEndpoint,
  rotateEndpointSecret,
} from '../../../src/store/delivery/webhooks.ts'
import { insertAccount } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { PATIENCE_MS } from '../../support/patience.ts'
import { type Answering, type Receiver, startReceiver } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'
import { untilPolledAgain } from '../../support/server/waiting-sessions.ts'

const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant
let database: TestDatabase
let account: number
const receivers: Receiver[] = []
const places: string[] = []

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 12 })
  account = await insertAccount(database.db, 'acme')
})
afterAll(() => database.drop())
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((started) => started.close()))
  await database.pool.query('delete from webhook_endpoint')
})

async function receiver(answer?: Answering): Promise<Receiver> {
  const started = await startReceiver(answer)
  receivers.push(started)
  places.push(started.place)
  return started
}

async function endpointOf({ url }: Receiver, eventTypes: readonly FeedType[] | null = null) {
  const made = await database.db
    .transaction()
    .execute((transaction) => createEndpoint(transaction, { url, description: null, eventTypes }))
  if (!made) throw new Error('there are too many endpoints')
  return { id: made.endpoint.endpointId, secret: formatSecret(made.secret) }
}

async function happen(count: number, type: FeedType = 'account.qualified'): Promise<void> {
  const event = (mark: number): NewEvent => ({
    type,
    accountId: account,
    motion: 'new_business',
    asOf: AS_OF,
    modelVersion: null,
    actor: null,
    payload: { mark },
  })
  const events = Array.from({ length: count }, (_, mark) => event(mark))
  await database.db.transaction().execute((transaction) => appendEvents(transaction, events))
  await sequenceEvents(database.db)
}

/** Delivers until the condition holds, then finishes the deliveries in progress. */
async function deliverUntil(
  isOver: () => boolean | Promise<boolean>,
  whenStopped: () => void = () => undefined,
): Promise<readonly Delivered[]> {
  const attempts: Delivered[] = []
  const failures: unknown[] = []
  const stop = new AbortController()
  const delivering = deliveryLoop(database.db, {
    pollMs: 20,
    timeoutMs: PATIENCE_MS,
    rules: { ports: [443], loopback: places },
    signal: stop.signal,
    onAttempt: (delivered) => attempts.push(delivered),
    onFailure: (error) => failures.push(error),
  })
  try {
    await until('what is delivered to have arrived', isOver)
  } finally {
    stop.abort()
    whenStopped()
    await delivering
  }
  expect(failures).toEqual([])
  return attempts
}

const deliveries = (filter: DeliveryFilter = {}) => listDeliveries(database.db, filter, { limit: 500 })
const noneWaiting = async () => (await deliveries({ state: 'waiting' })).length === 0
/** Long enough to send every due delivery. */
const polledAgain = () => untilPolledAgain(database).then(() => true)
const allDue = () => database.pool.query(`update delivery set next_attempt_at = now() where state = 'waiting'`)

describe('the events of the feed', () => {
  it('reach every subscribed endpoint once, signed, from its creation on', async () => {
    await happen(3)
    const [all, some] = [await receiver(), await receiver()]
    const one = await endpointOf(all)
    await endpointOf(some, ['account.claimed'])
    await happen(20)
    await happen(1, 'account.claimed')
    await deliverUntil(async () => all.received.length >= 21 && some.received.length >= 1 && (await noneWaiting()))
    expect(some.received.map(({ body }) => JSON.parse(body).type)).toEqual(['account.claimed'])
    const bodies = all.received.map(({ body }) => JSON.parse(body))
    expect(bodies.map(({ data }) => data.mark).toSorted((a, b) => a - b)).toEqual([
      0,
      ...Array.from({ length: 20 }, (_, k) => k),
    ])
    expect(bodies[0]).toMatchObject({ account_id: account, motion: 'new_business', as_of: AS_OF, actor: null })
    expect(new Set(all.received.map(({ headers }) => headers['webhook-id'])).size).toBe(21)
    for (const { body, headers } of all.received) {
      expect(() => new Webhook(one.secret).verify(body, headers as Record<string, string>)).not.toThrow()
    }
  })

  it('are retried with the same id and body and a new timestamp until they arrive', async () => {
    let failures = 2
    const to = await receiver((response) => response.writeHead(failures-- > 0 ? 500 : 204).end())
    const { id } = await endpointOf(to)
    await happen(1)
    for (const attempts of [1, 2, 3]) {
      await deliverUntil(() => to.received.length === attempts)
      const [delivery] = await deliveries()
      expect(delivery).toMatchObject({ attempts, state: attempts === 3 ? 'delivered' : 'waiting' })
      const endpoint = await findEndpoint(database.db, id)
      expect(endpoint?.failingSince === null).toBe(attempts === 3)
      await allDue()
    }
    expect(new Set(to.received.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size).toBe(1)
  })

  it('move to the dead letter queue after the tenth attempt, and can be replayed singly or as a range', async () => {
    let status = 500
    const to = await receiver((response) => response.writeHead(status).end())
    const { id } = await endpointOf(to)
    await happen(3)
    await makeDeliveries(database.db, id)
    await database.pool.query('update delivery set attempts = 9')
    await deliverUntil(noneWaiting)
    const dead = await deliveries({ state: 'dead' })
    expect(dead.map(({ attempts, lastStatus }) => [attempts, lastStatus])).toEqual([
      [10, 500],
      [10, 500],
      [10, 500],
    ])
    status = 200
    const [last, , first] = dead
    await replayDelivery(database.db, last?.deliveryId ?? 0)
    const range = { endpointId: id, state: 'dead', after: 0, upTo: first?.sequence ?? 0 } as const
    expect(await replayRange(database.db, range, 10)).toEqual({ replayed: 1, lastSequence: first?.sequence })
    await deliverUntil(noneWaiting)
    expect((await deliveries({ state: 'dead' })).map(({ sequence }) => sequence)).toEqual([dead[1]?.sequence])
    const idsOf = (found: typeof dead) => found.map(({ messageId }) => messageId)
    expect(idsOf(await deliveries())).toEqual(idsOf(dead))
  })

  it('all wait while the receiver answers with Retry-After', async () => {
    const to = await receiver((response) => response.writeHead(429, { 'retry-after': '3600' }).end())
    const { id } = await endpointOf(to)
    await happen(30)
    await deliverUntil(() => to.received.length >= 1)
    // The deliveries in progress at that moment.
    expect(to.received.length).toBeLessThanOrEqual(8)
    const before = to.received.length
    await allDue()
    await deliverUntil(polledAgain)
    expect(to.received).toHaveLength(before)
    const { pausedUntil } = (await findEndpoint(database.db, id)) ?? {}
    expect(Date.parse(pausedUntil ?? '') - Date.now()).toBeGreaterThan(3_500_000)
  })

  it('wait while the endpoint is disabled, and are sent once it is enabled, including events of that time unless skipped', async () => {
    let status = 410
    const to = await receiver((response) => response.writeHead(status).end())
    const { id } = await endpointOf(to)
    await happen(1)
    await deliverUntil(async () => (await findEndpoint(database.db, id))?.disabledBecause === 'gone')
    await happen(2)
    await allDue()
    await deliverUntil(polledAgain)
    expect(to.received).toHaveLength(1)
    status = 200
    await enableEndpoint(database.db, id, { skipMissed: false })
    await deliverUntil(() => to.received.length === 4)
    await database.pool.query(`update webhook_endpoint set disabled_because = 'by_hand', disabled_at = now()`)
    await happen(2)
    await enableEndpoint(database.db, id, { skipMissed: true })
    await happen(1)
    await deliverUntil(() => to.received.length === 5)
    expect(await noneWaiting()).toBe(true)
  })

  it('disable the endpoint after every attempt has failed for five days', async () => {
    const to = await receiver((response) => response.writeHead(503).end())
    const { id } = await endpointOf(to)
    await database.pool.query(`update webhook_endpoint set failing_since = now() - interval '121 hours'`)
    await happen(1)
    await deliverUntil(async () => (await findEndpoint(database.db, id))?.disabledBecause === 'failing')
    expect(await deliveries()).toMatchObject([{ state: 'waiting', attempts: 1 }])
  })

  it('are signed with both secrets during a rotation, then with the new one only', async () => {
    const to = await receiver()
    const { id, secret } = await endpointOf(to)
    const rotated = await rotateEndpointSecret(database.db, id, 60)
    await happen(1)
    await deliverUntil(() => to.received.length === 1)
    await database.pool.query(`update webhook_endpoint set previous_secret_until = now()`)
    await happen(1)
    await deliverUntil(() => to.received.length === 2)
    const verified = to.received.map(({ body, headers }) =>
      [secret, formatSecret(rotated?.secret ?? Buffer.alloc(1))].map((each) => {
        try {
          return new Webhook(each).verify(body, headers as Record<string, string>) !== undefined
        } catch {
          return false
        }
      }),
    )
    expect(verified).toEqual([
      [true, true],
      [false, true],
    ])
  })
})

describe('a slow receiver', () => {
  it('delays no other endpoint', async () => {
    const unanswered: (() => void)[] = []
    const slow = await receiver((response) => void unanswered.push(() => response.end()))
    const quick = await Promise.all(Array.from({ length: 3 }, () => receiver()))
    for (const to of [slow, ...quick]) await endpointOf(to)
    await happen(40)
    let sentToSlow = 0
    await deliverUntil(
      () => quick.every(({ received }) => received.length === 40) && slow.received.length >= 8,
      () => {
        // Every delivery to the others has arrived before the slow endpoint answers its first eight.
        sentToSlow = slow.received.length
        for (const answer of unanswered) answer()
      },
    )
    expect(sentToSlow).toBe(8)
    expect(slow.received).toHaveLength(8)
  })
})

describe('two workers', () => {
  const leasesEnd = () =>
    database.pool.query(`update delivery set next_attempt_at = next_attempt_at - interval '1 hour'`)

  it('send no delivery twice', async () => {
    const to = await receiver()
    await endpointOf(to)
    await happen(120)
    const done = () => to.received.length >= 120
    await Promise.all([deliverUntil(done), deliverUntil(done)])
    expect(to.received).toHaveLength(120)
    expect(new Set(to.received.map(({ headers }) => headers['webhook-id'])).size).toBe(120)
  })

  it('take over the deliveries of one that died, whose late failure report is ignored', async () => {
    const to = await receiver()
    const { id } = await endpointOf(to)
    await happen(1)
    await makeDeliveries(database.db, id)
    const [dead] = await claimDeliveries(database.db, id, { limit: 8, leaseSeconds: 3600 })
    expect(await claimDeliveries(database.db, id, { limit: 8, leaseSeconds: 3600 })).toEqual([])
    await leasesEnd()
    const [alive] = await claimDeliveries(database.db, id, { limit: 8, leaseSeconds: 30 })
    if (!dead || !alive) throw new Error('both must have claimed it')
    expect([alive.messageId, alive.attempts]).toEqual([dead.messageId, 2])
    await settleFailed(database.db, dead, { status: 500, problem: null, againInSeconds: null, restSeconds: null })
    expect(await deliveries()).toMatchObject([{ state: 'waiting', lastStatus: null }])
    await settleDelivered(database.db, alive, 200)
    expect(await deliveries()).toMatchObject([{ state: 'delivered', lastStatus: 200 }])
  })
})
