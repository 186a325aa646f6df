import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Instant } from '../../../src/core/base/time.ts'
import { listSnapshots, readSnapshots } from '../../../src/store/features/account-snapshots.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import {
  addAccount,
  addActivity,
  addContact,
  addFeedStart,
  addIntentSignal,
  addOpportunity,
  addVersion,
  at,
  removeFacts,
} from '../../support/facts.ts'
import { acme, AS_OF, BEFORE, EARLY, LOOKBACK, snapshotOf } from './snapshot-support.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
afterEach(() => removeFacts(database.db))

describe('attributes', () => {
  it('are the newest version of each source, in the order of their names, and say which are backfilled', async () => {
    const accountId = await acme(database.db, at('2024-01-01'))
    const { db } = database
    await addVersion(db, accountId, { known_at: at('2024-05-01'), attributes: { employees: 10, tags: ['a', 'b'] } })
    await addVersion(db, accountId, { known_at: at('2024-11-01'), attributes: { employees: 99 } })
    await addVersion(db, accountId, {
      source: 'Bought',
      known_at: at('1900-01-01'),
      attributes: { x: 1.5 },
      backfilled: true,
    })
    expect((await snapshotOf(database.db, accountId, AS_OF)).versions).toEqual([
      { source: 'Bought', attributes: { x: 1.5 }, backfilled: true },
      { source: 'crm', attributes: { employees: 10, tags: ['a', 'b'] }, backfilled: false },
    ])
    expect((await snapshotOf(database.db, accountId, at('2024-02-01'))).versions[1]?.attributes).toEqual({
      name: 'acme',
    })
  })
})

describe('people', () => {
  it('follow their newest version: from one account to another, and away', async () => {
    const [one, other] = [await acme(database.db), await addAccount(database.db, 'other', at('2024-01-01'))]
    await addContact(database.db, 'ann', [
      { known_at: at('2024-03-01'), account_id: one, buying_role: 'user', seniority: 'manager' },
      { known_at: at('2024-06-01'), account_id: other, buying_role: 'economic_decision_maker', seniority: 'vp' },
      { known_at: at('2024-09-01'), account_id: null },
    ])
    const roles = async (accountId: number, asOf: string) =>
      (await snapshotOf(database.db, accountId, at(asOf))).contacts.map(({ buyingRole }) => buyingRole)
    expect([await roles(one, '2024-03-01'), await roles(other, '2024-03-02')]).toEqual([[], []])
    expect([await roles(one, '2024-06-01'), await roles(other, '2024-06-01')]).toEqual([['user'], []])
    expect([await roles(one, '2024-06-02'), await roles(other, '2024-06-02')]).toEqual([
      [],
      ['economic_decision_maker'],
    ])
    expect([await roles(one, '2024-09-02'), await roles(other, '2024-09-02')]).toEqual([[], []])
  })

  it('of activities have the same key as the people of the account', async () => {
    const accountId = await acme(database.db)
    const ann = await addContact(database.db, 'ann', [{ known_at: at('2024-03-01'), account_id: accountId }])
    await addActivity(database.db, accountId, { kind: 'form', occurred_at: at('2024-09-30'), contact_id: ann })
    await addActivity(database.db, accountId, { kind: 'form', occurred_at: at('2024-09-30') })
    const { contacts, activities } = await snapshotOf(database.db, accountId, AS_OF)
    expect(activities.map(({ contactKey }) => contactKey)).toEqual([contacts[0]?.key, null])
  })

  it('are anonymous before they were known, although the visit already counts', async () => {
    const accountId = await acme(database.db)
    const ann = await addContact(database.db, 'ann', [{ known_at: at('2024-09-15'), account_id: null }])
    await addActivity(database.db, accountId, { kind: 'form', occurred_at: at('2024-09-01'), contact_id: ann })
    const key = async (asOf: string) =>
      (await snapshotOf(database.db, accountId, at(asOf))).activities.map((cell) => cell.contactKey)
    expect(await key('2024-09-15')).toEqual([null])
    expect(await key('2024-09-15T00:00:00.000001')).toEqual([ann])
  })
})

