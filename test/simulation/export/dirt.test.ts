import { describe, expect, it } from 'vitest'
import { createDirtReport } from '../../../src/simulation/export/dirt.ts'
import { ACCOUNT_DIRT, ENRICHMENT_FILE, ROW_DIRT } from '../../../src/simulation/export/dirt-kinds.ts'
import { misspell } from '../../../src/simulation/export/dirt-makers.ts'
import { exportAccounts, exportedFiles, rowLine } from '../../../src/simulation/export/export.ts'
import { simulationOptions } from '../../../src/simulation/options.ts'
import { simulateCompany } from '../../../src/simulation/simulate-company.ts'
import { createRandom } from '../../../src/core/base/random.ts'
import type { IsoDate } from '../../../src/core/base/time.ts'

const options = simulationOptions({ end: '2025-11-01' as IsoDate, accounts: 400, months: 18, seed: 'dirt' })
const clean = exported(0)
const dirty = exported(1)
const half = exported(0.5)

describe('a dirty export', () => {
  it('has every kind of dirt, in every file that the table names for it', () => {
    for (const [kind, { files }] of Object.entries({ ...ROW_DIRT, ...ACCOUNT_DIRT })) {
      const where = Object.entries(dirty.report.made).flatMap(([file, kinds]) => (kinds[kind] ? [file] : []))
      expect(files, kind).toEqual(expect.arrayContaining(where))
      // The smallest files have too few rows for the rare kinds.
      const expected = files.filter((file) => (clean.lines[file] ?? []).length > 2000)
      expect(where, kind).toEqual(expect.arrayContaining(expected))
    }
  })

  it('is as dirty as it says: the rates of the table, times the share asked for', () => {
    const rows = clean.lines['activities']?.length ?? 0
    for (const [{ report }, dirt] of [[dirty, 1] as const, [half, 0.5] as const]) {
      const repeated = report.made['activities']?.['repeated_row']?.items ?? 0
      expect(repeated / rows / (0.02 * dirt)).toBeGreaterThan(0.8)
      expect(repeated / rows / (0.02 * dirt)).toBeLessThan(1.2)
    }
  })

  it('counts every record that a file has more or less than that of the clean world', () => {
    for (const [file, lines] of Object.entries(dirty.lines)) {
      const added = Object.values(dirty.report.made[file] ?? {}).reduce(
        (sum, { records_added }) => sum + records_added,
        0,
      )
      expect(lines.filter((line) => line !== '').length, file).toBe((clean.lines[file] ?? []).length + added)
    }
  })

  it('leaves the truth and the clean facts unchanged', () => {
    for (const file of ['truth/account-months', 'truth/opportunities', 'truth/interventions'])
      expect(dirty.lines[file]).toEqual(clean.lines[file])
    for (const file of ['activities', 'intent-signals', 'opportunities']) {
      const written = new Set(dirty.lines[file])
      const kept = (clean.lines[file] ?? []).filter((line) => written.has(line)).length
      expect(kept / (clean.lines[file] ?? []).length, file).toBeGreaterThan(0.9)
    }
  })

  it('is the same to the byte each time, and at dirt 0 that of the tables', () => {
    expect(exported(0.5).lines).toEqual(half.lines)
    expect(clean.lines['contacts']).toEqual(simulateCompany(options).contacts.map(rowLine))
    expect(clean.lines[ENRICHMENT_FILE]).toBeUndefined()
    expect(exportedFiles(0).map(({ file }) => file)).not.toContain(ENRICHMENT_FILE)
  })

  it('contains nothing that became known on or after the end', () => {
    const late = Object.entries(dirty.lines)
      .filter(([file]) => !file.startsWith('truth/'))
      .flatMap(([, lines]) => lines.flatMap((line) => line.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? []))
    expect(late.filter((instant) => instant >= options.end)).toEqual([])
  })

  it('refuses a share outside of 0 to 1', () => {
    expect(() => exportAccounts(options, 1.2)).toThrow('dirt must lie in 0 to 1, got 1.2')
  })
})

describe('a misspelt text', () => {
  it('is never the text as it was', () => {
    const random = createRandom('misspelt')
    for (let count = 0; count < 300; count += 1)
      for (const text of ['SAP', 'retail', 'Öztürk A.Ş.']) expect(misspell(random, text)).not.toBe(text)
  })
})

function exported(dirt: number) {
  const lines: Record<string, string[]> = {}
  const report = createDirtReport(dirt)
  for (const account of exportAccounts(options, dirt)) {
    for (const [file, added] of Object.entries(account.lines)) (lines[file] ??= []).push(...added)
    report.add(account.made)
  }
  return { lines, report: report.report() }
}
