import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../../../src/core/qualification/event-types.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import { createApp } from '../../../../src/http/app.ts'
import { openFeed } from '../../../../src/jobs/delivery/event-feed.ts'
import { promote, rollBack } from '../../../../src/jobs/registry/promote.ts'
import { openDatabase } from '../../../../src/store/database/database.ts'
import { appendEvents, lastSequence, sequenceEvents } from '../../../../src/store/delivery/events.ts'
import { insertAccount } from '../../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { PATIENT } from '../../../support/patience.ts'
import { until } from '../../../support/until.ts'
import { untilPolledAgain } from '../../../support/server/waiting-sessions.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

let service: TestService
let database: TestDatabase
let key: string
let account: number
/** Where the feed was before the test. */
let start: number

beforeAll(async () => {
  service = await startTestService()
  database = service.database
  key = await service.keyWith('events:read')
  account = await insertAccount(database.db, 'acme')
})
afterAll(() => service.close())
beforeEach(async () => {
  await sequenceEvents(database.db)
  start = await lastSequence(database.db)
})

const event = (mark: number | string, changes: Partial<NewEvent> = {}): NewEvent => ({
  type: 'account.qualified',
  accountId: account,
  motion: 'new_business',
  asOf: '2026-03-01T00:00:00.000000Z' as Instant,
  modelVersion: null,
  actor: null,
  payload: { mark },
  ...changes,
})
const happen = (...events: readonly NewEvent[]) =>
  database.db.transaction().execute((transaction) => appendEvents(transaction, events))

interface Page {
  readonly events: readonly {
    readonly sequence: number
    readonly type: string
    readonly data: { mark: number | string }
  }[]
  readonly next_after: number
  readonly more: boolean
}
async function read(query: string): Promise<Page> {
  const answer = await service.call({ url: `/v1/events?${query}`, key })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}
const marksOf = (page: Page) => page.events.map(({ data }) => data.mark)

describe('the feed', () => {
  it('continues after the previous page, in order, without a worker', async () => {
    await happen(event(1), event(2), event(3))
    const first = await read(`after=${start}&limit=2`)
    expect([marksOf(first), first.more]).toEqual([[1, 2], true])
    const second = await read(`after=${first.next_after}&limit=2`)
    expect([marksOf(second), second.more]).toEqual([[3], false])
    expect(await read(`after=${second.next_after}`)).toEqual({ events: [], next_after: second.next_after, more: false })
  })

  it('has the type, account, as-of and actor of each event', async () => {
    await happen(event('x', { type: 'account.claimed', actor: 'Kim' }))
    expect((await read(`after=${start}`)).events).toEqual([
      {
        event_id: expect.any(Number),
        sequence: start + 1,
        type: 'account.claimed',
        timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
        account_id: account,
        motion: 'new_business',
        as_of: '2026-03-01T00:00:00.000000Z',
        model_version: null,
        actor: 'Kim',
        data: { mark: 'x' },
      },
    ])
  })

  it('can be limited to some types, and skips the others', async () => {
    await happen(
      event(1),
      event(2, { type: 'segment.entered' }),
      event(3),
      event(4, { type: 'segment.left' }),
      event(5),
    )
    const page = await read(`after=${start}&types=segment.entered,segment.left`)
    expect([marksOf(page), page.next_after]).toEqual([[2, 4], start + 5])
  })

  it('does not contain holdout events', async () => {
    await happen(event(1, { type: 'holdout.assigned' }), event(2, { inFeed: false }))
    expect(marksOf(await read(`after=${start}`))).toEqual([])
  })

  it('refuses an unknown position, and an invalid position, type, limit or wait', async () => {
    const beyond = await service.call({ url: `/v1/events?after=${start + 1}`, key })
    expect([beyond.statusCode, beyond.json().code]).toEqual([400, 'invalid_cursor'])
    for (const query of [
      'after=-1',
      'after=1.5',
      'after=x',
      'after=9007199254740993',
      'limit=0',
      'limit=1001',
      'wait=31',
    ]) {
      const answer = await service.call({ url: `/v1/events?${query}`, key })
      expect([query, answer.statusCode, answer.json().code]).toEqual([query, 400, 'invalid_request'])
    }
    for (const types of ['', 'holdout.assigned', 'account.qualified,', 'x']) {
      const answer = await service.call({ url: `/v1/events?types=${types}`, key })
      expect(answer.json().errors).toMatchObject([{ in: 'query', pointer: '#/types' }])
    }
  })

  it('contains promotions and rollbacks, with actor and reason', async () => {
    await insertChampion(database, 'first')
    await database.pool.query(`insert into model_version (version, as_of, data_sha256, specification_sha256, artifact)
      select 'second', as_of, data_sha256, specification_sha256, artifact from model_version where version = 'first'`)
    await promote(database.db, 'second', { promotedBy: 'Ann', reason: 'a trial', force: true })
    // The same again changes nothing, and is no news.
    await promote(database.db, 'second', { promotedBy: 'Ann', reason: 'a trial', force: true })
    await database.pool.query(`insert into promotion (kind, version, promoted_by, promotion_id) overriding system value
      values ('promote', 'first', 'Ann', 0)`)
    await rollBack(database.db, { promotedBy: 'Bob', reason: null, expectedChampion: 'second' })
    const { events } = await read(`after=${start}&types=model.promoted`)
    expect(events).toMatchObject([
      {
        actor: 'Ann',
        model_version: 'second',
        account_id: null,
        data: { kind: 'promote', replaced: 'first', forced: true, reason: 'a trial' },
      },
      { actor: 'Bob', model_version: 'first', data: { kind: 'rollback', replaced: 'second', reason: null } },
    ])
  })
})

