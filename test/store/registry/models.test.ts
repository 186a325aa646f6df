import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBacktest, insertBacktest } from '../../../src/store/evaluation/backtests.ts'
import {
  findChampionVersion,
  findModel,
  insertModelVersion,
  listModelVersions,
} from '../../../src/store/registry/models.ts'
import { changeChampion, inPromotion, listPromotions } from '../../../src/store/registry/promotions.ts'
import { findRegisteredModel, listRegisteredModels } from '../../../src/store/registry/registered-models.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
const VERSIONS = ['m-1', 'm-2', 'm-3']

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 8 })
  for (const version of VERSIONS) await insertModelVersion(database.db, version, artifactOf())
})
afterAll(() => database.drop())

describe('model versions', () => {
  it('are stored once and come back as they were', async () => {
    await insertModelVersion(database.db, 'm-1', { ...artifactOf(), as_of: '2025-01-01T00:00:00.000000Z' })
    expect((await findModel(database.db, 'm-1'))?.artifact).toEqual(artifactOf())
    expect(await listModelVersions(database.db)).toEqual(VERSIONS)
    expect(await findModel(database.db, 'm-9')).toBeUndefined()
  })

  it('have no champion until there is one', async () => {
    expect(await findChampionVersion(database.db)).toBeUndefined()
    const promotion = { kind: 'promote', version: 'm-2', replaced: null, forced: true, verdict: null } as const
    await inPromotion(database.db, (trx) => changeChampion(trx, { ...promotion, promotedBy: 'ann', reason: 'first' }))
    expect(await findChampionVersion(database.db)).toBe('m-2')
    expect(await listPromotions(database.db, { limit: 5 })).toMatchObject([{ ...promotion, promotedBy: 'ann' }])
  })

  it('are listed the newest first, with what became of them', async () => {
    await insertModelVersion(database.db, 'm-old', { ...artifactOf(), as_of: '2020-01-01T00:00:00.000000Z' })
    const all = await listRegisteredModels(database.db, { limit: 10 })
    expect(all.map(({ version, status }) => [version, status])).toEqual([
      ['m-old', 'retired'],
      ['m-3', 'challenger'],
      ['m-2', 'champion'],
      ['m-1', 'challenger'],
    ])
    expect(all[2]?.promotions).toHaveLength(1)
    expect(all[2]?.cohorts).toEqual(artifactOf().cohorts)
    expect(await listRegisteredModels(database.db, { limit: 2, after: all[1] })).toEqual(all.slice(2))
  })
})

describe('backtests', () => {
  const proof = (verdict: string) => ({ verdict, win: { reasons: [] }, in_market: null })

  it('are kept whole; the newest of a version counts', async () => {
    const reasons = [{ condition: 'gain', passed: false, sentence: 'no gain' }]
    const first = { verdict: 'not_proven', win: { reasons, folds: [1, 2] }, in_market: { reasons } }
    await insertBacktest(database.db, 'm-1', first)
    expect(await findBacktest(database.db, 'm-1')).toMatchObject({
      verdict: 'not_proven',
      reasons: [
        { model: 'win', ...reasons[0] },
        { model: 'in_market', ...reasons[0] },
      ],
      report: first,
    })
    await insertBacktest(database.db, 'm-1', proof('proven'))
    expect((await findBacktest(database.db, 'm-1'))?.verdict).toBe('proven')
    expect((await findRegisteredModel(database.db, 'm-1'))?.backtest).toMatchObject({ verdict: 'proven', reasons: [] })
    expect(await findBacktest(database.db, 'm-2')).toBeUndefined()
    expect((await findRegisteredModel(database.db, 'm-2'))?.backtest).toBeUndefined()
  })

  it('keep their verdict where they are stored in the format winrate-backtest/1', async () => {
    const reason = { passed: false, sentence: 'no gain' }
    const report = { verdict: 'not_proven', reasons: [{ condition: 'in_market: gain', ...reason }] }
    await database.pool.query("insert into backtest (version, verdict, report) values ('m-1', 'not_proven', $1)", [
      JSON.stringify(report),
    ])
    const expected = { verdict: 'not_proven', reasons: [{ model: 'in_market', condition: 'gain', ...reason }] }
    expect(await findBacktest(database.db, 'm-1')).toMatchObject(expected)
    expect((await findRegisteredModel(database.db, 'm-1'))?.backtest).toMatchObject(expected)
  })

  it('must be of a version that exists and have a verdict', async () => {
    await expect(insertBacktest(database.db, 'm-9', proof('proven'))).rejects.toThrow('foreign key')
    await expect(insertBacktest(database.db, 'm-1', proof('fine'))).rejects.toThrow('verdict')
  })
})
