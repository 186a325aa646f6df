// Imports facts from files, databases and Singer taps. `npx winrate import --kind accounts accounts.csv`; docs/import.md.
import '../../src/node-version.ts'
import { writeFile } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { Command, Option } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { IMPORT_KINDS } from '../../src/core/facts/import/kinds.ts'
import { ENCODINGS, type Mapping } from '../../src/core/facts/import/mapping.ts'
import { DECIMAL_SIGNS } from '../../src/core/facts/import/values/number-text.ts'
import { MOST_REJECTED } from '../../src/core/facts/import/too-many-rejected.ts'
import { OF_FILE, standardMappings } from '../../src/core/facts/recognition/choose.ts'
import { type KnownMapping, plainWord } from '../../src/core/facts/recognition/recognise.ts'
import { AppError } from '../../src/errors.ts'
import { importRecognised } from '../../src/jobs/facts/import/folder/import-recognised.ts'
import { inputFiles } from '../../src/jobs/facts/import/folder/input-files.ts'
import { recogniseFiles } from '../../src/jobs/facts/import/folder/recognise-files.ts'
import { type FileSummary, importFiles } from '../../src/jobs/facts/import/import.ts'
import { PREVIEW_ROWS, previewFile } from '../../src/jobs/facts/import/preview/preview-file.ts'
import type { InputFile } from '../../src/jobs/facts/import/read-file.ts'
import { withQueryRows } from '../../src/jobs/facts/import/sources/query-rows.ts'
import { importSinger } from '../../src/jobs/facts/import/sources/singer/import-singer.ts'
import { findPreset, kindCalled, knownMappings, knownPreset, readMapping } from '../../src/jobs/facts/import/presets.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { currencyOf, share, zoneOf } from '../arguments.ts'
import { progressLines, runScript } from '../cli.ts'
import { createStoredRows, onInterruption } from '../interruption.ts'
import { checkRowSource, type RowSourceOptions } from '../row-source.ts'
import { folderJson, folderText, noTablesText } from '../text/folder.ts'
import { filesMostlyRejected, rejectionText, summaryJson, summaryText } from '../text/import.ts'
import { previewJson, previewText } from '../text/preview.ts'
import { singerJson, singerText } from '../text/singer.ts'

interface Options extends RowSourceOptions {
  readonly kind?: string
  readonly mapping?: string
  readonly source?: string
  readonly maxRejected: number
  readonly preset?: string
  readonly currency?: string
  readonly timeZone?: string
  readonly delimiter?: keyof typeof DELIMITER
  readonly encoding?: Mapping['encoding']
  readonly sheet?: string
  readonly writeMapping?: string
  readonly decimal?: Mapping['decimal']
  readonly strict?: boolean
  readonly amend?: boolean
  readonly json?: boolean
}

const DELIMITER = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const

const command = new Command('winrate import')
  .description(
    'Import facts from CSV, JSON Lines, Parquet or Excel files. Without --kind, --mapping or a preset of one table, files and folders are recognised by their columns. An interrupted run can be repeated.',
  )
  .option('--kind <kind>', `the kind of the rows (default: that of the mapping): ${IMPORT_KINDS.join(', ')}`)
  .option('--mapping <file>', 'JSON file that maps columns to fields (default: columns have the standard names)')
  .option(
    '--preset <name>',
    "a built-in mapping: salesforce, hubspot, dynamics or generic; --kind then also takes the CRM's names, such as deals",
  )
  .option('--preview', `show what the first ${PREVIEW_ROWS} rows of each file would become; nothing is stored`)
  .option('--write-mapping <file>', 'with --preview of one file: write a mapping to edit')
  .option('--source <name>', 'the source, or provider, of rows without one')
  .option('--rejects <file>', 'one file for all rejected rows (default: one for each input, in rejects/)')
  .addOption(
    new Option('--max-rejected <share>', 'exit with 2 when a larger share of the rows of a file was rejected')
      .default(MOST_REJECTED, '20%')
      .argParser(share()),
  )
  .addOption(new Option('--delimiter <character>', 'default: detected').choices(['comma', 'semicolon', 'tab', 'pipe']))
  .addOption(new Option('--encoding <name>', 'default: detected').choices(ENCODINGS))
  .option('--sheet <name>', 'of an Excel workbook (default: the first that holds something)')
  .option('--currency <code>', 'the currency of amounts without one, such as USD', currencyOf)
  .addOption(
    new Option(
      '--decimal <sign>',
      'the sign before the decimals, of 1.355 or 1,355 (default: what the file shows)',
    ).choices(DECIMAL_SIGNS),
  )
  .addOption(
    new Option(
      '--time-zone <name>',
      'of times without an offset and of days, such as Europe/Berlin (default: UTC for days)',
    ).argParser(zoneOf),
  )
  .option('--strict', 'reject a row when a cell of it cannot be read, also an optional one')
  .option('--from <url>', 'read the rows of --query: postgresql://..., duckdb: or duckdb:FILE; docs/sources.md')
  .option('--query <sql>', 'with --from: what to read')
  .option(
    '--since-column <name>',
    'with --from: only rows that are new by this column, from the value kept in --state on',
  )
  .option('--state <file>', 'with --since-column: where its last value is kept')
  .option('--singer', 'read the messages of a Singer tap on standard input; STATE goes to standard output after commit')
  .option('--dry-run', 'check and count all rows; write only the rejects file')
  .option('--amend', 'changed rows without known_at overwrite the stored values, also as of the past')
  .option('--json', 'print the summary as JSON')
  .argument('[files...]')
  .parse()