describe('activities', () => {
  it('are evidence only if the buyer, or a mapping, says so', async () => {
    const accountId = await acme(database.db)
    await addActivity(database.db, accountId, { kind: 'call', by: 'sales', occurred_at: EARLY })
    await addActivity(database.db, accountId, { kind: 'loan event', by: 'sales', evidence: true, occurred_at: EARLY })
    const { activities, reach, latestKinds } = await snapshotOf(database.db, accountId, AS_OF)
    expect(activities.map(({ kind }) => kind)).toEqual(['loan event'])
    expect(reach.map(({ kind }) => kind)).toEqual(['call'])
    expect(latestKinds).toEqual(['loan event'])
  })

  it('the latest kinds come newest first; the source’s own order breaks ties', async () => {
    const accountId = await acme(database.db)
    await addActivity(database.db, accountId, { kind: 'b', occurred_at: EARLY, ordinal: 1 })
    await addActivity(database.db, accountId, { kind: 'a', occurred_at: EARLY, ordinal: 2 })
    await addActivity(database.db, accountId, { kind: 'c', occurred_at: EARLY, ordinal: 0 })
    await addActivity(database.db, accountId, { kind: 'c', occurred_at: at('2024-01-15'), ordinal: 9 })
    await addActivity(database.db, accountId, { kind: 'd', occurred_at: at('2024-09-25') })
    expect((await snapshotOf(database.db, accountId, AS_OF)).latestKinds).toEqual(['d', 'a', 'b', 'c'])
  })
})

describe('intent signals', () => {
  it('keep their strength exactly', async () => {
    const accountId = await acme(database.db)
    await addIntentSignal(database.db, accountId, { topic: 'crm', strength: '33.3333', observed_at: EARLY })
    expect((await snapshotOf(database.db, accountId, AS_OF)).intentSignals).toEqual([
      { provider: 'panel', topic: 'crm', ageDays: 11, strengthE4: 333_333 },
    ])
  })
})

describe('opportunities', () => {
  it('are open until they closed and we knew it', async () => {
    const accountId = await acme(database.db)
    await addOpportunity(database.db, accountId, 'deal', [
      { known_at: at('2024-03-01'), opened_at: at('2024-03-01'), lead_source: 'inbound' },
      {
        known_at: at('2024-06-10'),
        opened_at: at('2024-03-01'),
        closed_at: at('2024-06-01'),
        outcome: 'won',
        type: 'expansion',
      },
    ])
    const state = async (asOf: string) => {
      const [deal] = (await snapshotOf(database.db, accountId, at(asOf))).opportunities
      return deal && [deal.outcome, deal.closedAt, deal.openedAgeDays, deal.closedAgeDays, deal.type]
    }
    expect(await state('2024-03-01')).toBeUndefined()
    expect(await state('2024-03-02')).toEqual(['open', null, 1, null, null])
    expect(await state('2024-06-10')).toEqual(['open', null, 101, null, null])
    expect(await state('2024-06-10T00:00:00.000001')).toEqual(['won', at('2024-06-01'), 101, 9, 'expansion'])
  })

  it('whose close lies at or after as-of are open, though the date was known', async () => {
    const accountId = await acme(database.db)
    const planned = { known_at: EARLY, opened_at: at('2024-09-01'), outcome: 'lost' as const }
    await addOpportunity(database.db, accountId, 'at', [{ ...planned, closed_at: AS_OF }])
    await addOpportunity(database.db, accountId, 'before', [{ ...planned, closed_at: BEFORE }])
    const { opportunities } = await snapshotOf(database.db, accountId, AS_OF)
    expect(opportunities.map(({ externalId, outcome, closedAgeDays }) => [externalId, outcome, closedAgeDays])).toEqual(
      [
        ['at', 'open', null],
        ['before', 'lost', 0],
      ],
    )
  })

  it('come in the order they opened', async () => {
    const accountId = await acme(database.db)
    for (const [name, opened] of [
      ['c', '2024-05-01'],
      ['b', '2024-04-01'],
      ['a', '2024-05-01'],
    ] as const) {
      await addOpportunity(database.db, accountId, name, [{ known_at: at(opened), opened_at: at(opened) }])
    }
    const { opportunities } = await snapshotOf(database.db, accountId, AS_OF)
    expect(opportunities.map(({ externalId }) => externalId)).toEqual(['b', 'a', 'c'])
  })
})

