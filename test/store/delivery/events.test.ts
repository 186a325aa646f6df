import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../../src/core/qualification/event-types.ts'
import { createRandom } from '../../../src/core/base/random.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { appendEvents, type FeedEvent, listEvents, sequenceEvents } from '../../../src/store/delivery/events.ts'
import { insertAccount } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant
let database: TestDatabase
let account: number

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 24 })
  account = await insertAccount(database.db, 'acme')
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('delete from event'))

const event = (changes: Partial<NewEvent> = {}): NewEvent => ({
  type: 'account.qualified',
  accountId: account,
  motion: 'new_business',
  asOf: AS_OF,
  modelVersion: null,
  actor: null,
  payload: {},
  ...changes,
})
const write = (...events: readonly NewEvent[]) =>
  database.db.transaction().execute((transaction) => appendEvents(transaction, events))
const markOf = ({ payload }: FeedEvent) => payload['mark']
/** Everything from the beginning, in pages. */
async function readFrom(after: number, limit = 100): Promise<readonly FeedEvent[]> {
  const page = await listEvents(database.db, { after, limit })
  const last = page.at(-1)
  return last ? [...page, ...(await readFrom(last.sequence, limit))] : []
}

describe('the log of events', () => {
  it('is numbered in the order of writing, once, and can be read from any position', async () => {
    await write(event({ payload: { mark: 1 } }), event({ payload: { mark: 2 } }))
    expect(await listEvents(database.db, { after: 0, limit: 10 })).toEqual([])
    expect(await sequenceEvents(database.db)).toBe(2)
    expect(await sequenceEvents(database.db)).toBe(0)
    await write(event({ type: 'account.claimed', actor: 'Kim', payload: { mark: 3 } }))
    await sequenceEvents(database.db)
    const [first, ...rest] = await readFrom(0, 1)
    expect([first, ...rest].map((found) => found && markOf(found))).toEqual([1, 2, 3])
    expect(rest.map(({ sequence }) => sequence - (first?.sequence ?? 0))).toEqual([1, 2])
    const claims = await listEvents(database.db, { after: 0, limit: 10, types: ['account.claimed'] })
    expect(claims).toMatchObject([{ type: 'account.claimed', actor: 'Kim', accountId: account, asOf: AS_OF }])
  })

  it('leaves the holdout and events outside of the feed unnumbered', async () => {
    await write(event({ type: 'holdout.assigned' }), event({ inFeed: false }), event({ payload: { mark: 'told' } }))
    expect(await sequenceEvents(database.db)).toBe(1)
    expect((await readFrom(0)).map(markOf)).toEqual(['told'])
    await expect(
      database.pool.query(
        `insert into event (type, as_of, in_feed) values ('holdout.assigned', '2026-01-01T00:00:00Z', true)`,
      ),
    ).rejects.toThrow('check constraint')
  })

  it('is only added to', async () => {
    await write(event())
    await sequenceEvents(database.db)
    for (const change of ['sequence = 7', 'sequence = null', `payload = '{"a": 1}'`]) {
      await expect(database.pool.query(`update event set ${change}`)).rejects.toThrow('only added')
    }
    await expect(appendEvents(database.db, [event()])).rejects.toThrow('in the transaction')
  })

  it('gives no number twice, also after events were removed', async () => {
    await write(event(), event())
    await sequenceEvents(database.db)
    const last = (await readFrom(0)).at(-1)?.sequence ?? 0
    await database.pool.query('delete from event')
    await write(event())
    await sequenceEvents(database.db)
    expect((await readFrom(0)).map(({ sequence }) => sequence)).toEqual([last + 1])
  })

  it('is not delayed by an open transaction, whose event follows later', async () => {
    let finish = () => {}
    const finished = new Promise<void>((resolve) => (finish = resolve))
    let written = () => {}
    const isWritten = new Promise<void>((resolve) => (written = resolve))
    const open = database.db.transaction().execute(async (transaction) => {
      await appendEvents(transaction, [event({ payload: { mark: 'slow' } })])
      written()
      await finished
    })
    await isWritten
    await write(event({ payload: { mark: 'fast' } }))
    await sequenceEvents(database.db)
    const seen = await readFrom(0)
    expect(seen.map(markOf)).toEqual(['fast'])
    finish()
    await open
    await sequenceEvents(database.db)
    expect((await readFrom(seen.at(-1)?.sequence ?? 0)).map(markOf)).toEqual(['slow'])
  })

  // WINRATE_FEED_EVENTS=10000 for the whole of it.
  it('loses nothing and repeats nothing under many writers whose commits come late', async () => {
    const total = Number(process.env['WINRATE_FEED_EVENTS'] ?? 1000)
    const writers = 16
    const seen: FeedEvent[] = []
    let writing = true
    const poll = async () => {
      let isLast = false
      while (!isLast) {
        isLast = !writing
        await sequenceEvents(database.db)
        seen.push(...(await readFrom(seen.at(-1)?.sequence ?? 0, 50)))
      }
    }
    const beginning = (await database.pool.query('select last_sequence from event_feed')).rows[0].last_sequence
    const pollers = Promise.all([poll(), sequenceEvents(database.db)])
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const random = createRandom(`writer ${writer}`)
        for (let index = writer; index < total; index += writers) {
          await database.db.transaction().execute(async (transaction) => {
            await appendEvents(transaction, [event({ payload: { mark: index } })])
            // Commits come late at random times, so that they overtake each other.
            if (random.next() < 0.2) await wait(random.next() * 30)
          })
        }
      }),
    )
    writing = false
    await pollers
    expect(seen.map(({ sequence }) => sequence)).toEqual(Array.from({ length: total }, (_, k) => beginning + 1 + k))
    expect(new Set(seen.map(markOf)).size).toBe(total)
  })
})
