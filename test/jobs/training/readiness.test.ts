import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReadinessReport } from '../../../src/core/evaluation/readiness/report.ts'
import { type IsoDate, startOfDay } from '../../../src/core/base/time.ts'
import { importFiles } from '../../../src/jobs/facts/import/import.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { readiness } from '../../../src/jobs/training/readiness.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

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
    // About 15% of the accounts came without a date.
    const { count, of } = report.backfilled.attributes
    expect(count / of).toBeGreaterThan(0.05)
    expect(report.imports.find(({ kind }) => kind === 'activities')).toMatchObject({ runs: 1, rejected: 0 })
  })

  it('has no facts as of a day before the first one', async () => {
    const report = await readiness(database.db, specification, startOfDay('2020-01-01' as IsoDate))
    expect(report).toMatchObject({ ready: false, history: [], opportunities: { won: 0, lost: 0, open: 0 } })
  })

  it('counts rejections of the latest import of each file, by reason', { timeout: 60_000 }, async () => {
    const insert = (files: string, rejected: number, reasons: object) => sql`
      insert into import_run (kind, files, counts, reasons, started_at, finished_at)
      values ('spend', ${files}, ${JSON.stringify({ read: 10, rejected })}, ${JSON.stringify(reasons)}, now(), now())`
    const spend = async () => {
      const report = await readiness(database.db, specification, startOfDay('2020-01-01' as IsoDate))
      const found = report.findings.find(({ name, subject }) => name === 'rejected_rows' && subject === 'spend')
      return { ...report.imports.find(({ kind }) => kind === 'spend'), sentence: found?.sentence }
    }
    await sql`delete from import_run where kind = 'spend'`.execute(database.db)
    await insert('{/a.csv}', 10, { bad_month: 9, bad_number: 1 }).execute(database.db)
    await insert('{/b.csv,/c.csv}', 3, { bad_month: 2, bad_number: 1 }).execute(database.db)
    await insert('{/a.csv}', 1, { bad_month: 1 }).execute(database.db)
    // Of the two files of the second run one was imported again: the counts of the other still come from it.
    await insert('{/b.csv}', 0, {}).execute(database.db)
    expect(await spend()).toMatchObject({
      runs: 4,
      read: 30,
      rejected: 4,
      reasons: { bad_month: 3, bad_number: 1 },
      sentence: '13% of the rows of spend were rejected: 3 bad_month, 1 bad_number.',
    })
    await insert('{/a.csv}', 0, {}).execute(database.db)
    await insert('{/c.csv}', 0, {}).execute(database.db)
    expect(await spend()).toMatchObject({ runs: 6, read: 30, rejected: 0, sentence: undefined })
  })

  it('drops the rejections of a file that is imported again without faults', {
    timeout: 60_000,
  }, async () => {
    const [folder, other] = [await mkdtemp(path.join(tmpdir(), 'a-')), await mkdtemp(path.join(tmpdir(), 'b-'))]
    const files = [path.join(folder, 'x.csv'), path.join(other, 'x.csv')] as const
    const write = (file: string, amount: string) =>
      writeFile(file, `month,channel,amount,currency\n2024-01,ads,${amount},EUR\n`)
    const importBoth = (...some: readonly string[]) =>
      importFiles(database.pool, { kind: 'spend', files: some, rejectsFile: path.join(folder, 'rejects.csv') })
    const rejected = async () => {
      const report = await readiness(database.db, specification, startOfDay('2020-01-01' as IsoDate))
      return report.imports.find(({ kind }) => kind === 'spend')?.rejected
    }
    await sql`delete from import_run where kind = 'spend'`.execute(database.db)
    for (const file of files) await write(file, 'ten')
    await importBoth(...files)
    expect(await rejected()).toBe(2)
    await write(files[0], '10')
    await importBoth(files[0])
    expect(await rejected()).toBe(1)
    await write(files[1], '10')
    await importBoth(path.relative(process.cwd(), files[1]))
    expect(await rejected()).toBe(0)
  })
})
