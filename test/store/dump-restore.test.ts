import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/core/qualification/event-types.ts'
import type { Instant } from '../../src/core/base/time.ts'
import { deliveryLoop } from '../../src/jobs/delivery/deliver-webhooks.ts'
import { openFeed } from '../../src/jobs/delivery/event-feed.ts'
import { appendEvents, type FeedEvent, lastSequence, sequenceEvents } from '../../src/store/delivery/events.ts'
import { migrate } from '../../src/store/database/migrate.ts'
import { createEndpoint } from '../../src/store/delivery/webhooks.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../support/accounts.ts'
import { createCopy, createTestDatabase, type TestDatabase } from '../support/server/database.ts'
import { dumpAndRestore, findDumpTools, pgDumpRequired } from '../support/server/dump-restore.ts'
import { PATIENCE_MS } from '../support/patience.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { storeScores } from '../support/store-scores.ts'
import { until } from '../support/until.ts'
import { untilPolledAgain } from '../support/server/waiting-sessions.ts'

/** Of each kind: `DUMPED_EVENTS=2500 npm test -- dump-restore` for the long version. */
const EACH = Number(process.env['DUMPED_EVENTS'] ?? 20)
const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant

let old: TestDatabase
let restored: TestDatabase | undefined
let receiver: Receiver
let status: number
let account: number

beforeEach(async () => {
  old = await createTestDatabase()
  status = 200
  receiver = await startReceiver((response) => response.writeHead(status).end())
})
afterEach(async () => {
  await receiver.close()
  await restored?.drop()
  restored = undefined
  await old.drop()
})

/** Events with the next marks, each batch in a transaction of its own. */
let marked = 0
async function happen({ db }: TestDatabase, count: number): Promise<readonly number[]> {
  const marks = Array.from({ length: count }, (_, place) => marked + place)
  marked += count
  const events = marks.map(
    (mark): NewEvent => ({
      type: 'account.qualified',
      accountId: account,
      motion: null,
      asOf: AS_OF,
      modelVersion: null,
      actor: null,
      payload: { mark },
    }),
  )
  await db.transaction().execute((transaction) => appendEvents(transaction, events))
  return marks
}

const marksOf = (events: readonly FeedEvent[]) => events.map(({ payload }) => payload['mark'])

/** Reads like a client: from the position of the last answer until there are no more events. */
async function readAll({ db }: TestDatabase, after: number): Promise<readonly FeedEvent[]> {
  const feed = openFeed(db)
  const read: FeedEvent[] = []
  for (let from = after; ; ) {
    const page = await feed.read({ after: from, limit: 500, waitMs: 0, signal: new AbortController().signal })
    if (page.kind === 'beyond') throw new Error(`${from} lies beyond the last event, ${page.last}`)
    read.push(...page.events)
    from = page.nextAfter
    if (!page.more) return read
  }
}

const messages = (from = 0) =>
  receiver.received.slice(from).map(({ headers, body }) => {
    return { id: String(headers['webhook-id']), mark: JSON.parse(body).data.mark as number, body }
  })

/** Sends until so many messages have been received, and whatever is under way with them. @returns what was, repeats too */
async function deliver({ db, pool }: TestDatabase, count: number): Promise<ReturnType<typeof messages>> {
  const stop = new AbortController()
  const before = receiver.received.length
  const delivering = deliveryLoop(db, {
    pollMs: 10,
    timeoutMs: PATIENCE_MS,
    rules: { ports: [443], loopback: [receiver.place] },
    signal: stop.signal,
    onAttempt: () => undefined,
    onFailure: (error) => console.error(error),
  })
  const ids = () => new Set(receiver.received.slice(before).map(({ headers }) => headers['webhook-id']))
  await until(`${count} messages are received`, () => ids().size >= count)
  await untilPolledAgain({ pool })
  stop.abort()
  await delivering
  expect(ids().size).toBe(count)
  return messages(before)
}

