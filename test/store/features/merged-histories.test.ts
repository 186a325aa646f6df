import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lookback } from '../../../src/core/features/compile.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { listCustomerEvents } from '../../../src/store/training/customer-events.ts'
import { listDealFacts } from '../../../src/store/training/deals.ts'
import { listSnapshots } from '../../../src/store/features/account-snapshots.ts'
import { listOpportunityHistories } from '../../../src/store/features/opportunity-histories.ts'
import { listFactsAround, listFieldHistories } from '../../../src/store/evaluation/leakage-history.ts'
import { listCandidates } from '../../../src/store/scoring/lookalikes.ts'
import { sharedHistory } from '../../../src/store/features/merged-accounts.ts'
import { writeMerges } from '../../../src/store/facts/merges.ts'
import { listMqlDates } from '../../../src/store/training/mql-dates.ts'
import { listQualified } from '../../../src/store/qualification/qualified-list.ts'
import { listScoreChanges } from '../../../src/store/scoring/score-history.ts'
import { listTimeline } from '../../../src/store/features/timeline.ts'
import { insertModelVersion, publishedScore } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import {
  addAccount,
  addActivity,
  addBusinessEvent,
  addContact,
  addCustomerEvent,
  addIntentSignal,
  addOpportunity,
  addVersion,
  at,
} from '../../support/facts.ts'
import { storeScores } from '../../support/store-scores.ts'

// All facts are imported for a. It becomes part of b on 1 June, and b part of c on 1 August: a microsecond after the instant
// at which a merge became known, and not before, a's facts belong to the other.
const FIRST = at('2024-06-01')
const SECOND = at('2024-08-01')
const OWNERS: readonly (readonly [asOf: Instant, owner: 'a' | 'b' | 'c'])[] = [
  [FIRST, 'a'],
  [at('2024-06-01T00:00:00.000001'), 'b'],
  [SECOND, 'b'],
  [at('2024-08-01T00:00:00.000001'), 'c'],
]
const LOOKBACK: Lookback = {
  activityDays: 365,
  intentDays: 365,
  businessEventDays: 365,
  customerEventDays: 365,
  latestKinds: true,
  sourcePrecedence: [],
}
const KNOWN = at('2024-01-01')

let database: TestDatabase
const ids = { a: 0, b: 0, c: 0, apart: 0 }
type Name = keyof typeof ids

beforeAll(async () => {
  database = await createTestDatabase()
  const { db, pool } = database
  for (const name of ['a', 'b', 'c', 'apart'] as const) ids[name] = await addAccount(db, name, KNOWN)
  await addVersion(db, ids.a, { source: 'zoom', known_at: KNOWN, attributes: { region: 'emea', in_crm: false } })
  await addActivity(db, ids.a, { kind: 'visit', occurred_at: at('2024-03-01') })
  await addIntentSignal(db, ids.a, { topic: 'crm', observed_at: at('2024-03-02'), strength: '70' })
  await addBusinessEvent(db, ids.a, { kind: 'funding', occurred_at: at('2024-03-03') })
  await addCustomerEvent(db, ids.a, { kind: 'renewal', occurred_at: at('2024-03-04') })
  await addOpportunity(db, ids.a, 'deal', [{ known_at: at('2024-03-05'), opened_at: at('2024-03-05') }])
  const ann = await addContact(db, 'ann', [{ known_at: KNOWN, account_id: ids.a }])
  await pool.query(`update contact_version set mql_at = '2024-03-06' where contact_id = $1`, [ann])
  await insertModelVersion(db, 'v1')
  await storeScores(db, KNOWN, [scored('a')])
  const client = await pool.connect()
  const merges = [
    { from: 'a', into: 'b', knownAt: FIRST },
    { from: 'b', into: 'c', knownAt: SECOND },
  ]
  await writeMerges(client, merges, null).finally(() => client.release())
})
afterAll(() => database.drop())

const scored = (name: Name) => ({ accountId: ids[name], score: publishedScore({ account_external_id: name }) })

