import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { IsoDate } from '../../../src/core/base/time.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { mergeAccounts } from '../../../src/jobs/facts/merge-accounts.ts'
import { runTimeMachine } from '../../../src/jobs/evaluation/time-machine.ts'
import type * as KnownBefore from '../../../src/store/features/known-before.ts'
import type { TimedFact } from '../../../src/store/features/known-before.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { at } from '../../support/facts.ts'
import { importText, rowsOf } from '../../support/import-text.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

/** Replaces the time rule of merges during a test. */
let planted: ((alias: string, asOf: RawBuilder<unknown>) => RawBuilder<boolean>) | undefined

vi.mock('../../../src/store/features/known-before.ts', async (importOriginal) => {
  const original = await importOriginal<typeof KnownBefore>()
  const knownBefore = (fact: TimedFact, alias: string, asOf: RawBuilder<unknown>) =>
    (fact === 'merged_account' ? planted?.(alias, asOf) : undefined) ?? original.knownBefore(fact, alias, asOf)
  return { ...original, knownBefore }
})

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const TWINS = 'external_id,domain,known_at\nA,acme.com,2024-01-01\nB,acme.com,2024-02-01\nC,,2024-01-01\n'
const VISITS = `source_id,kind,occurred_at,initiated_by,domain
1,web_visit,2024-01-15T00:00:00Z,buyer,acme.com
2,web_visit,2024-03-15T00:00:00Z,buyer,www.shop.acme.com
`
const whose = `select t.source_id, a.external_id as account, left(t.linked_at::text, 10) as linked
  from activity t left join account a using (account_id) order by 1`

describe('merging two accounts that claim one domain', () => {
  beforeEach(async () => {
    await database.pool.query('truncate account, contact, activity, feed_start, import_run cascade')
    await importText(database, 'accounts', TWINS)
    await importText(database, 'activities', VISITS)
  })
  const expected = [
    { source_id: '1', account: 'A', linked: '2024-01-01' },
    { source_id: '2', account: 'A', linked: '2024-05-01' },
  ]

  it('matches facts that matched neither account, from the known-at of the merge on', async () => {
    expect(await rowsOf(database, whose)).toEqual([expected[0], { source_id: '2', account: null, linked: null }])
    const summary = await mergeAccounts(database.pool, { from: 'B', into: 'A', at: at('2024-05-01') })
    expect(summary).toEqual({ outcome: 'merged', rematched: 1 })
    expect(await rowsOf(database, whose)).toEqual(expected)
    expect(await rowsOf(database, `select kind, counts from import_run order by 1 desc limit 1`)).toEqual([
      { kind: 'merge', counts: { from: 'B', into: 'A' } },
    ])
  })

  it('repeated changes nothing', async () => {
    await mergeAccounts(database.pool, { from: 'B', into: 'A' })
    expect(await mergeAccounts(database.pool, { from: 'B', into: 'A' })).toEqual({ outcome: 'unchanged', rematched: 0 })
    expect(await mergeAccounts(database.pool, { from: 'B', into: 'A', at: at('2024-05-01') })).toEqual({
      outcome: 'dated_earlier',
      rematched: 0,
    })
    expect(await rowsOf(database, whose)).toEqual(expected)
  })

  it('is refused for unknown accounts, circles and a future date', async () => {
    const refusal = (from: string, into: string, day?: string) =>
      mergeAccounts(database.pool, { from, into, at: day === undefined ? undefined : at(day) }).catch(
        (error: Error) => error.message,
      )
    expect(await refusal('B', 'X')).toBe('no account has the external id X')
    expect(await refusal('B', 'A', '2199-01-01')).toContain('which is in the future')
    await mergeAccounts(database.pool, { from: 'B', into: 'A' })
    expect(await refusal('A', 'B')).toBe('the merge would close a circle: A into B into A')
    expect(await refusal('B', 'C')).toBe('B was merged into A already, and that is not part of C')
  })

  it('can be imported with the links', async () => {
    const merges = `account_external_id,kind,value,known_at,deleted
A,merge,B,2024-05-01T00:00:00Z,
A,merge,X,,
B,merge,A,,
X,merge,A,,
A,merge,B,,true
A,visitor,v1,,
`
    const { counts, reasons, rematched } = await importText(database, 'account-links', merges)
    // X is unknown: it may have been merged long before the first export, and cannot be merged into.
    expect(counts).toMatchObject({ read: 6, inserted: 2, unchanged: 1, rejected: 3 })
    expect(reasons).toEqual({ merge_refused: 2, unknown_account: 1 })
    expect(rematched).toBe(1)
    expect(await rowsOf(database, whose)).toEqual(expected)
    expect((await importText(database, 'account-links', merges)).counts).toMatchObject({ unchanged: 3, rejected: 3 })
  })
})

describe('the time machine', () => {
  const specification = loadSpecification('models')
  const run = (pairs: number, models = specification.models) =>
    runTimeMachine(database.db, { pairs, seed: 1, specification: { ...specification, models }, end: at('2025-11-01') })

  beforeAll(async () => {
    await database.pool.query('truncate account, contact, activity, feed_start, import_run cascade')
    await importSimulatedCompany(database.pool, { accounts: 60, months: 18, end: '2025-11-01' as IsoDate, seed: 3 })
    // Every third account is merged into the one before it, some over two steps.
    await database.pool.query(`
      with numbered as (select account_id, row_number() over (order by external_id) as n from account)
      insert into account_merge (account_id, into_account_id, known_at, backfilled)
      select a.account_id, b.account_id, timestamptz '2025-01-01 00:00:00Z' + a.n * interval '5 days', false
      from numbered a join numbered b on b.n = a.n - case when a.n % 9 = 0 then 3 else 1 end where a.n % 3 = 0`)
  })

  it('finds no feature that uses a merge too early', async () => {
    const report = await run(400)
    expect(report.mismatches).toEqual([])
    expect(report.unknown).toBeGreaterThan(0)
  })

  it.each<readonly [string, (alias: string, asOf: RawBuilder<unknown>) => RawBuilder<boolean>]>([
    ['a merge known too early', () => sql<boolean>`true`],
    ['"at or before" in place of "before"', (alias, asOf) => sql<boolean>`${sql.ref(`${alias}.known_at`)} <= ${asOf}`],
  ])('catches %s', async (_, mistake) => {
    planted = mistake
    const { mismatches } = await run(200, []).finally(() => (planted = undefined))
    expect(mismatches.filter(({ reading }) => reading === 'without_the_future').length).toBeGreaterThan(0)
  })
})
