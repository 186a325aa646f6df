// Writes the files of a simulated company, with the truth beside them. docs/simulated-company.md explains them.
import '../../src/node-version.ts'
import { Command, InvalidArgumentError, Option } from 'commander'
import { parse } from 'csv-parse/sync'
import { IANAZone } from 'luxon'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { createDirtReport } from '../../src/simulation/export/dirt.ts'
import { exportAccounts, exportedFiles, rowLine } from '../../src/simulation/export/export.ts'
import {
  CUSTOMER,
  EXCHANGE,
  INTEREST,
  LATENT,
  MQL_RULE,
  OPEN,
  SALES,
  WIN,
} from '../../src/simulation/process/process.ts'
import { simulationOptions, type SimulationOptions } from '../../src/simulation/options.ts'
import { simulateRates } from '../../src/simulation/process/rates.ts'
import { TABLES } from '../../src/simulation/export/rows.ts'
import { SHAPE_NAMES, shapedExport, shapedFiles, type ShapeName } from '../../src/simulation/export/shapes/shapes.ts'
import { withOpportunities } from '../../src/simulation/size.ts'
import { simulateSpend } from '../../src/simulation/company/spend.ts'
import { type WorklistRow, worklistOf } from '../../src/simulation/company/worklist.ts'
import { firstOfMonth, instantOfEpochMs, dayOf, type IsoDate, parseIsoDate } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { checkOutput } from '../../src/jobs/facts/import/output-file.ts'
import { share, signedNumber, wholeNumber } from '../arguments.ts'
import { progressLines } from '../cli.ts'

interface Flags extends Partial<Pick<SimulationOptions, 'accounts' | 'months' | 'end' | 'salesEffect'>> {
  readonly out: string
  readonly seed?: string
  readonly opportunities?: number
  readonly latent: boolean
  readonly interactions: boolean
  readonly salesTraces: boolean
  readonly worklist?: string
  readonly dirt: number
  readonly shape?: ShapeName
  readonly currency: boolean
  readonly spreadsheet?: boolean
  readonly timeZone: string
}

const program = new Command('winrate simulate')
  .description('Write CSV files of a simulated company, with its true probabilities in truth/.')
  .requiredOption('--out <dir>', 'the folder to write to: new, empty, or written by this command')
  .option('--accounts <n>', 'number of accounts (default 2000)', wholeNumber(1))
  .option('--months <m>', 'months of facts before the end (default 36)', wholeNumber(1))
  .option('--end <date>', 'write what is known before this day (default: the first of this month, UTC)', date)
  .option('--seed <text>', 'the same seed gives the same files (default 1)')
  .option(
    '--opportunities <n>',
    'approximate number of opportunities: scales the accounts, or with --accounts the rate',
    wholeNumber(1),
  )
  .option('--no-latent', 'no hidden state in the truth')
  .option('--no-interactions', 'no products of terms in the truth')
  .option('--sales-effect <x>', 'log-odds of winning that work by sales adds (default 0.25)', signedNumber)
  .option('--no-sales-traces', 'work by sales adds only those log-odds: no calls, replies or outbound opportunities')
  .option(
    '--worklist <file>',
    'CSV of account_external_id, month: the accounts that sales works, instead of the old rule',
  )
  .option('--dirt <share>', 'how dirty the files are, 0 to 1; truth/dirt.json has the counts', share(), 0)
  .addOption(
    new Option('--shape <shape>', 'as a CRM exports the company on its last day, beside it what no CRM holds').choices(
      SHAPE_NAMES,
    ),
  )
  .option('--no-currency', 'of a shape: all amounts in US dollars, and no column that says so')
  .option('--spreadsheet', 'of a shape: its tables as a spreadsheet saves them')
  .option('--time-zone <zone>', 'of a shape: the zone of times that are written without one', zone, 'UTC')
  .parse()

const { out, opportunities, worklist, dirt, end: given, ...flags } = program.opts<Flags>()
const { shape, currency, spreadsheet = false, timeZone, ...chosen } = flags
if (shape !== undefined && dirt > 0)
  program.error('simulate: --dirt applies to the standard tables and --shape to those of a CRM: omit one of them')
if (shape === undefined && (!currency || spreadsheet || timeZone !== 'UTC'))
  program.error('simulate: --no-currency, --spreadsheet and --time-zone require --shape')
const request = { ...chosen, end: given ?? firstOfMonth(dayOf(instantOfEpochMs(Date.now()))) }
const listed = worklist === undefined ? undefined : await readWorklist(worklist)
const options = complaining(chooseOptions)
const accounts = complaining(() => exportAccounts(options, dirt))

const TELL_EVERY = 100
const progress = progressLines('accounts')
const WORLD = 'truth/world.json'
const IDS = 'truth/ids.csv'
await claimFolder()
await writeJson(WORLD, describeWorld())
// Files of an earlier world would be taken for files of this one.
for (const leftover of everyFile()) await rm(path.join(out, leftover), { force: true })
if (shape === undefined) await writeTables()
else await writeShape(shape)

