import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query('truncate account, contact, activity, opportunity, spend, feed_start, import_run cascade'),
)

describe('a dry run', () => {
  it.each([1, 3, 100])('counts what the real run counts and writes nothing, %i rows a batch', async (batchRows) => {
    const accounts =
      'external_id,known_at,domain,industry\nA,2024-01-01,acme.com,x\nA,,acme.com,y\nB,,b.com,x\nA,,acme.com,z\n'
    const activities =
      'source_id,kind,occurred_at,account_external_id\n1,visit,2024-03-01,A\n2,visit,2024-03-01,\n1,call,2024-03-02,A\n3,visit,never,A\n'
    const before = await rowsOf(database, 'select count(*) from import_run')
    for (const [kind, csv] of [
      ['accounts', accounts],
      ['activities', activities],
      ['activities', activities.replace('visit', 'demo')],
    ] as const) {
      const dry = await importText(database, kind, csv, { batchRows, dryRun: true })
      const again = await importText(database, kind, csv, { batchRows, dryRun: true })
      const real = await importText(database, kind, csv, { batchRows })
      expect([dry.counts, dry.reasons]).toEqual([real.counts, real.reasons])
      expect(again.counts).toEqual(dry.counts)
      expect(dry.rematched).toBe(real.rematched)
    }
    const [{ count: runs } = { count: 0 }] = (await rowsOf(database, 'select count(*) from import_run')) as {
      count: number
    }[]
    expect(runs - ((before[0] as { count: number }).count ?? 0)).toBe(3)
  })
})
