// Checks that no feature uses facts of the future. `npx winrate time-machine --help`; docs/features.md.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import type { FeatureValue } from '../../src/core/features/types.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { type Mismatch, runTimeMachine } from '../../src/jobs/evaluation/time-machine.ts'
import { readClock } from '../../src/store/database/read-clock.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { specificationOption, wholeNumber } from '../arguments.ts'
import { asOfOption, progressLines, runScript } from '../cli.ts'
import { counted } from '../../src/core/base/counted.ts'

const options = new Command('winrate time-machine')
  .description('Compare features from all facts with features from a copy without later facts, bit for bit.')
  .option('--pairs <n>', 'pairs of an account and an instant', wholeNumber(1), 10_000)
  .option('--seed <n>', 'the same seed picks the same pairs', wholeNumber(1), 1)
  .addOption(specificationOption('features.json and the model files'))
  .option('--as-of <instant>', 'pick instants before this day or instant (default: now)')
  .parse()
  .opts<{ pairs: number; seed: number; specification: string; asOf?: string }>()

await runScript(async () => {
  const given = asOfOption(options.asOf)
  const specification = loadSpecification(options.specification)
  const database = loadConfig(process.env).database
  const { end, ...report } = await withDatabase(withTrainingTimeout(database), async ({ db }) => {
    const end = given ?? (await readClock(db))
    return {
      end,
      ...(await runTimeMachine(db, { ...options, specification, end, progress: progressLines('pairs') })),
    }
  })
  for (const mismatch of report.mismatches) console.log(lineOf(mismatch))
  console.log(
    `${counted(report.accounts, 'account')}, ${counted(report.instants, 'instant')}; at ${counted(report.unknown, 'pair')} the account was not known yet`,
  )
  console.log(
    `${counted(report.readAlone, 'pair')} also read alone, ${counted(report.readForTraining, 'training example')} also read one at a time`,
  )
  console.log(`${report.pairs} pairs compared, ${report.mismatches.length} mismatches`)
  if (report.pairs === 0) console.error(`no account was known before ${end}: import facts first`)
  if (report.pairs === 0 || report.mismatches.length > 0) process.exitCode = 1
})

function lineOf({ reading, account, asOf, feature, values: [all, other] }: Mismatch): string {
  return `MISMATCH ${account} as of ${asOf}: ${feature} is ${shown(all)} from all facts, ${shown(other)} ${reading.replaceAll('_', ' ')}`
}

function shown(value: FeatureValue | undefined): string {
  if (value === undefined) return '(account not known)'
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}
