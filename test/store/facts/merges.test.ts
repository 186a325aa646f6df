import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Lookback } from '../../../src/core/features/compile.ts'
import type { AccountSnapshot } from '../../../src/core/features/snapshot.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { matchAccounts } from '../../../src/store/facts/accounts.ts'
import { listSnapshots } from '../../../src/store/features/account-snapshots.ts'
import {
  listCohortAccounts,
  listEveryAccount,
  listOpportunityHistories,
} from '../../../src/store/features/opportunity-histories.ts'
import { type MergeOutcome, writeMerges } from '../../../src/store/facts/merges.ts'
import { insertModelVersion, publishedScore } from '../../support/accounts.ts'
import { storeScores } from '../../support/store-scores.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import {
  addAccount,
  addActivity,
  addContact,
  addIntentSignal,
  addOpportunity,
  addVersion,
  at,
  removeFacts,
} from '../../support/facts.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
afterEach(() => removeFacts(database.db))

const LOOKBACK: Lookback = {
  activityDays: 90,
  intentDays: 90,
  businessEventDays: 90,
  customerEventDays: 90,
  latestKinds: true,
  sourcePrecedence: [],
}
const MERGED = at('2024-06-01T12:00:00')
const JUST_AFTER = at('2024-06-01T12:00:00.000001')

async function merge(
  ...wanted: readonly (readonly [string, string, Instant | null])[]
): Promise<readonly MergeOutcome[]> {
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    const merges = wanted.map(([from, into, knownAt]) => ({ from, into, knownAt }))
    const outcomes = await writeMerges(client, merges, null)
    await client.query('commit')
    return outcomes
  } finally {
    client.release()
  }
}

async function snapshots(
  accountIds: readonly number[],
  asOf: Instant,
): Promise<readonly (AccountSnapshot | undefined)[]> {
  return await listSnapshots(
    database.db,
    accountIds.map((accountId) => ({ accountId, asOf })),
    LOOKBACK,
  )
}

const account = (id: string, knownAt = at('2024-01-01')) => addAccount(database.db, id, knownAt, { name: id })
const visit = (accountId: number, day: string, contact?: number) =>
  addActivity(database.db, accountId, {
    kind: 'web_visit',
    occurred_at: at(day),
    ...(contact && { contact_id: contact }),
  })
const visits = (snapshot: AccountSnapshot | undefined) =>
  snapshot?.activities.reduce((sum, { count }) => sum + count, 0)

