// Imports facts from CSV and JSON Lines files. `npm run import -- --kind accounts accounts.csv`; docs/import.md says the rest.
import '../src/node-version.ts'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Command, Option } from 'commander'
import { loadConfig } from '../src/config.ts'
import { IMPORT_KINDS, type ImportKind } from '../src/core/import/kinds.ts'
import { ENCODINGS, type Mapping, parseMapping } from '../src/core/import/mapping.ts'
import { AppError } from '../src/errors.ts'
import { importFiles, type ImportSummary } from '../src/jobs/import.ts'
import { withDatabase } from '../src/store/with-database.ts'
import { progressLines, runScript } from './cli.ts'

interface Options {
  readonly kind?: ImportKind
  readonly mapping?: string
  readonly source?: string
  readonly rejects?: string
  readonly preset?: string
  readonly delimiter?: keyof typeof DELIMITER
  readonly encoding?: Mapping['encoding']
  readonly dryRun?: boolean
  readonly amend?: boolean
  readonly json?: boolean
}

const DELIMITER = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const

const command = new Command('import')
  .description(
    'Imports facts from CSV or JSON Lines files, plain or gzip. A run that was interrupted can simply be repeated.',
  )
  .addOption(new Option('--kind <kind>', 'what the rows are (default: the mapping says)').choices(IMPORT_KINDS))
  .option('--mapping <file>', 'JSON that says which column is what (default: the standard column names)')
  .option(
    '--preset <name>',
    'a mapping that comes with the product: salesforce or hubspot, by --kind; or salesforce/tasks',
  )
  .option('--source <name>', 'the source, or provider, of rows that name none')
  .option('--rejects <file>', 'where rejected rows go (default: rejects/<kind>-<file>.csv)')
  .addOption(new Option('--delimiter <character>', 'default: found out').choices(['comma', 'semicolon', 'tab', 'pipe']))
  .addOption(new Option('--encoding <name>', 'default: found out').choices(ENCODINGS))
  .option('--dry-run', 'check and count everything, write nothing but the rejects file')
  .option('--amend', 'rows without known_at that say something else correct what is stored, and with it the past')
  .option('--json', 'print the summary as JSON')
  .argument('<files...>')
  .parse()

await runScript(() => run(command.opts<Options>(), command.args))

async function run(options: Options, files: readonly string[]): Promise<void> {
  if (options.mapping !== undefined && options.preset !== undefined) refuse('--mapping and --preset exclude each other')
  const file =
    options.mapping ?? (options.preset === undefined ? undefined : await findPreset(options.preset, options.kind))
  const mapping = file === undefined ? undefined : await readMapping(file)
  const kind = options.kind ?? mapping?.kind
  if (kind === undefined)
    throw new AppError('ImportRefused', `say what the rows are: --kind ${IMPORT_KINDS.join('|')}, or a mapping`)
  const progress = progressLines('% read')
  const summary = await withDatabase(
    loadConfig(process.env).database,
    ({ pool }, signal) =>
      importFiles(pool, {
        kind,
        files,
        mapping,
        source: options.source,
        encoding: options.encoding,
        delimiter: options.delimiter && DELIMITER[options.delimiter],
        dryRun: options.dryRun,
        amend: options.amend,
        rejectsFile: options.rejects,
        signal,
        // 100 % comes once, when everything is written.
        onProgress: ({ file, counts, progress: part }) =>
          progress(`${file}, ${counts.read} rows`, Math.min(99, Math.floor(part * 100)), 100),
      }),
    { graceMs: 30_000, applicationName: 'winrate import' },
  )
  progress(kind, 100, 100)
  const dryRun = options.dryRun === true
  console.log(options.json ? JSON.stringify(toJson(summary, dryRun), null, 2) : summaryText(summary, dryRun))
}

const PRESETS = path.join(import.meta.dirname, '..', 'models', 'mappings')

/** `salesforce/tasks`, or `salesforce` with the kind as the name. */
async function findPreset(name: string, kind: ImportKind | undefined): Promise<string> {
  const [system = '', given] = name.split('/')
  const systems = await readdir(PRESETS)
  if (!systems.includes(system)) refuse(`--preset ${name}: expected one of ${systems.join(', ')}`)
  const known = (await readdir(path.join(PRESETS, system))).map((file) => path.basename(file, '.json'))
  const wanted = given ?? kind
  if (wanted === undefined || !known.includes(wanted))
    refuse(`--preset ${name}: say which: ${known.map((found) => `${system}/${found}`).join(', ')}`)
  return path.join(PRESETS, system, `${wanted}.json`)
}

async function readMapping(file: string): Promise<Mapping> {
  const text = await readFile(file, 'utf8').catch((error: Error) => refuse(`${file} cannot be read: ${error.message}`))
  const result = parseMapping(parseJson(file, text))
  return result.kind === 'mapping'
    ? result.mapping
    : refuse(result.problems.map((found) => `${file}: ${found}`).join('\n'))
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return refuse(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function refuse(message: string): never {
  throw new AppError('ImportRefused', message)
}

function toJson(summary: ImportSummary, dryRun: boolean) {
  const { kind, files, counts, reasons, rematched } = summary
  return {
    kind,
    files,
    dry_run: dryRun,
    counts,
    reasons,
    rematched,
    notes: summary.notes,
    rejects_files: summary.rejectsFiles,
    started_at: summary.startedAt,
    finished_at: summary.finishedAt,
  }
}

function summaryText(summary: ImportSummary, dryRun: boolean): string {
  const { kind, counts, reasons, rejectsFiles, rematched, notes } = summary
  const parts = ['inserted', 'updated', 'unchanged', 'duplicate', 'filtered', 'rejected'] as const
  return [
    `${kind}: ${counts.read} rows read = ${parts.map((part) => `${counts[part]} ${part}`).join(' + ')}`,
    ...(dryRun ? ['  dry run: nothing was written'] : []),
    ...notes.map((note) => `  ${note}`),
    ...Object.entries(reasons).map(([reason, count]) => `  rejected ${reason}: ${count}`),
    ...rejectsFiles.map((file) => `  rejected rows are listed in ${file}`),
    ...(counts.unmatched > 0 ? [`  ${counts.unmatched} rows are kept without an account, until it appears`] : []),
    ...(rematched > 0 ? [`  ${rematched} waiting facts found their account`] : []),
  ].join('\n')
}