/** The statements by which it is looked for news. */
const A_LOOK = 3

describe('a reader who waits', () => {
  it('is answered when an event of the requested types occurs', async () => {
    const reading = read(`after=${start}&wait=30&types=account.claimed`)
    await untilPolledAgain(database, A_LOOK)
    await happen(event('other'))
    await untilPolledAgain(database, A_LOOK)
    await happen(event('wanted', { type: 'account.claimed' }))
    expect(marksOf(await reading)).toEqual(['wanted'])
  })

  it('is answered with an empty page at the end of the wait, and with the next position', async () => {
    await happen(event('other'))
    const began = performance.now()
    expect(await read(`after=${start}&wait=1&types=account.claimed`)).toEqual({
      events: [],
      next_after: start + 1,
      more: false,
    })
    expect(performance.now() - began).toBeGreaterThan(950)
  })

  it('holds no connection of the pool, also with many readers', async () => {
    const readers = Array.from({ length: 40 }, () => read(`after=${start}&wait=30`))
    const busy = () => database.pool.totalCount - database.pool.idleCount + database.pool.waitingCount
    // Once each has looked, which takes a connection for a moment, one look serves them all.
    let freeInARow = 0
    await until('no reader holds a connection or waits for one', () => {
      freeInARow = busy() === 0 ? freeInARow + 1 : 0
      return freeInARow >= 10
    })
    await untilPolledAgain(database, A_LOOK)
    expect(busy()).toBeLessThanOrEqual(1)
    expect(await read(`after=${start}`)).toMatchObject({ events: [] })
    await happen(event('all'))
    for (const page of await Promise.all(readers)) expect(marksOf(page)).toEqual(['all'])
  })

  it('who disconnects stops waiting', async () => {
    const feed = openFeed(database.db)
    const gone = new AbortController()
    const reading = feed.read({ after: start, limit: 10, waitMs: 3_600_000, signal: gone.signal })
    await untilPolledAgain(database, A_LOOK)
    gone.abort()
    expect(await reading).toEqual({ kind: 'page', events: [], nextAfter: start, more: false })
  })

  it('is answered at once when the service stops', async () => {
    const app = await createApp(service.services)
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const headers = { authorization: `Bearer ${key}` }
    let isAnswered = false
    const staying = fetch(`${address}/v1/events?after=${start}&wait=30`, { headers }).finally(() => (isAnswered = true))
    await untilPolledAgain(database, A_LOOK)
    expect(isAnswered).toBe(false)
    const began = performance.now()
    const [, answer] = await Promise.all([app.close(), staying])
    expect(await answer.json()).toMatchObject({ events: [] })
    // Well before its own time was over.
    expect(performance.now() - began).toBeLessThan(20_000)
  })
})

describe('a poller while 16 write', () => {
  /** `FEED_CHANGES=10000 npm test -- test/http/routes/delivery/events.test.ts` for the whole of it. */
  const total = Number(process.env['FEED_CHANGES'] ?? 1000)

  it('gets every event once, and an open transaction delays no other event', async () => {
    const elsewhere = await createTestDatabase()
    const writing = openWriters()
    const app = await createApp(service.services)
    // One in another database of the server, one in this database that has written an event: neither commits until the end.
    const open = await Promise.all([elsewhere.pool.connect(), writing.pool.connect()])
    try {
      const address = await app.listen({ host: '127.0.0.1', port: 0 })
      for (const client of open)
        await client.query('begin; set local idle_in_transaction_session_timeout = 0; select pg_current_xact_id()')
      await open[1]?.query(
        `insert into event (type, as_of, payload) values ('account.qualified', now(), '{"mark": "open"}')`,
      )
      let done = false
      const seen: Page['events'][number][] = []
      const poll = async () => {
        let after = start
        await until('the poller has read all that was committed', async () => {
          const isLast = done
          const answer = await fetch(`${address}/v1/events?after=${after}&limit=50`, {
            headers: { authorization: `Bearer ${key}` },
          })
          const page = (await answer.json()) as Page
          seen.push(...page.events)
          after = page.next_after
          return isLast && page.events.length === 0 && seen.length >= total
        })
        return after
      }
      const polling = poll()
      await Promise.all(Array.from({ length: 16 }, (_, writer) => writing.write(writer, total)))
      done = true
      const after = await polling
      // All that was committed has been read while the two are still open.
      expect(seen.map(({ sequence }) => sequence)).toEqual(Array.from({ length: total }, (_, k) => start + 1 + k))
      expect(seen.map(({ data }) => Number(data.mark)).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: total }, (_, k) => k),
      )
      for (const client of open) await client.query('commit')
      expect(marksOf(await read(`after=${after}`))).toEqual(['open'])
    } finally {
      for (const client of open) client.release(true)
      await app.close()
      await writing.close()
      await elsewhere.drop()
    }
  }, 600_000)

  function openWriters() {
    const opened = openDatabase({ url: database.url, maxConnections: 18, ...PATIENT })
    const write = async (writer: number, marks: number) => {
      const random = createRandom(`writer ${writer}`)
      for (let mark = writer; mark < marks; mark += 16) {
        await opened.db.transaction().execute(async (transaction) => {
          await appendEvents(transaction, [event(mark)])
          // Commits come late at random times, so that they overtake each other.
          if (random.next() < 0.3) await wait(random.next() * 50)
        })
      }
    }
    return { write, pool: opened.pool, close: () => opened.close() }
  }
})