async function writeTables(): Promise<void> {
  const counts = new Map<string, number>()
  const files = new Map(exportedFiles(dirt).map(({ file, header }) => [file, openCsv(file, header)]))
  const write = async (file: string, lines: readonly string[]): Promise<void> => {
    counts.set(file, (counts.get(file) ?? 0) + lines.length)
    // Waiting for the drain keeps memory flat: the simulation is faster than a disk.
    if (lines.length > 0 && !files.get(file)?.write(`${lines.join('\n')}\n`))
      await once(files.get(file) as WriteStream, 'drain')
  }
  const report = createDirtReport(dirt)
  let worked = 0
  let simulated = 0
  for (const { lines, made, tables } of accounts) {
    simulated += 1
    if (simulated % TELL_EVERY === 0 || simulated === options.accounts)
      progress('simulated', simulated, options.accounts)
    for (const [file, added] of Object.entries(lines)) await write(file, added)
    report.add(made)
    for (const { account_external_id, month, worked_by_sales } of tables.accountMonths)
      if (worked_by_sales && options.worklist?.(account_external_id, month)) worked += 1
  }
  await write(TABLES.spend.file, simulateSpend(options).map(rowLine))
  await write(TABLES.rates.file, simulateRates(options).map(rowLine))
  await Promise.all([...files.values()].map((file) => finished(file.end())))
  if (dirt > 0) await writeJson('truth/dirt.json', report.report())
  for (const [file, count] of counts) console.log(`${String(count).padStart(10)}  ${file}.csv`)
  if (listed) {
    const others = 'the others: not known by then, customers, or in the first four months, which have no truth'
    console.log(`worklist: ${listed.length} account-months listed, ${worked} worked (${others})`)
  }
}

/** The files of a CRM, and in `truth/ids.csv` the CRM's id of each thing of the simulation. */
async function writeShape(name: ShapeName): Promise<void> {
  const { files, ids } = shapedExport(options, { shape: name, currency, spreadsheet, timeZone })
  for (const [file, text] of files) await writeFile(path.join(out, file), text)
  await writeFile(path.join(out, IDS), ['object,ours,theirs', ...ids.map(rowLine), ''].join('\n'))
  for (const [file, text] of files) console.log(`${String(text.split('\n').length - 2).padStart(10)}  ${file}`)
}

/** Overwrites only an earlier world, recognised by its description, which is written first. */
async function claimFolder(): Promise<void> {
  try {
    const written = await readFile(path.join(out, WORLD), 'utf8').catch(() => '')
    const rules = { option: '--out', remedy: 'name another folder', isOurs: () => /^\{\s*"options": \{/.test(written) }
    for (const file of [WORLD, ...everyFile()])
      await checkOutput(path.join(out, file), { ...rules, inputs: worklist === undefined ? [] : [worklist] })
    await mkdir(path.join(out, 'truth'), { recursive: true })
  } catch (error) {
    if (error instanceof AppError || (error instanceof Error && 'code' in error))
      program.error(`simulate: ${error.message}`)
    throw error
  }
}

/** What this command may have written, in any shape, but the description. */
function everyFile(): readonly string[] {
  const tables = exportedFiles(1).map(({ file }) => `${file}.csv`)
  return [...new Set(['truth/dirt.json', IDS, ...tables, ...shapedFiles()])]
}

function describeWorld(): object {
  return {
    options: { ...options, worklist: worklist === undefined ? null : path.basename(worklist), dirt },
    ...(shape !== undefined && { shape: { name: shape, currency, spreadsheet, time_zone: timeZone } }),
    coefficients: {
      open: OPEN,
      win: WIN,
      latent: LATENT,
      interest: INTEREST,
      sales: SALES,
      mql_rule: MQL_RULE,
      customer: CUSTOMER,
      exchange: EXCHANGE,
    },
  }
}

function chooseOptions(): SimulationOptions {
  // Without the worklist: two runs that differ only in it are the same world.
  const chosenSize =
    opportunities === undefined ? simulationOptions(request) : withOpportunities(request, opportunities)
  return listed ? { ...chosenSize, worklist: worklistOf(listed, chosenSize) } : chosenSize
}

function complaining<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return program.error(`simulate: ${error.message}`)
    throw error
  }
}

async function readWorklist(file: string): Promise<readonly WorklistRow[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => program.error(`simulate: ${error.message}`))
  const rows: readonly Partial<WorklistRow>[] = parse(text, {
    bom: true,
    columns: true,
    skip_empty_lines: true,
    trim: true,
  })
  return rows.map(({ account_external_id, month }, index) => {
    if (account_external_id !== undefined && month !== undefined) return { account_external_id, month }
    return program.error(`simulate: ${file}: row ${index + 1} has no account_external_id or no month`)
  })
}

function openCsv(file: string, header: string): WriteStream {
  const target = createWriteStream(path.join(out, `${file}.csv`), { highWaterMark: 256 * 1024 })
  target.write(`${header}\n`)
  return target
}

async function writeJson(file: string, value: object): Promise<void> {
  await writeFile(path.join(out, file), `${JSON.stringify(value, null, 2)}\n`)
}

function date(text: string): IsoDate {
  const value = parseIsoDate(text)
  if (!value) throw new InvalidArgumentError('must be a day like 2025-01-31.')
  return value
}

function zone(text: string): string {
  if (IANAZone.isValidZone(text)) return text
  throw new InvalidArgumentError('must be a time zone like Europe/Berlin.')
}
