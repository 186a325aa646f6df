// Imports facts from CSV files. `npm run import -- --kind accounts accounts.csv`; docs/import.md says the rest.
import '../src/node-version.ts'
import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { loadConfig } from '../src/config.ts'
import { IMPORT_KINDS, type ImportKind } from '../src/core/import/kinds.ts'
import { type Mapping, parseMapping } from '../src/core/import/mapping.ts'
import { AppError } from '../src/errors.ts'
import { importFiles, type ImportSummary } from '../src/jobs/import.ts'
import { withDatabase } from '../src/store/with-database.ts'
import { progressLines, runScript } from './cli.ts'

interface Options {
  readonly kind?: ImportKind
  readonly mapping?: string
  readonly source?: string
  readonly rejects?: string
  readonly json?: boolean
}

const command = new Command('import')
  .description('Imports facts from CSV files, plain or gzip. A run that was interrupted can simply be repeated.')
  .addOption(new Option('--kind <kind>', 'what the rows are (default: the mapping says)').choices(IMPORT_KINDS))
  .option('--mapping <file>', 'JSON that says which column is what (default: the standard column names)')
  .option('--source <name>', 'the source, or provider, of rows that name none')
  .option('--rejects <file>', 'where rejected rows go (default: rejects/<kind>-<file>.csv)')
  .option('--json', 'print the summary as JSON')
  .argument('<files...>')
  .parse()

await runScript(() => run(command.opts<Options>(), command.args))

async function run(options: Options, files: readonly string[]): Promise<void> {
  const mapping = options.mapping === undefined ? undefined : await readMapping(options.mapping)
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
        rejectsFile: options.rejects,
        signal,
        // 100 % comes once, when everything is written.
        onProgress: ({ file, counts, progress: part }) =>
          progress(`${file}, ${counts.read} rows`, Math.min(99, Math.floor(part * 100)), 100),
      }),
    { graceMs: 30_000, applicationName: 'winrate import' },
  )
  progress(kind, 100, 100)
  console.log(options.json ? JSON.stringify(toJson(summary), null, 2) : summaryText(summary))
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

function toJson(summary: ImportSummary) {
  const { kind, files, counts, reasons, rematched } = summary
  return {
    kind,
    files,
    counts,
    reasons,
    rematched,
    rejects_files: summary.rejectsFiles,
    started_at: summary.startedAt,
    finished_at: summary.finishedAt,
  }
}

function summaryText({ kind, counts, reasons, rejectsFiles, rematched }: ImportSummary): string {
  const parts = ['inserted', 'updated', 'unchanged', 'duplicate', 'filtered', 'rejected'] as const
  return [
    `${kind}: ${counts.read} rows read = ${parts.map((part) => `${counts[part]} ${part}`).join(' + ')}`,
    ...Object.entries(reasons).map(([reason, count]) => `  rejected ${reason}: ${count}`),
    ...rejectsFiles.map((file) => `  rejected rows are listed in ${file}`),
    ...(counts.unmatched > 0 ? [`  ${counts.unmatched} rows are kept without an account, until it appears`] : []),
    ...(rematched > 0 ? [`  ${rematched} waiting facts found their account`] : []),
  ].join('\n')
}
