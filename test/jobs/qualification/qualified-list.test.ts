import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STAGES } from '../../../src/core/scoring/stages/stages.ts'
import { LIST_SORTS, type ListFilter } from '../../../src/core/qualification/list-filter.ts'
import { ON_THE_LIST } from '../../../src/core/qualification/state.ts'
import { createRandom } from '../../../src/core/base/random.ts'
import { GRADES } from '../../../src/core/scoring/published-score.ts'
import { type Instant, instantPlusDays } from '../../../src/core/base/time.ts'
import { listQualifiedAt } from '../../../src/jobs/qualification/qualified-accounts-at.ts'
import { recordHandoff } from '../../../src/jobs/qualification/sales-handoff.ts'
import { listQualified, type QualifiedPosition } from '../../../src/store/qualification/qualified-list.ts'
import { readClock } from '../../../src/store/database/read-clock.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { storeScores, testPolicy } from '../../support/store-scores.ts'

const START = '2026-03-01T00:00:00.000000Z' as Instant
const day = (days: number) => instantPlusDays(START, days)
const calm = testPolicy({ dwell_days: 0, cool_down_days: 0 })
const contactHours = { common: 24, by: { expansion: 5 } }
const random = createRandom('qualified list')
const someOf = <Value>(values: readonly Value[]) => values.filter(() => random.next() < 0.6)
let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await insertModelVersion(database.db, 'v1')
})
afterAll(() => database.drop())

describe('the current list and the list at an instant', () => {
  const PEOPLE = ['Kim', 'Lee', 'Sam']
  const ids: number[] = []
  let now: Instant

  beforeAll(async () => {
    const { db } = database
    for (let index = 0; index < 60; index += 1) ids.push(await insertAccount(db, `a${index}`))
    const isCustomer = ids.map(() => random.next() < 0.3)
    for (const round of [0, 1, 2]) {
      const given = ids.map((accountId, index) => {
        const score = publishedScore({
          account_external_id: `a${index}`,
          qualified_probability: random.pick([null, 0.01, 0.05, 0.06, 0.06, 0.1, 0.1 + 0.2]),
          expected_value: random.pick([null, 0, 100, 2_000.5]),
          buying_stage: random.pick(STAGES),
          grades: {
            account_fit: random.pick(GRADES),
            contact_fit: random.pick(GRADES),
            engagement: random.pick([...GRADES, null]),
            intent: random.pick([...GRADES, null]),
          },
        })
        return { accountId, score, facts: { isCustomer: isCustomer[index] ?? false } }
      })
      await storeScores(db, day(round), given, { policy: calm })
      for (const accountId of someOf(ids)) {
        const work = random.pick([
          { kind: 'claim' },
          { kind: 'contacted' },
          { kind: 'accept' },
          { kind: 'reject', reason: 'other' },
        ] as const)
        // Some pauses have already ended.
        const policy = { ...calm, rejection_pause_days: random.pick([0, 90]) }
        await recordHandoff(db, policy, { accountId, actor: random.pick(PEOPLE), work })
      }
    }
    now = await readClock(db)
  })

  /** Most conditions are left out, so that enough accounts fulfil the others. */
  const sometimes = <Value>(arbitrary: fc.Arbitrary<Value>) =>
    fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary, weight: 1 })
  const someGrades = fc.subarray([...GRADES])
  const someFilter: fc.Arbitrary<ListFilter> = fc.record({
    minimumProbability: fc.constantFrom(0, 0, 0.06, 0.1),
    stages: sometimes(fc.subarray([...STAGES])),
    grades: fc.oneof(
      { arbitrary: fc.constant({}), weight: 3 },
      {
        arbitrary: fc.record(
          { account_fit: someGrades, contact_fit: someGrades, engagement: someGrades, intent: someGrades },
          { requiredKeys: [] },
        ),
        weight: 1,
      },
    ),
    motion: sometimes(fc.constantFrom('new_business', 'expansion')),
    states: sometimes(fc.subarray([...ON_THE_LIST])),
    owner: sometimes(fc.constantFrom(...PEOPLE)),
    untouched: sometimes(fc.boolean()),
    qualifiedSince: sometimes(fc.integer({ min: 0, max: 3 }).map(day)),
  })

  it('have the same accounts in the same order, for any filter, sort and page size', async () => {
    let listed = 0
    const query = fc.tuple(someFilter, fc.constantFrom(...LIST_SORTS), fc.constantFrom(2, 7, 500))
    const comparable = (all: Awaited<ReturnType<typeof listQualifiedAt>>) =>
      all.map(({ position: { run: _, ...position }, ...account }) => ({ ...account, position }))
    const sameList = fc.asyncProperty(query, async ([conditions, sort, limit]) => {
      const filter = { ...conditions, sort, contactHours, now }
      const whole = await listQualifiedAt(database.db, { ...filter, limit: 500, at: now })
      const paged = []
      for (let after: QualifiedPosition | undefined; ; ) {
        const page = await listQualified(database.db, { ...filter, limit, after })
        paged.push(...page)
        after = page.at(-1)?.position
        if (page.length < limit) break
      }
      expect(comparable(paged)).toEqual(comparable(whole))
      listed += whole.length
    })
    await fc.assert(sameList, { numRuns: 200, seed: 7 })
    expect(listed).toBeGreaterThan(150)
  })
})

