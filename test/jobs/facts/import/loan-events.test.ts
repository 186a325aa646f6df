import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseMapping } from '../../../../src/core/facts/import/reading/parse-mapping.ts'
import { importFiles } from '../../../../src/jobs/facts/import/import.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { sharedFile } from '../../../support/data/shared-data.ts'

const root = join(import.meta.dirname, '../../../..')
const events = sharedFile('loan-events/events.csv.gz')

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function importMapped(name: string, file: string) {
  const parsed = parseMapping(JSON.parse(await readFile(join(root, `examples/loan-events/${name}.json`), 'utf8')))
  if (parsed.kind === 'refused') throw new Error(parsed.problems.join('\n'))
  return await importFiles(database.pool, {
    kind: parsed.mapping.kind,
    files: [join(dirname(events.path), file)],
    mapping: parsed.mapping,
  })
}

describe.skipIf(!events.isPresent)('the loan events, read as a CRM', () => {
  it('are 13,087 accounts with one opportunity each, 399 of them open at the end of the log', async () => {
    expect((await importMapped('accounts', 'cases.csv.gz')).counts).toMatchObject({ read: 13_087, inserted: 13_087 })
    await importMapped('opportunities-opened', 'cases.csv.gz')
    const closed = await importMapped('opportunities-closed', 'events.csv.gz')
    expect(closed.counts).toMatchObject({ read: 262_200, inserted: 13_087 - 399, rejected: 0 })
    const activities = await importMapped('activities', 'events.csv.gz')
    expect(activities.counts).toMatchObject({ inserted: 262_200 - 12_688, filtered: 12_688, unmatched: 0 })
    const newest = `select outcome, count(*) as n from (
      select distinct on (opportunity_id) outcome from opportunity_version order by opportunity_id, known_at desc) v group by 1 order by 1`
    expect(await rowsOf(database, newest)).toMatchObject([
      { outcome: 'lost' },
      { outcome: 'open', n: 399 },
      { outcome: 'won' },
    ])
    expect(
      await rowsOf(database, 'select bool_and(evidence) as evidence, count(distinct ordinal) as n from activity'),
    ).toEqual([{ evidence: true, n: 262_200 - 12_688 }])
  })
})
