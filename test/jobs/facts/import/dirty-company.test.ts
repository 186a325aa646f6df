import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImportKind } from '../../../../src/core/facts/import/kinds.ts'
import { SIMULATED_KINDS } from '../../../../src/simulation/export/simulated-kinds.ts'
import { REASONS } from '../../../../src/core/facts/import/problems.ts'
import { createDirtReport } from '../../../../src/simulation/export/dirt.ts'
import { ENRICHMENT_FILE } from '../../../../src/simulation/export/dirt-kinds.ts'
import { exportAccounts, exportedFiles } from '../../../../src/simulation/export/export.ts'
import { simulationOptions } from '../../../../src/simulation/options.ts'
import type { IsoDate } from '../../../../src/core/base/time.ts'
import { importFiles, type ImportSummary } from '../../../../src/jobs/facts/import/import.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'

const options = simulationOptions({ end: '2025-11-01' as IsoDate, accounts: 250, months: 15, seed: 'dirty' })
const databases: TestDatabase[] = []
const kinds = SIMULATED_KINDS.filter((kind) => kind !== 'spend')
let clean: Imported
let dirty: Imported

beforeAll(async () => {
  clean = await importCompany(0)
  dirty = await importCompany(1)
})
afterAll(async () => {
  for (const database of databases) await database.drop()
})

describe('the summary of an import of a dirty export', () => {
  it('has read as many records as dirt.json explains', () => {
    for (const file of Object.keys(dirty.summaries)) {
      const added = itemsOf(file).reduce((sum, { recordsAdded }) => sum + recordsAdded, 0)
      expect(counts(dirty, file).read, file).toBe((clean.summaries[file]?.counts.read ?? 0) + added)
    }
  })

  it('rejects exactly the broken rows, each for its reason', () => {
    const coveredReasons = new Set<string>()
    for (const [file, { reasons, counts: dirtyCounts }] of Object.entries(dirty.summaries)) {
      const expected: Record<string, number> = {}
      for (const { outcome, items } of itemsOf(file)) {
        if (REASONS.some((reason) => reason === outcome)) expected[outcome] = (expected[outcome] ?? 0) + items
      }
      expect(reasons, file).toEqual(expected)
      expect(dirtyCounts.rejected, file).toBe(Object.values(expected).reduce((sum, items) => sum + items, 0))
      for (const reason of Object.keys(expected)) coveredReasons.add(reason)
    }
    expect(coveredReasons.size).toBeGreaterThanOrEqual(10)
    for (const { reasons } of Object.values(clean.summaries)) expect(reasons).toEqual({})
  })

  it('keeps the rows of which an optional cell cannot be read, and lists the cells', () => {
    for (const file of Object.keys(dirty.summaries))
      expect(dirty.unreadable[file], file).toBe(itemsWith(file, 'unknown_cell'))
    const unknown = ['accounts', 'contacts', 'opportunities'].map((file) => itemsWith(file, 'unknown_cell'))
    expect(Math.min(...unknown)).toBeGreaterThan(0)
    expect(Object.values(clean.unreadable).every((cells) => cells === 0)).toBe(true)
  })

  it('counts rows that came again as duplicates', () => {
    for (const file of Object.keys(dirty.summaries)) {
      const { duplicate, updated, unchanged } = counts(dirty, file)
      expect(duplicate, file).toBe(itemsWith(file, 'repeated'))
      // All rows of a file fit one batch here; the second system's rows are of a source of its own.
      expect([updated, unchanged], file).toEqual([0, 0])
    }
  })

  it('leaves without an account what the clean export left so, and what is of strangers or of a shared domain', () => {
    for (const file of Object.keys(dirty.summaries)) {
      const before = clean.summaries[file]?.counts.unmatched ?? 0
      expect(counts(dirty, file).unmatched, file).toBe(before + itemsWith(file, 'unmatched'))
    }
    expect(itemsWith('activities', 'unmatched')).toBeGreaterThan(30)
    expect(itemsWith('business-events', 'unmatched')).toBeGreaterThan(5)
  })
})

interface Imported {
  readonly summaries: Readonly<Record<string, ImportSummary>>
  /** Cells that the files of rejects list, of rows that were kept. */
  readonly unreadable: Readonly<Record<string, number>>
  readonly report: ReturnType<ReturnType<typeof createDirtReport>['report']>
}

function counts({ summaries }: Imported, file: string): ImportSummary['counts'] {
  const summary = summaries[file]
  if (!summary) throw new Error(`${file} was not imported`)
  return summary.counts
}

function itemsOf(file: string) {
  return Object.entries(dirty.report.made[file] ?? {}).map(([kind, { items, records_added }]) => {
    const outcome: string = dirty.report.kinds[kind]?.import ?? ''
    return { outcome, items, recordsAdded: records_added }
  })
}

function itemsWith(file: string, wanted: string): number {
  return itemsOf(file).reduce((sum, { outcome, items }) => sum + (outcome === wanted ? items : 0), 0)
}

async function importCompany(dirt: number): Promise<Imported> {
  const database = await createTestDatabase()
  databases.push(database)
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-dirty-'))
  const lines = new Map(exportedFiles(dirt).map(({ file, header }) => [file, [header]]))
  const report = createDirtReport(dirt)
  for (const account of exportAccounts(options, dirt)) {
    for (const [file, added] of Object.entries(account.lines)) lines.get(file)?.push(...added)
    report.add(account.made)
  }
  const imports: (readonly [string, ImportKind])[] = kinds.map((kind) => [kind, kind])
  if (dirt > 0) imports.splice(1, 0, [ENRICHMENT_FILE, 'accounts'])
  const summaries: Record<string, ImportSummary> = {}
  const unreadable: Record<string, number> = {}
  try {
    // Links before what they lead to: the summary of a file says what found no account by then.
    for (const [file, kind] of imports.toSorted((one, other) => rank(one[1]) - rank(other[1]))) {
      const target = path.join(folder, `${file}.csv`)
      await writeFile(target, `${lines.get(file)?.join('\n')}\n`)
      const rejectsFile = `${target}.rejects`
      summaries[file] = await importFiles(database.pool, { kind, files: [target], rejectsFile, batchRows: 100_000 })
      const rejects = summaries[file].rejectsFiles.length > 0 ? await readFile(rejectsFile, 'utf8') : ''
      unreadable[file] = rejects.split(',cell_unreadable,').length - 1
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { summaries, unreadable, report: report.report() }
}

const FIRST: readonly ImportKind[] = ['accounts', 'account-links', 'contacts']

function rank(kind: ImportKind): number {
  return FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length
}