describe('a merge', () => {
  it('joins two histories after the instant at which it was known, strictly', async () => {
    const [away, stays] = [await account('away'), await account('stays')]
    const ann = await addContact(database.db, 'ann', [{ known_at: at('2024-02-01'), account_id: away }])
    await visit(away, '2024-05-30', ann)
    await visit(stays, '2024-05-31')
    await addIntentSignal(database.db, away, { topic: 'crm', observed_at: at('2024-05-20'), strength: '70' })
    await addOpportunity(database.db, away, 'deal', [{ known_at: at('2024-05-01'), opened_at: at('2024-05-01') }])
    await merge(['away', 'stays', MERGED])

    const before = await snapshots([away, stays], MERGED)
    expect(before.map(visits)).toEqual([1, 1])
    expect(before[1]).toMatchObject({ contacts: [], intentSignals: [], opportunities: [] })

    const [gone, one] = await snapshots([away, stays], JUST_AFTER)
    expect(gone).toBeUndefined()
    expect(one?.activities.map(({ contactKey, ageDays }) => [contactKey, ageDays])).toEqual([
      [null, 1],
      [ann, 2],
    ])
    expect(one?.contacts.map(({ externalId }) => externalId)).toEqual(['ann'])
    expect(one?.intentSignals).toHaveLength(1)
    expect(one?.opportunities.map(({ externalId }) => externalId)).toEqual(['deal'])
  })

  it('gives the same alone and among accounts without a merge, in the order of the requests', async () => {
    const ids = [await account('a'), await account('b'), await account('c'), await account('d')] as const
    for (const [index, id] of ids.entries()) for (let n = 0; n <= index; n += 1) await visit(id, `2024-05-2${n}`)
    await merge(['b', 'd', at('2024-02-01')])
    const asked = [ids[3], ids[0], ids[1], ids[2], ids[3]]
    const together = await snapshots(asked, MERGED)
    expect(together.map(visits)).toEqual([6, 1, undefined, 3, 6])
    for (const [index, id] of asked.entries()) expect(await snapshots([id], MERGED)).toEqual([together[index]])
  })

  it('is transitive: an account merged into a merged account is part of the last one', async () => {
    const [a, b, c] = [await account('a'), await account('b'), await account('c')]
    await visit(a, '2024-05-01')
    await visit(b, '2024-05-01')
    await merge(['b', 'c', at('2024-05-20')], ['a', 'b', at('2024-05-10')])
    expect((await snapshots([a, b, c], at('2024-05-05'))).map(visits)).toEqual([1, 1, 0])
    expect((await snapshots([a, b, c], at('2024-05-15'))).map(visits)).toEqual([undefined, 2, 0])
    expect((await snapshots([a, b, c], at('2024-05-25'))).map(visits)).toEqual([undefined, undefined, 2])
  })

  it('is never known before both accounts are', async () => {
    const [away, stays] = [await account('away'), await account('stays', at('2024-05-10'))]
    await visit(away, '2024-05-01')
    await merge(['away', 'stays', null])
    expect((await snapshots([away, stays], at('2024-05-10'))).map(visits)).toEqual([1, undefined])
    expect((await snapshots([away, stays], at('2024-05-11'))).map(visits)).toEqual([undefined, 1])
    // The account turns out to have been known longer.
    await database.pool.query(`update account set known_at = '2024-05-02T00:00:00Z' where external_id = 'stays'`)
    expect((await snapshots([away, stays], at('2024-05-10'))).map(visits)).toEqual([undefined, 1])
  })

  it('keeps the attributes of the survivor, and takes those of sources that have no version of it', async () => {
    const [away, stays] = [await account('away'), await account('stays')]
    const later = { known_at: at('2024-05-01'), attributes: { name: 'Away Ltd' } }
    await addVersion(database.db, away, later)
    await addVersion(database.db, away, { ...later, source: 'zoom', attributes: { employees: 40 } })
    await merge(['away', 'stays', at('2024-05-10')])
    const [one] = await snapshots([stays], MERGED)
    expect(one?.versions.map(({ source, attributes }) => [source, attributes])).toEqual([
      ['crm', { name: 'stays' }],
      ['zoom', { employees: 40 }],
    ])
    expect(one?.accountKnownAt).toBe(at('2024-01-01'))
  })

  it('remains when the CRM deletes the merged account', async () => {
    const [away, stays] = [await account('away'), await account('stays')]
    await visit(away, '2024-05-01')
    await merge(['away', 'stays', at('2024-05-10')])
    await database.pool.query(
      `insert into account_version (account_id, source, known_at, backfilled, attributes, deleted)
       values ($1, 'crm', '2024-05-11T00:00:00Z', false, '{}', true)`,
      [away],
    )
    expect((await snapshots([away, stays], MERGED)).map(visits)).toEqual([undefined, 1])
  })

  it('removes the account from cohorts, lists and scores, and its keys find the survivor', async () => {
    const [away, stays] = [await account('away'), await account('stays')]
    await database.db
      .insertInto('account_link')
      .values({
        kind: 'domain',
        value: 'away.com',
        account_id: away,
        network: null,
        known_at: at('2024-01-01'),
        backfilled: false,
      })
      .execute()
    await insertModelVersion(database.db, 'v1')
    const scored = [away, stays].map((accountId) => ({ accountId, score: publishedScore() }))
    await storeScores(database.db, MERGED, scored)
    await merge(['away', 'stays', MERGED])

    const names = async (asOf: Instant) => (await listCohortAccounts(database.db, asOf)).map((one) => one.externalId)
    expect([await names(MERGED), await names(JUST_AFTER)]).toEqual([['away', 'stays'], ['stays']])
    expect((await listEveryAccount(database.db, JUST_AFTER)).map(({ heirs }) => heirs?.length)).toEqual([1, undefined])
    const scores = await database.db.selectFrom('account_score').select('account_id').execute()
    expect(scores).toEqual([{ account_id: stays }])
    const keys = [{ id: away }, { external_id: 'away' }, { domain: 'www.news.away.com' }, { external_id: 'stays' }]
    expect(await matchAccounts(database.db, keys)).toEqual([[stays], [stays], [stays], [stays]])
    expect(await matchAccounts(database.db, keys, MERGED)).toEqual([[away], [away], [away], [stays]])
  })

  it('keeps the account of an opportunity, and names its survivors', async () => {
    const away = await account('away')
    await account('stays')
    await addOpportunity(database.db, away, 'deal', [{ known_at: at('2024-05-01'), opened_at: at('2024-05-01') }])
    await merge(['away', 'stays', MERGED])
    const heirs = async (asOf: Instant) =>
      (await listOpportunityHistories(database.db, asOf)).map((deal) => [
        deal.account.externalId,
        deal.account.heirs?.map((heir) => [heir.account.externalId, heir.since]),
      ])
    expect(await heirs(MERGED)).toEqual([['away', undefined]])
    expect(await heirs(JUST_AFTER)).toEqual([['away', [['stays', MERGED]]]])
  })
})

describe('writing merges', () => {
  it('changes nothing the second time; a stated date replaces a missing one, an earlier date a later one', async () => {
    for (const id of ['a', 'b']) await account(id)
    const kinds = async (knownAt: Instant | null) => (await merge(['a', 'b', knownAt])).map(({ kind }) => kind)
    expect(await kinds(null)).toEqual(['inserted'])
    expect(await kinds(null)).toEqual(['unchanged'])
    expect(await kinds(at('2024-05-01'))).toEqual(['updated'])
    expect(await kinds(at('2024-05-02'))).toEqual(['unchanged'])
    expect(await kinds(null)).toEqual(['unchanged'])
    expect(await kinds(at('2024-04-01'))).toEqual(['updated'])
    expect(await database.db.selectFrom('account_merge').select(['known_at', 'backfilled']).execute()).toEqual([
      { known_at: at('2024-04-01'), backfilled: false },
    ])
  })

  it('refuses circles and second merges, within one call too, and unknown accounts', async () => {
    for (const id of ['a', 'b', 'c']) await account(id)
    const outcomes = await merge(
      ['a', 'b', null],
      ['b', 'c', null],
      ['c', 'a', null],
      ['x', 'a', null],
      ['a', 'c', null],
    )
    expect(outcomes).toEqual([
      { kind: 'inserted' },
      { kind: 'inserted' },
      { kind: 'refused', message: 'the merge would close a circle: c into a into b into c' },
      { kind: 'unknown_account', externalId: 'x' },
      { kind: 'unchanged' },
    ])
  })

  it('is refused by the database itself where a circle would close', async () => {
    const [a, b] = [await account('a'), await account('b')]
    await merge(['a', 'b', null])
    const close = database.db
      .insertInto('account_merge')
      .values({ account_id: b, into_account_id: a, known_at: MERGED, backfilled: false })
    await expect(close.execute()).rejects.toThrow('circle')
  })
})
