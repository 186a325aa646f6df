// Tries the model on a table of closed deals or leads, without a database. `npx winrate try deals.csv`; docs/try.md.
import path from 'node:path'
import '../../src/node-version.ts'
import { Command, Option } from 'commander'
import { pageOf } from '../../src/core/evaluation/table/page/page.ts'
import { tryTable } from '../../src/core/evaluation/table/try-table.ts'
import { ENCODINGS, type Mapping } from '../../src/core/facts/import/mapping.ts'
import { AppError } from '../../src/errors.ts'
import { readTable } from '../../src/jobs/evaluation/read-table.ts'
import { renderTryReport } from '../../src/web/try-report.ts'
import { progressLines, runScript } from '../cli.ts'
import { reportFile } from '../report-file.ts'
import { tryJson, tryText } from '../text/try.ts'

interface Options {
  readonly won?: readonly string[]
  readonly lost?: readonly string[]
  readonly id?: string
  readonly date?: string
  readonly points?: string
  readonly leaveOut?: readonly string[]
  readonly use?: readonly string[]
  readonly delimiter?: keyof typeof DELIMITER
  readonly encoding?: Mapping['encoding']
  readonly sheet?: string
  readonly html?: string
  readonly json?: boolean
}

const DELIMITER = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const
const SEED = 1

const command = new Command('winrate try')
  .description(
    'Show in a minute how well your won deals could have been told from the lost ones, from a table with one row a deal or lead. Nothing is stored, and no database is needed.',
  )
  .argument('<table.csv>')
  .option(
    '--won <column=value>',
    'a value that means won, such as "Stage=Closed Won"; can be repeated (default: guessed)',
    collect,
  )
  .option(
    '--lost <column=value>',
    'a value that means lost; can be repeated. Rows with any other value are open',
    collect,
  )
  .option('--id <column>', 'rows with one id, such as an account, stay together (default: guessed)')
  .option('--date <column>', 'when a row was created: the newest rows are the test (default: guessed)')
  .option('--points <column>', 'your own points, to compare with (default: guessed)')
  .option('--leave-out <column>', 'do not learn from this column; can be repeated', collect)
  .option('--use <column>', 'learn from this column although it looks like a leak; can be repeated', collect)
  .addOption(new Option('--delimiter <character>', 'default: detected').choices(['comma', 'semicolon', 'tab', 'pipe']))
  .addOption(new Option('--encoding <name>', 'default: detected').choices(ENCODINGS))
  .option('--sheet <name>', 'of an Excel workbook (default: the first that holds something)')
  .option('--html <file>', 'write the answer as a page to this file')
  .option('--json', 'print one JSON object instead of text')
  .parse()

await runScript(() => run(command.opts<Options>(), command.args[0] ?? ''))

async function run(options: Options, file: string): Promise<void> {
  const html = await reportFile('--html', options.html, /^<!doctype html>[^]*<title>Winrate try, /, [file])
  const reading = progressLines('% read')
  const read = await readTable(file, {
    encoding: options.encoding,
    sheet: options.sheet,
    delimiter: options.delimiter && DELIMITER[options.delimiter],
    onProgress: (part) => reading(file, Math.floor(part * 100), 100),
  })
  const fitting = progressLines('fits')
  const answer = tryTable(read.table, {
    ...options,
    seed: SEED,
    onProgress: (done, total) => fitting('tested', done, total),
  })
  if (answer.kind === 'refused') throw new AppError('OptionInvalid', answer.message)
  const page = pageOf(answer, read)
  if (options.html !== undefined) await html.write(await renderTryReport(page, path.basename(file)))
  console.log(options.json ? JSON.stringify(tryJson(answer, read), null, 2) : tryText(page))
  if (answer.kind === 'too_few') process.exitCode = 2
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}
