import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IsoDate } from '../../../../../src/core/base/time.ts'
import {
  type ShapedExport,
  shapedExport,
  type ShapeOptions,
} from '../../../../../src/simulation/export/shapes/shapes.ts'
import { simulationOptions } from '../../../../../src/simulation/options.ts'
import { runScriptFile } from '../../../../support/run-script.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { comparable, expected, type ShapeCase } from './carried.ts'
import { difference, FACTS, type Facts, type FactTable, factsOf } from './facts.ts'

const WORLD = simulationOptions({ accounts: 80, months: 24, end: '2025-11-01' as IsoDate, seed: 4 })
const PATIENCE = 600_000
const NEW_YORK = 'America/New_York'

/** The shapes, each with a column of currencies and without, as they are and through a spreadsheet. */
const CASES: readonly ShapeCase[] = [
  { shape: 'hubspot-labels', currency: true, spreadsheet: false, timeZone: NEW_YORK },
  { shape: 'hubspot-labels', currency: false, spreadsheet: true, timeZone: NEW_YORK },
  { shape: 'hubspot-internal', currency: true, spreadsheet: true, timeZone: 'UTC' },
  { shape: 'hubspot-internal', currency: false, spreadsheet: false, timeZone: 'UTC' },
  { shape: 'hubspot-fivetran', currency: true, spreadsheet: false, timeZone: 'UTC' },
  { shape: 'hubspot-fivetran', currency: false, spreadsheet: true, timeZone: 'UTC' },
  { shape: 'salesforce-api', currency: true, spreadsheet: false, timeZone: 'UTC' },
  { shape: 'salesforce-api', currency: false, spreadsheet: true, timeZone: 'UTC' },
  { shape: 'salesforce-report', currency: true, spreadsheet: true, timeZone: NEW_YORK },
  { shape: 'salesforce-report', currency: false, spreadsheet: false, timeZone: NEW_YORK },
  { shape: 'salesforce-fivetran', currency: true, spreadsheet: true, timeZone: 'UTC' },
  { shape: 'salesforce-fivetran', currency: false, spreadsheet: false, timeZone: 'UTC' },
]
const nameOf = ({ shape, currency, spreadsheet }: ShapeCase) =>
  `${shape}, ${currency ? 'with' : 'without'} currencies${spreadsheet ? ', through a spreadsheet' : ''}`

let folder: string
const plain = new Map<boolean, Facts>()
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-shapes-'))
  for (const currency of [true, false]) {
    const options = { shape: 'standard', currency, spreadsheet: false, timeZone: 'UTC' } as const
    plain.set(currency, (await imported(options)).facts)
  }
}, PATIENCE)
afterAll(() => rm(folder, { recursive: true }))

interface ImportedFile {
  readonly read: number
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly duplicate: number
  readonly rejected: number
  readonly filtered: number
}

/** The facts after `winrate import FOLDER` of an export, and what the command counted. */
async function imported(options: ShapeOptions): Promise<{ readonly facts: Facts; readonly exported: ShapedExport }> {
  const database = await createTestDatabase()
  try {
    const exported = shapedExport(WORLD, options)
    const place = path.join(folder, `${options.shape}-${options.currency}-${options.spreadsheet}`)
    await mkdir(place, { recursive: true })
    for (const [file, text] of exported.files) await writeFile(path.join(place, file), text)
    const rows = await importedRows(database, place, options)
    expect(rows).toBeGreaterThan(1000)
    return { facts: await factsOf(database), exported }
  } finally {
    await database.drop()
  }
}

/** @returns the rows read; each import checks that none of them is lost */
async function importedRows(database: TestDatabase, place: string, options: ShapeOptions): Promise<number> {
  const { shape, currency, timeZone, spreadsheet } = options
  const isLocal = spreadsheet || shape === 'hubspot-labels' || shape === 'salesforce-report'
  const common = [
    ...(currency || shape === 'standard' ? [] : ['--currency', 'USD']),
    ...(isLocal && timeZone !== 'UTC' ? ['--time-zone', timeZone] : []),
    // Amounts such as 15,500 alone do not tell whether the comma groups.
    ...(spreadsheet ? ['--decimal', 'point'] : []),
    '--json',
  ]
  const runs = [[place, ...common]]
  // The people of a deal stand in the rows of deals: a second kind of facts from the same file.
  const deals = { 'hubspot-labels': 'all-deals.csv', 'hubspot-internal': 'deals.csv' }[String(shape)]
  if (deals !== undefined)
    runs.push([path.join(place, deals), '--preset', 'hubspot', '--kind', 'deal-contacts', ...common])
  let read = 0
  for (const args of runs) {
    const { code, stdout, stderr } = await runScriptFile(database, 'scripts/data-team/import.ts', args, { cwd: place })
    expect({
      code,
      left: stdout === '' ? [] : (JSON.parse(stdout).not_imported ?? []),
      stderr: withoutProgress(stderr),
    }).toEqual({
      code: 0,
      left: [],
      stderr: '',
    })
    const summary = JSON.parse(stdout)
    for (const part of summary.imported ?? [summary]) {
      const counts: ImportedFile = part.counts
      const { inserted, updated, unchanged, duplicate, rejected, filtered } = counts
      expect([part.kind, counts.read]).toEqual([
        part.kind,
        inserted + updated + unchanged + duplicate + rejected + filtered,
      ])
      // Cells that cannot be read are among the reasons, and so are rejected rows.
      expect([part.kind, rejected, part.reasons, part.rejects_files]).toEqual([part.kind, 0, {}, []])
      read += counts.read
    }
  }
  return read
}

const withoutProgress = (text: string) => text.replaceAll(/^.*% read\n?/gm, '')

describe('the facts of an export are those of the plain import', () => {
  it.each(CASES.map((one) => [nameOf(one), one] as const))('%s', { timeout: PATIENCE }, async (_, options) => {
    const { facts, exported } = await imported(options)
    const reference = plain.get(options.currency)
    if (!reference) throw new Error('no plain import')
    const differences: Record<string, object> = {}
    const compared: Record<string, number> = {}
    for (const table of Object.keys(FACTS) as FactTable[]) {
      const wanted = expected(table, reference[table], options)
      const found = comparable(table, facts[table], options, exported.ids)
      compared[table] = wanted.length
      const { missing, added } = difference(wanted, found)
      if (missing.length + added.length > 0)
        differences[table] = {
          missing: missing.length,
          added: added.length,
          as: [missing.slice(0, 1), added.slice(0, 1)],
        }
    }
    expect(differences).toEqual({})
    // Stage history stands in no file of deals that a user exports from HubSpot.
    const empty = Object.keys(compared).filter((table) => compared[table] === 0)
    expect(empty).toEqual(['hubspot-labels', 'hubspot-internal'].includes(options.shape) ? ['stage_history'] : [])
  })
})
