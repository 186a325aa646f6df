// Shows how job titles are read, and which are not understood. `npx winrate titles --help`; docs/people.md has the rules.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { type TitleReading, titleReader } from '../../src/core/facts/titles/read-title.ts'
import { AppError } from '../../src/errors.ts'
import { loadTitles } from '../../src/jobs/models/load-specification.ts'
import { reportTitles, type TitlesReport } from '../../src/jobs/facts/read-titles.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { wholeNumber } from '../arguments.ts'
import { runScript } from '../cli.ts'
import { percent } from '../../src/core/base/percent.ts'
import { counted } from '../../src/core/base/counted.ts'

const command = new Command('winrate titles')
  .description('Show how models/titles.json reads job titles: seniority, department, buying role.')
  .argument('[titles...]', 'titles to read')
  .option('--unknown', 'list the stored titles that are not read completely, most frequent first')
  .option('--limit <n>', 'with --unknown: the number of titles to list', wholeNumber(1), 50)
  .option('--models <folder>', 'folder with titles.json', 'models')
  .option('--json', 'print JSON')
  .parse()
const options = command.opts<{ unknown?: boolean; limit: number; models: string; json?: boolean }>()

await runScript(async () => {
  const specification = loadTitles(options.models)
  if (!specification) throw new AppError('OptionInvalid', `${options.models} holds no titles.json`)
  if (!options.unknown && command.args.length === 0)
    throw new AppError('OptionInvalid', 'give a title in quotes, or --unknown')
  const read = titleReader(specification)
  const readings = command.args.map((title) => ({ title, reading: read(title) }))
  const report = options.unknown
    ? await withDatabase(loadConfig(process.env).database, ({ db }) => reportTitles(db, specification), {
        readOnly: true,
      })
    : null
  if (options.json) console.log(JSON.stringify({ titles: readings.map(viewOf), ...(report && { report }) }, null, 2))
  else {
    for (const { title, reading } of readings) console.log(`${title}: ${wordsOf(reading)}`)
    if (report) console.log(textOf(report, options.limit))
  }
})

function viewOf({ title, reading }: { readonly title: string; readonly reading: TitleReading }) {
  const { seniority, department, buyingRole } = reading
  return { title, seniority, department, buying_role: buyingRole }
}

function textOf({ titles, contacts, understood, unknown }: TitlesReport, limit: number): string {
  const share = contacts === 0 ? '' : ` (${percent(understood / contacts)})`
  return [
    `${shown(understood)} of ${counted(contacts, 'contact')} with a title ${understood === 1 ? 'is' : 'are'} understood${share}; ${counted(titles, 'different title')}`,
    ...unknown
      .slice(0, limit)
      .map(({ title, contacts: count, reading }) => `  ${shown(count).padStart(7)}  ${title}: ${wordsOf(reading)}`),
    ...(unknown.length > limit ? [`  and ${shown(unknown.length - limit)} more: --limit`] : []),
  ].join('\n')
}

function wordsOf({ seniority, department, buyingRole }: TitleReading): string {
  return [
    ['seniority', seniority],
    ['department', department],
    ['buying role', buyingRole],
  ]
    .map(([name, value]) => `${name} ${value?.replaceAll('_', ' ') ?? 'unknown'}`)
    .join(', ')
}

function shown(value: number): string {
  return value.toLocaleString('en-US')
}