await runScript(async () => {
  const options = command.opts<Options>()
  if (options.mapping !== undefined && options.preset !== undefined) refuse('--mapping and --preset exclude each other')
  const forced = forcedMapping(options)
  if (options.writeMapping !== undefined && !options.preview) refuse('--write-mapping goes with --preview')
  checkRowSource(options, command.args)
  if (options.preview) await preview(options, forced)
  else if (options.from !== undefined) await importQuery(options, options.from, forced)
  else if (options.singer) await importTap(options, forced)
  else if (forced) await importOne(options, forced.mapping, command.args)
  else await importRecognisedFiles(options)
})

/** The mapping that the options name; undefined: each file is recognised. */
function forcedMapping({ preset, kind, mapping }: Options): KnownMapping | undefined {
  if (preset !== undefined && (kind !== undefined || preset.includes('/'))) {
    const found = findPreset(preset, kind)
    return knownPreset(found, knownMappings()) ?? { system: preset, name: found.kind, mapping: found }
  }
  if (preset !== undefined) return undefined
  if (mapping !== undefined) return mappingOfFile(mapping, kind)
  const standard = kind === undefined ? undefined : kindCalled(kind)
  return standardMappings().find(({ name }) => name === standard)
}

function mappingOfFile(file: string, kind: string | undefined): KnownMapping {
  const mapping = readMapping(file)
  const asked = kind === undefined ? mapping.kind : kindCalled(kind)
  if (asked !== mapping.kind) refuse(`the mapping is for ${mapping.kind}, and the import for ${asked}`)
  return { system: OF_FILE, name: file, mapping }
}

async function importQuery(options: Options, from: string, forced: KnownMapping | undefined): Promise<void> {
  const { query = '', sinceColumn, state } = options
  if (!forced) refuse('--from needs to know what its rows are: give --kind, --mapping, or --preset with --kind')
  await withQueryRows({ from, query, sinceColumn, stateFile: state }, async (rows) => {
    if (rows.kind === 'rows') return importOne(options, forced.mapping, [rows.file])
    print(options, { kind: forced.mapping.kind, read: 0 }, () => `${rows.name}: the query yields no rows`)
    return true
  })
}

async function importTap(options: Options, forced: KnownMapping | undefined): Promise<void> {
  const { preset } = options
  const by = forced ? { mapping: forced.mapping } : { preset }
  if (!forced) mappingsOf(preset)
  onInterruption(
    () =>
      'interrupted: the records before the last STATE that was written are stored. Start the tap again with that state',
  )
  const summary = await inDatabase(({ pool }, signal) =>
    importSinger(pool, addAbortSignal(signal, process.stdin), {
      ...commonOptions(options),
      by,
      signal,
      onState: (value) => console.log(value),
    }),
  )
  // Standard output is for STATE alone.
  const dryRun = options.dryRun === true
  console.error(options.json ? JSON.stringify(singerJson(summary, dryRun)) : singerText(summary, dryRun))
  reportFailed(
    summary.streams.flatMap((stream) => filesMostlyRejected(stream, options.maxRejected)),
    options.maxRejected,
  )
  if (summary.broken !== undefined) throw new AppError('ImportFailed', summary.broken)
}

/** @returns whether each file counts as imported */
async function importOne(options: Options, mapping: Mapping, files: readonly InputFile[]): Promise<boolean> {
  const { kind } = mapping
  const progress = progressLines('% read')
  const stored = createStoredRows(options.dryRun === true)
  const summary = await inDatabase(({ pool }, signal) =>
    importFiles(pool, {
      ...commonOptions(options),
      kind,
      files,
      mapping,
      isPreset: options.preset !== undefined,
      rejectsFile: options.rejects,
      signal,
      // 100% is printed once, when everything is written.
      onProgress: ({ file, counts, progress: part }) => {
        stored.note(file, counts)
        progress(`${file}, ${counts.read} rows`, Math.min(99, Math.floor(part * 100)), 100)
      },
    }),
  )
  progress(kind, 100, 100)
  const dryRun = options.dryRun === true
  const failed = filesMostlyRejected(summary, options.maxRejected)
  print(options, summaryJson(summary, dryRun, failed), () => summaryText(summary, dryRun))
  reportFailed(failed, options.maxRejected)
  return failed.length === 0
}

