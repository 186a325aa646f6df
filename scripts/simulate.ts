// Writes the files of a simulated company, with the truth beside them. docs/simulated-company.md explains them.
import '../src/node-version.ts'
import { Command, InvalidArgumentError } from 'commander'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { stringify, type Stringifier } from 'csv-stringify'
import { CUSTOMER, INTEREST, LATENT, MQL_RULE, OPEN, SALES, WIN } from '../src/core/simulation/process.ts'
import { simulationOptions, type SimulationOptions } from '../src/core/simulation/options.ts'
import { type SimulatedTables, TABLES } from '../src/core/simulation/rows.ts'
import { simulateAccounts, type SimulationRequest } from '../src/core/simulation/simulate-company.ts'
import { withOpportunities } from '../src/core/simulation/size.ts'
import { simulateSpend } from '../src/core/simulation/spend.ts'
import { firstOfMonth, instantOfEpochMs, dayOf, type IsoDate, parseIsoDate } from '../src/core/time.ts'

interface Flags {
  readonly out: string
  readonly accounts?: number
  readonly months?: number
  readonly end?: IsoDate
  readonly seed?: string
  readonly opportunities?: number
  readonly latent: boolean
  readonly interactions: boolean
  readonly salesEffect?: number
}

const program = new Command('simulate')
  .description('Writes CSV files of a simulated company whose true probabilities are known (truth/).')
  .requiredOption('--out <dir>', 'directory to write to; files of the same names are overwritten')
  .option('--accounts <n>', 'number of accounts (default 2000)', number)
  .option('--months <m>', 'months of facts before the end (default 36)', number)
  .option('--end <date>', 'nothing known on or after this day is written (default: the first of this month, UTC)', date)
  .option('--seed <text>', 'the same seed gives the same files (default 1)')
  .option(
    '--opportunities <n>',
    'about how many opportunities: scales the accounts, or with --accounts the rate',
    number,
  )
  .option('--no-latent', 'no hidden state in the truth')
  .option('--no-interactions', 'no products of terms in the truth')
  .option('--sales-effect <x>', 'log-odds that work by sales adds to winning (default 0.25)', number)
  .parse()

const { out, opportunities, end = firstOfMonth(dayOf(instantOfEpochMs(Date.now()))), ...chosen } = program.opts<Flags>()
const request: SimulationRequest = { ...chosen, end }
const options = chooseOptions()

await mkdir(path.join(out, 'truth'), { recursive: true })
const files = new Map(Object.entries(TABLES).map(([table, { file, columns }]) => [table, openCsv(file, columns)]))
const rows = new Map<string, number>()
for (const tables of simulateAccounts(options)) {
  for (const table of Object.keys(tables) as (keyof SimulatedTables)[]) await write(table, tables[table])
}
await write('spend', simulateSpend(options))
await Promise.all([...files.values()].map(({ end: close }) => close()))
const coefficients = {
  open: OPEN,
  win: WIN,
  latent: LATENT,
  interest: INTEREST,
  sales: SALES,
  mql_rule: MQL_RULE,
  customer: CUSTOMER,
}
await writeFile(path.join(out, 'truth', 'world.json'), `${JSON.stringify({ options, coefficients }, null, 2)}\n`)
for (const [table, count] of rows)
  console.log(`${String(count).padStart(10)}  ${TABLES[table as keyof typeof TABLES].file}.csv`)

function chooseOptions(): SimulationOptions {
  try {
    return opportunities === undefined ? simulationOptions(request) : withOpportunities(request, opportunities)
  } catch (error) {
    if (error instanceof RangeError) return program.error(`simulate: ${error.message}`)
    throw error
  }
}

async function write(table: keyof typeof TABLES, items: readonly object[]): Promise<void> {
  rows.set(table, (rows.get(table) ?? 0) + items.length)
  const csv = files.get(table)?.csv
  // Waiting for the drain keeps memory flat: the simulation is faster than a disk.
  for (const item of items) if (csv && !csv.write(item)) await once(csv, 'drain')
}

function openCsv(file: string, columns: readonly string[]): { csv: Stringifier; end: () => Promise<void> } {
  const csv = stringify({
    header: true,
    columns: [...columns],
    cast: {
      boolean: (value) => String(value),
      object: (value) => (Array.isArray(value) ? value.join(';') : ''),
    },
  })
  const target = csv.pipe(createWriteStream(path.join(out, `${file}.csv`)))
  return {
    csv,
    end: () => {
      csv.end()
      return finished(target)
    },
  }
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('must be a number.')
  return value
}

function date(text: string): IsoDate {
  const value = parseIsoDate(text)
  if (!value) throw new InvalidArgumentError('must be a day like 2025-01-31.')
  return value
}