describe('feed starts', () => {
  it('are those known as of each instant', async () => {
    const accountId = await acme(database.db)
    const start = (occurred: string, known: string) =>
      addFeedStart(database.db, 'activity', {
        source: 'web',
        kind: 'visit',
        occurred_at: at(occurred),
        known_at: at(known),
      })
    await start('2024-05-01', '2024-05-01')
    // The old log is imported in August.
    await start('2023-01-01', '2024-08-01')
    const since = async (asOf: string) =>
      (await snapshotOf(database.db, accountId, at(asOf))).feedStarts.activity.get('visit')
    expect(await since('2024-05-01')).toBeUndefined()
    expect(await since('2024-05-01T00:00:00.000001')).toBe(at('2024-05-01'))
    expect(await since('2024-08-01')).toBe(at('2024-05-01'))
    expect(await since('2024-08-01T00:00:00.000001')).toBe(at('2023-01-01'))
  })

  it('of several instants in one request do not mix', async () => {
    const accountId = await acme(database.db)
    await addFeedStart(database.db, 'activity', { source: 'web', kind: 'visit', occurred_at: at('2024-05-01') })
    const asOfs = [at('2024-06-01'), at('2024-04-01'), at('2024-06-01')]
    const snapshots = await listSnapshots(
      database.db,
      asOfs.map((asOf) => ({ accountId, asOf })),
      LOOKBACK,
    )
    expect(snapshots.map((snapshot) => snapshot?.feedStarts.activity.get('visit'))).toEqual([
      at('2024-05-01'),
      undefined,
      at('2024-05-01'),
    ])
  })
})

describe('many pairs at once', () => {
  it('are returned in the order of the requests, repeated if requested twice, undefined where the account was not known', async () => {
    const ids: number[] = []
    for (const name of ['a', 'b', 'c']) ids.push(await addAccount(database.db, name, at('2024-05-01')))
    const [a = 0, b = 0, c = 0] = ids
    const asked = [
      [c, '2024-06-01'],
      [a, '2024-04-01'],
      [b, '2024-06-01'],
      [c, '2024-06-02'],
      [c, '2024-06-01'],
      [999_999, '2024-06-01'],
    ] as const
    const requests = asked.map(([accountId, asOf]) => ({ accountId, asOf: at(asOf) }))
    const found = await listSnapshots(database.db, requests, LOOKBACK)
    expect(found.map((snapshot) => snapshot && [snapshot.externalId, snapshot.asOf.slice(0, 10)])).toEqual([
      ['c', '2024-06-01'],
      undefined,
      ['b', '2024-06-01'],
      ['c', '2024-06-02'],
      ['c', '2024-06-01'],
      undefined,
    ])
    expect(await listSnapshots(database.db, [], LOOKBACK)).toEqual([])
  })

  it('are read in chunks, and an error in a later one reaches the reader', async () => {
    const accountId = await acme(database.db)
    const requests = Array.from({ length: 4_500 }, () => ({ accountId, asOf: AS_OF }))
    const sizes: number[] = []
    for await (const chunk of readSnapshots(database.db, requests, LOOKBACK)) sizes.push(chunk.length)
    expect(sizes).toEqual([2000, 2000, 500])
    const broken = [...requests.slice(0, 2000), { accountId, asOf: 'yesterday-ish' as Instant }]
    const reader = readSnapshots(database.db, broken, LOOKBACK)
    expect((await reader.next()).done).toBe(false)
    await expect(reader.next()).rejects.toThrow('invalid input syntax')
  })
})