async function importRecognisedFiles(options: Options): Promise<void> {
  const { files, passedOver } = await inputFiles(command.args)
  if (files.length === 0) refuse(noTablesText(command.args, passedOver))
  const found = await recogniseFiles(files, mappingsOf(options.preset), {
    ...commonOptions(options),
    everyMapping: knownMappings(),
  })
  const { notImported, companions } = found
  if (found.files.length === 0) {
    const reasons = notImported.map(({ file, reason }) => `${file}: ${reason}`)
    refuse(['no file was recognised by its columns', ...reasons].join('\n'))
  }
  const bytes = found.files.reduce((sum, file) => sum + file.bytes, 0)
  const progress = progressLines('% read')
  const stored = createStoredRows(options.dryRun === true)
  const summaries = await inDatabase(({ pool }, signal) =>
    importRecognised(pool, found.files, {
      ...commonOptions(options),
      rejectsFile: options.rejects,
      signal,
      onProgress: (file, read, counts) => {
        stored.note(file, counts)
        progress(file, Math.min(99, Math.floor((100 * read) / Math.max(1, bytes))), 100)
      },
    }),
  )
  progress('imported', 100, 100)
  const result = { summaries, notImported, companions, passedOver }
  const dryRun = options.dryRun === true
  print(options, folderJson(result, dryRun, options.maxRejected), () => folderText(result, dryRun))
  reportFailed(
    // What is read again may need files that are not there: the file itself was imported.
    summaries.flatMap(({ summary, readAgain }) =>
      filesMostlyRejected(summary, options.maxRejected).filter(({ file }) => !readAgain.includes(file)),
    ),
    options.maxRejected,
  )
  if (notImported.length > 0) process.exitCode = 2
}

async function preview(options: Options, forced: KnownMapping | undefined): Promise<void> {
  const { files, passedOver } = await inputFiles(command.args)
  if (options.writeMapping !== undefined && files.length !== 1)
    refuse(`--write-mapping is of one file, got ${files.length}`)
  if (files.length === 0) refuse(noTablesText(command.args, passedOver))
  const known = forced ? knownMappings() : mappingsOf(options.preset)
  const given = { ...commonOptions(options), forced }
  for (const { path: file } of files) {
    const seen = await previewFile(file, known, given)
    print(options, previewJson(seen), () => `${previewText(seen)}\n`)
    if (options.writeMapping !== undefined) await writeMapping(options.writeMapping, seen.toEdit)
    if (!seen.mapping || seen.refused.length > 0) process.exitCode = 2
  }
  if (passedOver.length > 0) console.error(`not tables, passed over: ${passedOver.join(', ')}`)
}

async function writeMapping(file: string, mapping: Mapping | undefined): Promise<void> {
  if (!mapping) refuse('no mapping is near to this file: say with --kind what its rows are')
  await writeFile(file, `${JSON.stringify(mapping, null, 2)}\n`, { flag: 'wx' }).catch((error: unknown) => {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const reason = isThere ? 'the file is there already, and is not written over' : String(error)
    throw new AppError('OptionInvalid', `--write-mapping ${file}: ${reason}`, { cause: error })
  })
  console.error(`wrote ${file}: edit it, then import with --mapping ${file}`)
}

/** All presets, or those of one system. */
function mappingsOf(preset: string | undefined): readonly KnownMapping[] {
  const known = knownMappings()
  if (preset === undefined) return known
  const own = known.filter(({ system }) => plainWord(system) === plainWord(preset))
  const systems = [...new Set(known.map(({ system }) => system))]
  return own.length > 0 ? own : refuse(`--preset ${preset}: expected one of ${systems.join(', ')}`)
}

/** What holds for every file. */
function commonOptions(options: Options) {
  const { source, encoding, delimiter, sheet, decimal, currency, timeZone, strict, dryRun, amend } = options
  const sign = delimiter && DELIMITER[delimiter]
  return { source, encoding, delimiter: sign, sheet, decimal, currency, timeZone, strict, dryRun, amend }
}

function inDatabase<Result>(work: Parameters<typeof withDatabase<Result>>[1]): Promise<Result> {
  return withDatabase(loadConfig(process.env).database, work, { graceMs: 30_000, applicationName: 'winrate import' })
}

function print(options: Options, json: object, text: () => string): void {
  console.log(options.json ? JSON.stringify(json, null, 2) : text())
}

function reportFailed(failed: readonly FileSummary[], most: number): void {
  for (const file of failed) console.error(rejectionText(file, most))
  if (failed.length > 0) process.exitCode = 2
}

function refuse(message: string): never {
  throw new AppError('ImportRefused', message)
}
