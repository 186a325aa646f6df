// Prints the ideal customer profile, from the company's own deals and customers. `npx winrate icp --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import type { IdealCustomerProfile } from '../../src/core/scoring/profile/ideal-customer-profile.ts'
import { findVersionProfile } from '../../src/jobs/training/customer-profile.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'
import { reportFile, writeJson } from '../report-file.ts'
import { percent } from '../../src/core/base/percent.ts'
import { counted } from '../../src/core/base/counted.ts'

const command = new Command('winrate icp')
  .description(
    "Print the ideal customer profile: win rate by attribute value with 95% intervals, beside the model's log-odds.",
  )
  .argument('[version]', 'default: the champion, else the newest')
  .option('--json <file>', 'write all figures to this file')
  .parse()

await runScript(async () => {
  const json = await reportFile(
    '--json',
    command.opts<{ json?: string }>().json,
    /^\{\s*"version": "[^"]*",\s*"profile": \{/,
  )
  const found = await withDatabase(
    loadConfig(process.env).database,
    ({ db }) => findVersionProfile(db, command.args[0]),
    { readOnly: true },
  )
  await writeJson(json, found)
  console.log(`${found.version}, from the facts known before ${found.profile.as_of}`)
  console.log(textOf(found.profile.profile))
})

function textOf({ win_rate: winRate, deals, attributes, compared }: IdealCustomerProfile): string {
  const blocks = attributes.map(({ noun, values, left_out: leftOut }) => {
    const lines = values.map((row) => {
      const { share, count } = row.deals
      const mark = { above: '+', below: '-' }[row.stands_out ?? 'above']
      const customers =
        row.customers.count > 0 ? `  stayed ${percent(row.customers.share.value)} of ${row.customers.count}` : ''
      const model = row.model_log_odds === null ? '' : `  model ${signed(row.model_log_odds)}`
      const range = `${percent(share.low)} to ${percent(share.high)}`
      return `  ${row.stands_out ? mark : ' '} ${row.value.padEnd(24)} ${percent(share.value).padStart(5)}  (${range}, ${counted(count, 'deal')})${customers}${model}`
    })
    const rare =
      leftOut.values > 0
        ? [
            `    ${counted(leftOut.values, 'rarer value')} with ${counted(leftOut.deals, 'deal')} ${leftOut.values === 1 ? 'is' : 'are'} not shown`,
          ]
        : []
    return [`${noun}:`, ...lines, ...rare].join('\n')
  })
  const chance = Math.round(compared / 20)
  return [
    `${counted(deals, 'deal')}, ${percent(winRate)} won. + and -: the 95% interval of the win rate lies above or below that;`,
    `of ${compared} intervals, about ${chance} do by chance alone.`,
    '',
    ...blocks,
  ].join('\n')
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`
}
