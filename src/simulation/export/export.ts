import { startOfDay } from '../../core/base/time.ts'
import { csvLine } from './csv-lines.ts'
import { type MadeDirt, soilAccount } from './dirt.ts'
import { ENRICHMENT_FILE } from './dirt-kinds.ts'
import { monthsOf, type SimulationOptions } from '../options.ts'
import { type SimulatedTables, TABLES } from './rows.ts'
import { simulateAccounts } from '../simulate-company.ts'

/** Names and header lines of all files, `truth/` and those of the whole company included. */
export function exportedFiles(dirt: number): readonly { readonly file: string; readonly header: string }[] {
  const files = Object.values(TABLES).map(({ file, columns }) => ({ file, header: csvLine(columns) }))
  return dirt > 0 ? [...files, { file: ENRICHMENT_FILE, header: csvLine(TABLES.accounts.columns) }] : files
}

export interface ExportedAccount {
  /** Lines by the name of their file, without header and line breaks. */
  readonly lines: Readonly<Record<string, readonly string[]>>
  readonly made: readonly MadeDirt[]
  /** The clean world's. */
  readonly tables: SimulatedTables
}

/**
 * The files of the simulated company, account by account. With dirt the facts are those of the same world as a real export
 * would spoil them; the truth stays that of the clean world.
 *
 * @throws RangeError when dirt is not in [0, 1].
 */
export function exportAccounts(options: SimulationOptions, dirt: number): Iterable<ExportedAccount> {
  if (!(dirt >= 0 && dirt <= 1)) throw new RangeError(`dirt must lie in 0 to 1, got ${dirt}`)
  return exportEach(options, dirt)
}

function* exportEach(options: SimulationOptions, dirt: number): Generator<ExportedAccount, void, undefined> {
  const start = startOfDay(monthsOf(options)[0]?.month ?? options.end)
  const soiling = { dirt, seed: options.seed, start, end: startOfDay(options.end) }
  for (const tables of simulateAccounts(options)) {
    const lines: Record<string, readonly string[]> = {}
    for (const table of Object.keys(tables) as (keyof SimulatedTables)[]) {
      const { file } = TABLES[table]
      if (dirt === 0 || file.startsWith('truth/')) lines[file] = tables[table].map(rowLine)
    }
    const soiled = dirt > 0 ? soilAccount(tables, soiling) : { lines: {}, made: [] }
    yield { lines: { ...lines, ...soiled.lines }, made: soiled.made, tables }
  }
}

/** The keys of a row stand in the order of its file's columns. */
export function rowLine(row: object): string {
  return csvLine(Object.values(row))
}
