// Says how job titles are read, and which are not understood. `npx winrate titles --help`; docs/people.md has the rules.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { type TitleReading, titleReader } from '../../src/core/facts/titles/read-title.ts'
import { AppError } from '../../src/errors.ts'
import { loadTitles } from '../../src/jobs/models/load-specification.ts'
import { reportTitles, type TitlesReport } from '../../src/jobs/facts/read-titles.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'
import { percent } from '../../src/core/base/percent.ts'

const command = new Command('winrate titles')
  .description('How job titles are read by models/titles.json: seniority, department, buying role.')
  .argument('[titles...]', 'titles to read')
  .option('--unknown', 'the stored titles of which something stays unknown, most frequent first')
  .option('--limit <n>', 'with --unknown: how many to list', '50')
  .option('--models <folder>', 'the folder that holds titles.json', 'models')
  .option('--json', 'print JSON')
  .parse()
const options = command.opts<{ unknown?: boolean; limit: string; models: string; json?: boolean }>()

await runScript(async () => {
  const specification = loadTitles(options.models)
  if (!specification) throw new AppError('OptionInvalid', `${options.models} holds no titles.json`)
  if (!options.unknown && command.args.length === 0)
    throw new AppError('OptionInvalid', 'give a title in quotes, or --unknown')
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1)
    throw new AppError('OptionInvalid', `--limit must be a whole number of at least 1, got "${options.limit}"`)
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
    if (report) console.log(textOf(report, limit))
  }
})

function viewOf({ title, reading }: { readonly title: string; readonly reading: TitleReading }) {
  const { seniority, department, buyingRole } = reading
  return { title, seniority, department, buying_role: buyingRole }
}

function textOf({ titles, contacts, understood, unknown }: TitlesReport, limit: number): string {
  const share = contacts === 0 ? '' : ` (${percent(understood / contacts)})`
  return [
    `${shown(understood)} of ${shown(contacts)} contacts with a title are understood${share}; ${shown(titles)} different titles`,
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
