import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { listSnapshots } from '../../../src/store/features/account-snapshots.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import {
  addActivity,
  addBusinessEvent,
  addContact,
  addCustomerEvent,
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

const AFTER = at('2024-10-01T12:00:00.000001')

/** Just before, exactly at and just after as-of: only the first counts. */
const TIMES = [
  [BEFORE, true],
  [AS_OF, false],
  [AFTER, false],
] as const

describe('the rule of time is strict, to the microsecond', () => {
  it.each(TIMES)('an account known at %s: %s', async (knownAt, counts) => {
    const accountId = await acme(database.db, knownAt)
    const [snapshot] = await listSnapshots(database.db, [{ accountId, asOf: AS_OF }], LOOKBACK)
    expect(snapshot !== undefined).toBe(counts)
  })

  it.each(TIMES)('a version known at %s: %s', async (knownAt, counts) => {
    const accountId = await acme(database.db)
    await addVersion(database.db, accountId, { known_at: knownAt, attributes: { employees: 2 } })
    const { versions } = await snapshotOf(database.db, accountId, AS_OF)
    expect(versions.map(({ attributes }) => attributes)).toEqual([counts ? { employees: 2 } : { name: 'acme' }])
  })

  it.each(TIMES)('a person known at %s: %s', async (knownAt, counts) => {
    const accountId = await acme(database.db)
    await addContact(database.db, 'ann', [{ known_at: knownAt, account_id: accountId }])
    expect((await snapshotOf(database.db, accountId, AS_OF)).contacts).toHaveLength(counts ? 1 : 0)
  })

  const happened = [
    ...TIMES.map(
      ([time, counts]) => ['happened', { occurred_at: time, known_at: EARLY, linked_at: EARLY }, counts] as const,
    ),
    ...TIMES.map(
      ([time, counts]) => ['known', { occurred_at: EARLY, known_at: time, linked_at: EARLY }, counts] as const,
    ),
    ...TIMES.map(
      ([time, counts]) => ['linked', { occurred_at: EARLY, known_at: EARLY, linked_at: time }, counts] as const,
    ),
  ]

  it.each(happened)('an activity %s at %o: %s', async (_, times, counts) => {
    const accountId = await acme(database.db)
    await addActivity(database.db, accountId, { kind: 'visit', ...times })
    await addActivity(database.db, accountId, { kind: 'sales_call', by: 'sales', ...times })
    const snapshot = await snapshotOf(database.db, accountId, AS_OF)
    expect([snapshot.activities, snapshot.reach, snapshot.latestKinds].map((list) => list.length)).toEqual(
      counts ? [1, 1, 1] : [0, 0, 0],
    )
  })

  it.each(happened)('a business event and a customer event %s at %o: %s', async (_, times, counts) => {
    const accountId = await acme(database.db)
    await addBusinessEvent(database.db, accountId, { kind: 'funding', ...times })
    await addCustomerEvent(database.db, accountId, { kind: 'churn', ...times })
    const { businessEvents, customerEvents } = await snapshotOf(database.db, accountId, AS_OF)
    expect([businessEvents.length, customerEvents.length]).toEqual(counts ? [1, 1] : [0, 0])
  })

  it.each(happened)('an intent signal %s at %o: %s', async (_, times, counts) => {
    const accountId = await acme(database.db)
    const { occurred_at: observed, ...rest } = times
    await addIntentSignal(database.db, accountId, { topic: 'crm', strength: '50', observed_at: observed, ...rest })
    expect((await snapshotOf(database.db, accountId, AS_OF)).intentSignals).toHaveLength(counts ? 1 : 0)
  })

  it.each(TIMES)('an opportunity opened, or known, at %s: %s', async (time, counts) => {
    const accountId = await acme(database.db)
    await addOpportunity(database.db, accountId, 'opened', [{ opened_at: time, known_at: EARLY }])
    await addOpportunity(database.db, accountId, 'known', [{ opened_at: EARLY, known_at: time }])
    expect((await snapshotOf(database.db, accountId, AS_OF)).opportunities).toHaveLength(counts ? 2 : 0)
  })
})

describe('windows', () => {
  const midnight = at('2024-10-01')

  it('ages are differences of UTC days: at 00:00 yesterday is one day ago', async () => {
    const accountId = await acme(database.db)
    await addActivity(database.db, accountId, { kind: 'visit', occurred_at: at('2024-09-30T23:59:59.999999') })
    await addActivity(database.db, accountId, { kind: 'visit', occurred_at: at('2024-09-30') })
    await addActivity(database.db, accountId, { kind: 'visit', occurred_at: at('2024-09-29T23:59:59.999999') })
    const cell = (ageDays: number, count: number) => ({ kind: 'visit', contactKey: null, ageDays, count })
    expect((await snapshotOf(database.db, accountId, midnight)).activities).toEqual([cell(1, 2), cell(2, 1)])
    const late = await snapshotOf(database.db, accountId, at('2024-09-30T23:59:59.999999'))
    expect(late.activities).toEqual([cell(0, 1), cell(1, 1)])
  })

  it('reach back to the first instant of the oldest day: 90 days up to 2024-10-01 begin on 2024-07-04', async () => {
    const accountId = await acme(database.db)
    for (const time of ['2024-07-04', '2024-07-03T23:59:59.999999']) {
      const occurred = at(time)
      await addActivity(database.db, accountId, { kind: 'visit', occurred_at: occurred })
      await addBusinessEvent(database.db, accountId, { kind: 'funding', occurred_at: occurred })
      await addCustomerEvent(database.db, accountId, { kind: 'churn', occurred_at: occurred })
      await addIntentSignal(database.db, accountId, { topic: 'crm', strength: '50', observed_at: occurred })
    }
    for (const asOf of [midnight, at('2024-10-01T23:59:59.999999')]) {
      const { activities, businessEvents, customerEvents, intentSignals } = await snapshotOf(
        database.db,
        accountId,
        asOf,
      )
      for (const facts of [activities, businessEvents, customerEvents, intentSignals]) {
        expect(facts.map(({ ageDays }) => ageDays)).toEqual([89])
      }
    }
  })

  it('of no days read nothing', async () => {
    const accountId = await acme(database.db)
    await addActivity(database.db, accountId, { kind: 'visit', occurred_at: EARLY })
    await addIntentSignal(database.db, accountId, { topic: 'crm', strength: '50', observed_at: EARLY })
    const none = {
      activityDays: 0,
      intentDays: 0,
      businessEventDays: 0,
      customerEventDays: 0,
      latestKinds: false,
      sourcePrecedence: [],
    }
    expect(await snapshotOf(database.db, accountId, AS_OF, none)).toMatchObject({
      activities: [],
      intentSignals: [],
      latestKinds: [],
    })
  })
})