/** How many facts of account a each reader returns for an account as of an instant. */
const READERS: Readonly<Record<string, (name: Name, asOf: Instant) => Promise<number>>> = {
  'the activities of the point-in-time query': async (name, asOf) =>
    (await snapshot(name, asOf))?.activities.length ?? 0,
  'its signals': async (name, asOf) => (await snapshot(name, asOf))?.intentSignals.length ?? 0,
  'its business events': async (name, asOf) => (await snapshot(name, asOf))?.businessEvents.length ?? 0,
  'its customer events': async (name, asOf) => (await snapshot(name, asOf))?.customerEvents.length ?? 0,
  'its opportunities': async (name, asOf) => (await snapshot(name, asOf))?.opportunities.length ?? 0,
  'its contacts': async (name, asOf) => (await snapshot(name, asOf))?.contacts.length ?? 0,
  'its attributes': async (name, asOf) =>
    (await snapshot(name, asOf))?.versions.filter(({ source }) => source === 'zoom').length ?? 0,
  'the MQL dates': async (name, asOf) =>
    (await listMqlDates(database.db, [{ accountId: ids[name], asOf }]))?.[0]?.length ?? 0,
  'the leakage audit': async (name, asOf) =>
    (await listFactsAround(database.db, [{ accountId: ids[name], asOf }], 365, at('2025-01-01')))[0]?.before ?? 0,
  'the list by region': async (name, asOf) => {
    await storeScores(database.db, asOf, standing(asOf).map(scored))
    const query = { minimumProbability: 0, limit: 10, now: asOf, region: 'emea' }
    return (await listQualified(database.db, query)).filter(({ accountId }) => accountId === ids[name]).length
  },
  'the accounts outside of the CRM': async (name, asOf) => {
    await storeScores(database.db, asOf, standing(asOf).map(scored))
    return (await listCandidates(database.db, { limit: 10 })).filter(({ accountId }) => accountId === ids[name]).length
  },
}

/** The accounts that had not been merged by then. */
function standing(asOf: Instant): readonly Name[] {
  const gone = [...(asOf > FIRST ? ['a'] : []), ...(asOf > SECOND ? ['b'] : [])]
  return (Object.keys(ids) as Name[]).filter((name) => !gone.includes(name))
}

async function snapshot(name: Name, asOf: Instant) {
  return (await listSnapshots(database.db, [{ accountId: ids[name], asOf }], LOOKBACK))[0]
}

