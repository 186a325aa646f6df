import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  findChampionVersion,
  findModel,
  insertModelVersion,
  listModelVersions,
  promoteVersion,
} from '../../src/store/models.ts'
import { bundleOf } from '../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
const by = { promotedBy: 'ann', reason: null }
const VERSIONS = ['m-1', 'm-2', 'm-3', 'm-4', 'm-5', 'm-6']

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 8 })
  for (const version of VERSIONS) await insertModelVersion(database.db, version, bundleOf())
})
afterAll(() => database.drop())

const promotions = () =>
  database.db.selectFrom('promotion').select(['version', 'replaced', 'promoted_by']).orderBy('promotion_id').execute()

describe('model versions', () => {
  it('are stored once and come back as they were', async () => {
    await insertModelVersion(database.db, 'm-1', { ...bundleOf(), as_of: '2025-01-01T00:00:00.000000Z' })
    expect((await findModel(database.db, 'm-1'))?.bundle).toEqual(bundleOf())
    expect(await listModelVersions(database.db)).toEqual(VERSIONS)
    expect(await findModel(database.db, 'm-9')).toBeUndefined()
  })

  it('have no champion until one is promoted', async () => {
    expect(await findChampionVersion(database.db)).toBeUndefined()
    expect(await promoteVersion(database.db, 'm-9', by)).toBeUndefined()
    expect(await promoteVersion(database.db, 'm-1', by)).toBeNull()
    expect(await findChampionVersion(database.db)).toBe('m-1')
  })

  it('one champion replaces another, and who did it is kept', async () => {
    expect(await promoteVersion(database.db, 'm-2', { promotedBy: 'bob', reason: 'better' })).toBe('m-1')
    expect(await promoteVersion(database.db, 'm-2', by)).toBe('m-2')
    expect(await promotions()).toEqual([
      { version: 'm-1', replaced: null, promoted_by: 'ann' },
      { version: 'm-2', replaced: 'm-1', promoted_by: 'bob' },
    ])
  })

  it('promoted all at once leave one champion, each seeing the one before it', async () => {
    const replaced = await Promise.all(VERSIONS.slice(2).map((version) => promoteVersion(database.db, version, by)))
    const champion = await findChampionVersion(database.db)
    const count = await database.db
      .selectFrom('model_version')
      .select('version')
      .where('is_champion', '=', true)
      .execute()
    expect(count).toEqual([{ version: champion }])
    expect(new Set(replaced).size).toBe(4)
    expect(replaced).toContain('m-2')
    expect(replaced).not.toContain(champion)
  })
})
