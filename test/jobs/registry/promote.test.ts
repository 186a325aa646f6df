import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { promote, rollBack } from '../../../src/jobs/registry/promote.ts'
import { insertBacktest } from '../../../src/store/evaluation/backtests.ts'
import { findChampionVersion, insertModelVersion } from '../../../src/store/registry/models.ts'
import { listPromotions } from '../../../src/store/registry/promotions.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
const CALLS = 32
const PROVEN = Array.from({ length: CALLS }, (_, index) => `m-${index}`)
const by = { promotedBy: 'ann', reason: null }
const verdict = (name: string, ...sentences: string[]) => ({
  verdict: name,
  win: { reasons: sentences.map((sentence) => ({ condition: 'c', passed: name === 'proven', sentence })) },
  in_market: null,
})

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: CALLS })
  const { db } = database
  for (const version of [...PROVEN, 'm-weak', 'm-new']) await insertModelVersion(db, version, artifactOf())
  for (const version of PROVEN) await insertBacktest(db, version, verdict('proven', 'better than MQL points'))
  await insertBacktest(db, 'm-weak', verdict('not_proven', 'the interval of the gain includes 0'))
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('delete from promotion; update model_version set is_champion = false'))

const history = async () =>
  (await listPromotions(database.db, { limit: 1000 })).toReversed().map(({ kind, version, replaced }) => {
    return { kind, version, replaced }
  })

/** Exactly one champion, and each change replaced the champion of the change before it. */
async function expectConsistent(champion: string, changes: number) {
  const all = await history()
  expect(all).toHaveLength(changes)
  all.forEach(({ replaced }, index) => expect(replaced).toBe(all[index - 1]?.version ?? null))
  expect(all.at(-1)?.version).toBe(champion)
  const { rows } = await database.pool.query('select version from model_version where is_champion')
  expect(rows).toEqual([{ version: champion }])
}

describe('promote', () => {
  it('promotes a proven version and records the actor and the reason', async () => {
    const { db } = database
    const first = await promote(db, 'm-1', { promotedBy: 'ann', reason: ' quarterly ' })
    expect(first).toEqual({ champion: 'm-1', replaced: null, changed: true })
    expect(await promote(db, 'm-2', by)).toEqual({ champion: 'm-2', replaced: 'm-1', changed: true })
    expect(await promote(db, 'm-2', by)).toEqual({ champion: 'm-2', replaced: 'm-2', changed: false })
    expect((await listPromotions(db, { limit: 9 })).at(-1)).toMatchObject({
      kind: 'promote',
      version: 'm-1',
      replaced: null,
      forced: false,
      verdict: 'proven',
      promotedBy: 'ann',
      reason: 'quarterly',
    })
    await expectConsistent('m-2', 2)
  })

  it('refuses a version that is not proven, with the verdict and its reasons', async () => {
    await expect(promote(database.db, 'm-weak', by)).rejects.toMatchObject({
      code: 'ModelNotProven',
      message: expect.stringContaining('m-weak is not proven; the interval of the gain includes 0. Only a proven'),
    })
    await expect(promote(database.db, 'm-new', by)).rejects.toThrow('m-new was never backtested')
    expect(await findChampionVersion(database.db)).toBeUndefined()
  })

  it('promotes it when forced with a reason, which is recorded', async () => {
    const { db } = database
    await expect(promote(db, 'm-weak', { ...by, force: true, reason: '  ' })).rejects.toThrow('requires a reason')
    await promote(db, 'm-weak', { ...by, force: true, reason: 'pilot' })
    await promote(db, 'm-new', { ...by, force: true, reason: 'pilot' })
    await promote(db, 'm-1', { ...by, force: true, reason: 'not needed' })
    expect((await listPromotions(db, { limit: 9 })).map(({ forced, verdict: said }) => [forced, said])).toEqual([
      [false, 'proven'],
      [true, null],
      [true, 'not_proven'],
    ])
  })

  it('changes nothing when another champion is expected', async () => {
    const { db } = database
    await expect(promote(db, 'm-1', { ...by, expectedChampion: 'm-2' })).rejects.toMatchObject({
      code: 'ChampionChanged',
      message: 'the champion is none, expected "m-2"',
    })
    await promote(db, 'm-1', { ...by, expectedChampion: null })
    await expect(promote(db, 'm-2', { ...by, expectedChampion: null })).rejects.toThrow('expected none')
    await expectConsistent('m-1', 1)
  })

  it('called 32 times at once leaves one champion and an unbroken history', async () => {
    const { db } = database
    const outcomes = await Promise.all(PROVEN.map((version) => promote(db, version, by)))
    const champion = await findChampionVersion(db)
    expect(outcomes.filter(({ replaced }) => replaced === null)).toHaveLength(1)
    await expectConsistent(champion ?? '', CALLS)
  })

  it('called 32 times at once with the expected champion succeeds once', async () => {
    await promote(database.db, 'm-0', by)
    const outcomes = await Promise.allSettled(
      PROVEN.slice(1).map((version) => promote(database.db, version, { ...by, expectedChampion: 'm-0' })),
    )
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(CALLS - 2)
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'ChampionChanged' } })
    await expectConsistent((await findChampionVersion(database.db)) ?? '', 2)
  })
})

describe('rollback', () => {
  it('returns to the previous champion, and is refused when there is none', async () => {
    const { db } = database
    for (const version of ['m-1', 'm-2', 'm-3']) await promote(db, version, by)
    const back = (expectedChampion: string) => rollBack(db, { ...by, expectedChampion })
    expect(await back('m-3')).toEqual({ champion: 'm-2', replaced: 'm-3', changed: true })
    await expect(back('m-3')).rejects.toMatchObject({ code: 'ChampionChanged' })
    expect(await back('m-2')).toEqual({ champion: 'm-1', replaced: 'm-2', changed: true })
    await expect(back('m-1')).rejects.toMatchObject({ code: 'NothingToRollBack' })
    expect((await history()).map(({ kind }) => kind)).toEqual(['promote', 'promote', 'promote', 'rollback', 'rollback'])
    await expectConsistent('m-1', 5)
  })

  it('requires no proof', async () => {
    const { db } = database
    await promote(db, 'm-weak', { ...by, force: true, reason: 'pilot' })
    await promote(db, 'm-1', by)
    expect((await rollBack(db, { ...by, expectedChampion: 'm-1' })).champion).toBe('m-weak')
  })

  it('called 32 times at once goes back once', async () => {
    const { db } = database
    for (const version of ['m-1', 'm-2', 'm-3']) await promote(db, version, by)
    const outcomes = await Promise.allSettled(PROVEN.map(() => rollBack(db, { ...by, expectedChampion: 'm-3' })))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expectConsistent('m-2', 4)
  })

  it('among 32 promotions and rollbacks at once keeps the history unbroken', async () => {
    const { db } = database
    await promote(db, 'm-0', by)
    await Promise.allSettled(
      PROVEN.slice(1).map(async (version, index) => {
        if (index % 2 === 0) return await promote(db, version, by)
        return await rollBack(db, { ...by, expectedChampion: (await findChampionVersion(db)) ?? '' })
      }),
    )
    const all = await history()
    await expectConsistent((await findChampionVersion(db)) ?? '', all.length)
    expect(all.length).toBeGreaterThanOrEqual(17)
  })
})
