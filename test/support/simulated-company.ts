import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { Pool } from 'pg'
import { createRandom } from '../../src/core/base/random.ts'
import { SIMULATED_KINDS } from '../../src/simulation/export/simulated-kinds.ts'
import { type CompanyTables, type SimulatedTables, TABLES } from '../../src/simulation/export/rows.ts'
import { simulateCompany, type SimulationRequest } from '../../src/simulation/simulate-company.ts'
import type { IsoDate } from '../../src/core/base/time.ts'
import { importFiles } from '../../src/jobs/facts/import/import.ts'
import { createFilledDatabase, type TestDatabase } from './server/database.ts'

/** A company of 250 accounts over the 24 months to 2025-11-01, of which the openings can be learned and no more. */
export async function createCompanyDatabase(): Promise<TestDatabase> {
  return await createFilledDatabase('company', ({ pool }) =>
    importSimulatedCompany(pool, { accounts: 250, months: 24, end: '2025-11-01' as IsoDate, seed: 1 }),
  )
}

/**
 * Simulates a company and imports its files, as a data team would.
 * @param shuffle with it the rows of every file stand in an order drawn from this seed
 */
export async function importSimulatedCompany(pool: Pool, request: SimulationRequest, shuffle?: string): Promise<void> {
  const random = createRandom(shuffle ?? '')
  const ordered = (rows: readonly object[]) => (shuffle === undefined ? rows : random.shuffle(rows))
  const company = simulateCompany(request)
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-simulated-'))
  try {
    for (const table of Object.keys(company) as (keyof SimulatedTables | keyof CompanyTables)[]) {
      const { file, columns } = TABLES[table]
      const kind = SIMULATED_KINDS.find((candidate) => candidate === file)
      if (!kind) continue
      const target = path.join(folder, `${file}.csv`)
      await mkdir(path.dirname(target), { recursive: true })
      await writeFile(
        target,
        stringify([...ordered(company[table])], { header: true, columns: [...columns], cast: CAST }),
      )
      const { counts } = await importFiles(pool, { kind, files: [target], rejectsFile: `${target}.rejects` })
      if (counts.rejected > 0) throw new Error(`${file}.csv: ${counts.rejected} rows were rejected`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const CAST = {
  boolean: (value: boolean) => String(value),
  object: (value: object) => (Array.isArray(value) ? value.join(';') : ''),
}