async function scoresOf({ pool }: TestDatabase): Promise<readonly unknown[]> {
  const { rows } = await pool.query(
    `select 'now' as kind, account_id, s::text as row from account_score s
     union all select 'change', account_id, c::text from account_score_change c order by 1, 2, 3`,
  )
  return rows
}

async function scoreAccounts({ db }: TestDatabase): Promise<void> {
  await insertModelVersion(db, 'v1', true)
  account = await insertAccount(db, 'acme')
  const others = [await insertAccount(db, 'nord'), await insertAccount(db, 'süd "AG"')]
  const scored = [account, ...others].map((accountId, place) => ({
    accountId,
    score: publishedScore({ qualified_probability: 0.1 + place / 3, account_name: `Ünï ${place} \\ '` }),
  }))
  await storeScores(db, AS_OF, scored)
  await sequenceEvents(db)
}

type Copy = (from: TestDatabase) => Promise<TestDatabase>

/** @returns the ids under which messages came, before and after */
async function goesOn(copy: Copy): Promise<ReadonlySet<string>> {
  const { db } = old
  await scoreAccounts(old)
  const settings = { url: receiver.url, description: null, eventTypes: null }
  await db.transaction().execute((transaction) => createEndpoint(transaction, settings))
  const start = await lastSequence(db)
  const delivered = await happen(old, EACH)
  await sequenceEvents(db)
  await deliver(old, EACH)
  const waiting = await happen(old, EACH)
  await sequenceEvents(db)
  status = 503
  const refused = await deliver(old, EACH)
  const numbered = await happen(old, EACH)
  await sequenceEvents(db)
  const unnumbered = await happen(old, EACH)
  const last = await lastSequence(db)
  expect(last).toBe(start + 3 * EACH)
  // A reader in the middle of what is numbered, and one that has all of it.
  const [inTheMiddle, atTheEnd] = [start + EACH + Math.floor(EACH / 2), last]
  const scores = await scoresOf(old)
  await old.close()

  restored = await copy(old)
  expect(await migrate(restored.url)).toEqual([])
  expect(await lastSequence(restored.db)).toBe(last)
  const later = await happen(restored, EACH)
  const all = await readAll(restored, start)
  expect(marksOf(all)).toEqual([...delivered, ...waiting, ...numbered, ...unnumbered, ...later])
  expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, place) => start + 1 + place))
  expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(all.length)
  expect(await readAll(restored, inTheMiddle)).toEqual(all.slice(inTheMiddle - start))
  expect(marksOf(await readAll(restored, atTheEnd))).toEqual([...unnumbered, ...later])
  expect(await scoresOf(restored)).toEqual(scores)

  status = 200
  // The 5 seconds before the second attempt are over.
  await restored.pool.query(`update delivery set next_attempt_at = now() where state = 'waiting'`)
  const sent = await deliver(restored, 4 * EACH)
  // Each once, and nothing of what had been delivered.
  expect(sent.map(({ mark }) => mark).toSorted((a, b) => a - b)).toEqual([
    ...waiting,
    ...numbered,
    ...unnumbered,
    ...later,
  ])
  const byMark = new Map(sent.map((message) => [message.mark, message]))
  for (const message of refused) expect(byMark.get(message.mark)).toEqual(message)
  return new Set(messages().map(({ id }) => id))
}

describe('a database that was moved', () => {
  it('by a dump and a restore loses and repeats nothing of the feed, its deliveries and its scores', async ({
    skip,
  }) => {
    const tools = await findDumpTools(old)
    if (typeof tools === 'string') {
      if (pgDumpRequired) throw new Error(tools)
      return skip(tools)
    }
    expect((await goesOn((from) => dumpAndRestore(tools, from))).size).toBe(5 * EACH)
  })

  it('as a copy of its files loses and repeats nothing of the feed, its deliveries and its scores', async () => {
    expect((await goesOn(createCopy)).size).toBe(5 * EACH)
  })
})
