import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReadinessReport } from '../../src/core/readiness/report.ts'
import { type IsoDate, startOfDay } from '../../src/core/time.ts'
import { loadSpecification } from '../../src/jobs/load-specification.ts'
import { readiness } from '../../src/jobs/readiness.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { importSimulatedCompany } from '../support/simulated-company.ts'

let database: TestDatabase
const end = startOfDay('2025-11-01' as IsoDate)
const specification = loadSpecification('models')

beforeAll(async () => {
  database = await createTestDatabase()
  await importSimulatedCompany(database.pool, { accounts: 120, months: 18, end: '2025-11-01' as IsoDate, seed: 5 })
})
afterAll(() => database.drop())

describe('readiness of an imported company', () => {
  it('counts every kind of fact, and refuses when there are too few deals', async () => {
    const report = await readiness(database.db, specification, end)
    expect(ReadinessReport.parse(report)).toEqual(report)
    expect(report.ready).toBe(false)
    expect(report.findings.filter(({ name }) => name === 'too_few_won').map(({ model }) => model)).toContain('win')
    expect(report.models.map(({ model }) => model)).toEqual(['in_market', 'win', 'win_open'])
    const { rows } = await sql<{ n: number }>`select count(*)::integer as n from activity`.execute(database.db)
    const activities = report.facts.find(({ fact }) => fact === 'activity')
    expect(activities?.stored).toBe(rows[0]?.n)
    expect((activities?.known ?? 0) + (activities?.unmatched ?? 0)).toBeLessThanOrEqual(activities?.stored ?? 0)
    const { won, lost, open } = report.opportunities
    expect(won + lost + open).toBe(report.facts.find(({ fact }) => fact === 'opportunity')?.stored)
    expect(report.history.map(({ fact }) => fact)).toContain('intent_signal')
    // About 15 % of the accounts came without a date.
    const { count, of } = report.backfilled.attributes
    expect(count / of).toBeGreaterThan(0.05)
    expect(report.imports.find(({ kind }) => kind === 'activities')).toMatchObject({ runs: 1, rejected: 0 })
  })

  it('knows nothing as of a day before the first fact', async () => {
    const report = await readiness(database.db, specification, startOfDay('2020-01-01' as IsoDate))
    expect(report).toMatchObject({ ready: false, history: [], opportunities: { won: 0, lost: 0, open: 0 } })
  })

  it('adds up the reasons for which rows were rejected, over all imports of a kind', async () => {
    const insert = (rejected: number, reasons: object) => sql`
      insert into import_run (kind, files, counts, reasons, started_at, finished_at)
      values ('spend', '{a.csv}', ${JSON.stringify({ read: 10, rejected })}, ${JSON.stringify(reasons)}, now(), now())`
    await insert(3, { bad_month: 2, bad_number: 1 }).execute(database.db)
    await insert(1, { bad_month: 1 }).execute(database.db)
    const report = await readiness(database.db, specification, startOfDay('2020-01-01' as IsoDate))
    expect(report.imports.find(({ kind }) => kind === 'spend')).toMatchObject({
      rejected: 4,
      reasons: { bad_month: 3, bad_number: 1 },
    })
    expect(report.findings).toContainEqual(expect.objectContaining({ name: 'rejected_rows', subject: 'spend' }))
  })
})