it('an account that enters the list during a walk appears once', async () => {
  await database.pool.query('truncate account, scoring_run restart identity cascade')
  const { db } = database
  const [first, late, last] = [
    await insertAccount(db, 'first'),
    await insertAccount(db, 'late'),
    await insertAccount(db, 'last'),
  ]
  const names = new Map([
    [first, 'first'],
    [late, 'late'],
    [last, 'last'],
  ])
  const store = async (days: number, probabilities: ReadonlyMap<number, number | null>) => {
    const given = [...probabilities].map(([accountId, qualified_probability]) => {
      const account_external_id = names.get(accountId) ?? null
      return { accountId, score: publishedScore({ account_external_id, qualified_probability }) }
    })
    await storeScores(db, day(days), given, { policy: calm })
  }
  const read = async (limit: number, after?: QualifiedPosition) =>
    await listQualified(db, { minimumProbability: 0, limit, now: await readClock(db), after })
  const stay = [
    [first, 0.4],
    [last, 0.06],
  ] as const

  for (const before of [undefined, null] as const) {
    // The account has no qualified score when the walk begins.
    await store(0, new Map([...stay, ...(before === null ? [[late, null] as const] : [])]))
    const [one] = await read(1)
    expect(one?.externalId).toBe('first')
    await store(1, new Map([...stay, [late, 0.3]]))
    const [two] = await read(1, one?.position)
    expect(two).toMatchObject({ externalId: 'late', score: { qualified_probability: 0.3 } })
    await store(2, new Map([...stay, [late, 0.2]]))
    const rest = await read(9, two?.position)
    expect(rest.map(({ externalId }) => externalId)).toEqual(['last'])
    await database.pool.query('truncate scoring_run, account_stage, account_state, event cascade')
  }
})

it('filters by the newest region of the preferred source, and by the members of a segment', async () => {
  const { db, pool } = database
  await pool.query('truncate account, scoring_run restart identity cascade')
  const ids = [
    await insertAccount(db, 'a', [], { region: 'EMEA' }),
    await insertAccount(db, 'b', [], { region: 'EMEA' }),
  ]
  const [, second = 0] = ids
  const say = async (source: string, knownAt: string, region: string | null) =>
    await pool.query(
      `insert into account_version (account_id, source, known_at, backfilled, attributes) values ($1, $2, $3, false, $4)`,
      [second, source, knownAt, JSON.stringify({ region })],
    )
  const given = ['a', 'b'].map((account_external_id, index) => {
    return { accountId: ids[index] ?? 0, score: publishedScore({ account_external_id }) }
  })
  await storeScores(db, day(0), given, { policy: calm })
  const names = async (
    filter: { readonly region?: string; readonly segment?: string },
    precedence = ['crm', 'bought'],
  ) => {
    const query = { minimumProbability: 0, limit: 9, now: await readClock(db), precedence }
    return (await listQualified(db, { ...query, ...filter })).map(({ externalId }) => externalId)
  }

  await say('bought', '2026-01-01T00:00:00Z', 'APAC')
  expect([await names({ region: 'EMEA' }), await names({ region: 'APAC' })]).toEqual([['a', 'b'], []])
  const boughtFirst = ['bought', 'crm']
  expect(await names({ region: 'APAC' }, boughtFirst)).toEqual(['b'])
  // A value that the preferred source lacks comes from the next source.
  await say('crm', '2026-01-02T00:00:00Z', null)
  expect([await names({ region: 'EMEA' }), await names({ region: 'APAC' })]).toEqual([['a'], ['b']])
  await say('crm', '2026-01-03T00:00:00Z', 'LATAM')
  expect(await names({ region: 'LATAM' })).toEqual(['b'])
  await say('crm', '2098-01-01T00:00:00Z', 'MARS')
  expect(await names({ region: 'MARS' })).toEqual([])

  await pool.query(`insert into segment (name, revision) values ('warm', 1)`)
  await pool.query(`insert into segment_member (segment, account_id, since) values ('warm', $1, now())`, [second])
  expect([await names({ segment: 'warm' }), await names({ segment: 'cold' })]).toEqual([['b'], []])
})