describe('the facts of merged accounts', () => {
  const cases = Object.keys(READERS).flatMap((reader) => OWNERS.map(([asOf, owner]) => [reader, asOf, owner] as const))

  it.each(cases)('are for %s as of %s those of %s alone', async (reader, asOf, owner) => {
    const read = READERS[reader]
    const found: Partial<Record<Name, number | undefined>> = {}
    for (const name of standing(asOf)) found[name] = await read?.(name, asOf)
    const nobody = Object.fromEntries(standing(asOf).map((name) => [name, 0]))
    expect(found).toEqual({ ...nobody, [owner]: 1 })
  })

  it('are in the timeline of the survivor, with the account that they were imported for', async () => {
    const entries = async (name: Name, asOf: Instant) =>
      (await listTimeline(database.db, ids[name], asOf, { limit: 50 }))
        .filter(({ source }) => source !== 'event')
        .map(({ source, detail }) => [source, detail['filed_under'] ?? null])
    const sources = ['opportunity', 'customer_event', 'business_event', 'intent_signal', 'activity']
    for (const [asOf, owner] of OWNERS) {
      const filed = owner === 'a' ? null : 'a'
      expect(await entries(owner, asOf)).toEqual(sources.map((source) => [source, filed]))
      for (const name of ['a', 'b', 'c', 'apart'] as const) {
        // By its own id the merged account is shown as it was.
        const isAsItWas = name === 'a' || (name === 'b' && owner === 'c')
        if (name !== owner && !isAsItWas) expect(await entries(name, asOf), `${name} as of ${asOf}`).toEqual([])
      }
    }
  })

  it('have their scores in the history of the survivor, page by page', async () => {
    const names: string[] = []
    let before: { runId: number; accountId: number } | undefined
    while (true) {
      const [change] = await listScoreChanges(database.db, ids.c, { limit: 1, before })
      if (!change) break
      names.push(`${change.externalId} ${change.score?.account_external_id ?? 'ended'}`)
      before = change
    }
    expect(names.slice(-2)).toEqual(['a ended', 'a a'])
    expect(await listScoreChanges(database.db, ids.apart, { limit: 50 })).not.toContainEqual(
      expect.objectContaining({ externalId: 'a' }),
    )
  })

  it('count for an opportunity of any of the accounts, by what was known before the instant', async () => {
    const { db } = database
    await addActivity(db, ids.c, { kind: 'demo', occurred_at: at('2024-03-20') })
    await addOpportunity(db, ids.b, 'won', [
      { known_at: at('2024-02-01'), opened_at: at('2024-02-01') },
      { known_at: at('2024-03-10'), opened_at: at('2024-02-01'), closed_at: at('2024-03-10'), outcome: 'won' },
    ])
    await addCustomerEvent(db, ids.c, { kind: 'churn', occurred_at: at('2024-04-01') })
    const read = async (asOf: Instant) => {
      const histories = await listOpportunityHistories(db, asOf, 'demo')
      const facts = new Map((await listDealFacts(db, asOf)).map((deal) => [deal.externalId, deal.firstFactAt]))
      return histories.map(({ externalId, firstActivityAt, churnedAt }) => [
        externalId,
        firstActivityAt,
        churnedAt,
        facts.get(externalId) ?? null,
      ])
    }
    const [visit, demo, churn] = [at('2024-03-01'), at('2024-03-20'), at('2024-04-01')]
    expect(await read(FIRST)).toEqual([
      ['deal', null, null, visit],
      ['won', null, null, null],
    ])
    expect(await read(SECOND)).toEqual([
      ['deal', null, null, visit],
      ['won', null, null, visit],
    ])
    expect(await read(at('2024-09-01'))).toEqual([
      ['deal', demo, null, visit],
      ['won', demo, churn, visit],
    ])
  })

  it('belong to the survivor at the time they happened', async () => {
    for (const day of ['2024-07-01', '2024-09-01']) {
      await addCustomerEvent(database.db, ids.a, { kind: 'expansion', occurred_at: at(day) })
    }
    const events = await listCustomerEvents(database.db, at('2025-01-01'))
    const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
    expect(events.filter(({ kind }) => kind !== 'churn').map(({ accountId }) => names.get(accountId))).toEqual([
      'a',
      'b',
      'c',
    ])
  })

  it('count once in the audit of the fields, under the survivor', async () => {
    const fields = [{ field: 'region', columns: ['region'] }]
    const filled = async (asOf: Instant) => {
      const [found] = await listFieldHistories(database.db, fields, asOf)
      return [found?.filledClosed, found?.filledOthers]
    }
    // The one deal that closed is b's: alone it has no region, then it has a's, then both are c's.
    expect(await filled(FIRST)).toEqual([
      { count: 0, of: 1 },
      { count: 1, of: 3 },
    ])
    expect(await filled(SECOND)).toEqual([
      { count: 1, of: 1 },
      { count: 0, of: 2 },
    ])
    expect(await filled(at('2024-09-01'))).toEqual([
      { count: 1, of: 1 },
      { count: 0, of: 1 },
    ])
  })
})

describe('sharedHistory', () => {
  it('is the same for each of the accounts', async () => {
    const members = async (name: Name, asOf: Instant) => {
      const { rows } = await sql<{ members: number[] }>`
        select ${sharedHistory(sql`${ids[name]}::bigint`, sql`${asOf}::timestamptz`)} as members`.execute(database.db)
      return rows[0]?.members.toSorted((one, other) => one - other)
    }
    for (const name of ['a', 'b'] as const) {
      expect(await members(name, SECOND)).toEqual([ids.a, ids.b])
    }
    for (const name of ['a', 'b', 'c'] as const) {
      expect(await members(name, at('2024-09-01'))).toEqual([ids.a, ids.b, ids.c])
    }
    expect(await members('a', FIRST)).toEqual([ids.a])
  })
})
