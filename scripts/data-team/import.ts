// Imports facts from CSV and JSON Lines files. `npx winrate import --kind accounts accounts.csv`; docs/import.md.
import '../../src/node-version.ts'
import { Command, Option } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { IMPORT_KINDS } from '../../src/core/facts/import/kinds.ts'
import { ENCODINGS, type Mapping } from '../../src/core/facts/import/mapping.ts'
import { MOST_REJECTED } from '../../src/core/facts/import/too-many-rejected.ts'
import { AppError } from '../../src/errors.ts'
import { importFiles } from '../../src/jobs/facts/import/import.ts'
import { findPreset, kindCalled, readMapping } from '../../src/jobs/facts/import/presets.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { share } from '../arguments.ts'
import { progressLines, runScript } from '../cli.ts'
import { filesMostlyRejected, rejectionText, summaryJson, summaryText } from '../text/import.ts'

interface Options {
  readonly kind?: string
  readonly mapping?: string
  readonly source?: string
  readonly rejects?: string
  readonly maxRejected: number
  readonly preset?: string
  readonly delimiter?: keyof typeof DELIMITER
  readonly encoding?: Mapping['encoding']
  readonly dryRun?: boolean
  readonly amend?: boolean
  readonly json?: boolean
}

const DELIMITER = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const

const command = new Command('winrate import')
  .description('Import facts from CSV or JSON Lines files, plain or gzip. An interrupted run can be repeated.')
  .option('--kind <kind>', `the kind of the rows (default: that of the mapping): ${IMPORT_KINDS.join(', ')}`)
  .option('--mapping <file>', 'JSON file that maps columns to fields (default: columns have the standard names)')
  .option(
    '--preset <name>',
    "a built-in mapping: salesforce or hubspot; --kind then also takes the CRM's names, such as deals",
  )
  .option('--source <name>', 'the source, or provider, of rows without one')
  .option('--rejects <file>', 'one file for all rejected rows (default: one for each input, in rejects/)')
  .addOption(
    new Option('--max-rejected <share>', 'exit with 2 when a larger share of the rows of a file was rejected')
      .default(MOST_REJECTED, '20%')
      .argParser(share()),
  )
  .addOption(new Option('--delimiter <character>', 'default: detected').choices(['comma', 'semicolon', 'tab', 'pipe']))
  .addOption(new Option('--encoding <name>', 'default: detected').choices(ENCODINGS))
  .option('--dry-run', 'check and count all rows; write only the rejects file')
  .option('--amend', 'changed rows without known_at overwrite the stored values, also as of the past')
  .option('--json', 'print the summary as JSON')
  .argument('<files...>')
  .parse()

await runScript(() => run(command.opts<Options>(), command.args))

async function run(options: Options, files: readonly string[]): Promise<void> {
  if (options.mapping !== undefined && options.preset !== undefined) refuse('--mapping and --preset exclude each other')
  const mapping = mappingOf(options)
  const kind = options.preset === undefined && options.kind !== undefined ? kindCalled(options.kind) : mapping?.kind
  if (kind === undefined)
    refuse(`the kind of the rows is unknown: give --kind ${IMPORT_KINDS.join('|')}, or a mapping with a kind`)
  const progress = progressLines('% read')
  const summary = await withDatabase(
    loadConfig(process.env).database,
    ({ pool }, signal) =>
      importFiles(pool, {
        kind,
        files,
        mapping,
        isPreset: options.preset !== undefined,
        source: options.source,
        encoding: options.encoding,
        delimiter: options.delimiter && DELIMITER[options.delimiter],
        dryRun: options.dryRun,
        amend: options.amend,
        rejectsFile: options.rejects,
        signal,
        // 100% is printed once, when everything is written.
        onProgress: ({ file, counts, progress: part }) =>
          progress(`${file}, ${counts.read} rows`, Math.min(99, Math.floor(part * 100)), 100),
      }),
    { graceMs: 30_000, applicationName: 'winrate import' },
  )
  progress(kind, 100, 100)
  const dryRun = options.dryRun === true
  const failed = filesMostlyRejected(summary, options.maxRejected)
  console.log(
    options.json ? JSON.stringify(summaryJson(summary, dryRun, failed), null, 2) : summaryText(summary, dryRun),
  )
  for (const file of failed) console.error(rejectionText(file, options.maxRejected))
  if (failed.length > 0) process.exitCode = 2
}

function mappingOf({ preset, kind, mapping }: Options): Mapping | undefined {
  if (preset !== undefined) return findPreset(preset, kind)
  return mapping === undefined ? undefined : readMapping(mapping)
}

function refuse(message: string): never {
  throw new AppError('ImportRefused', message)
}
