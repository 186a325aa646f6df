// Checks that no feature uses facts of the future. `npx winrate time-machine --help`; docs/features.md.
import '../../src/node-version.ts'
import { Command, InvalidArgumentError } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import type { FeatureValue } from '../../src/core/features/types.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { type Mismatch, runTimeMachine } from '../../src/jobs/evaluation/time-machine.ts'
import { readClock } from '../../src/store/database/read-clock.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { asOfOption, progressLines, runScript } from '../cli.ts'

const options = new Command('winrate time-machine')
  .description('Compare features from all facts with features from a copy without later facts, bit for bit.')
  .option('--pairs <n>', 'pairs of an account and an instant', wholeNumber, 10_000)
  .option('--seed <n>', 'the same seed picks the same pairs', wholeNumber, 1)
  .option('--specification <folder>', 'folder with features.json and the model files', 'models')
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
    `${count(report.accounts)} accounts, ${count(report.instants)} instants; at ${count(report.unknown)} pairs the account was not known yet`,
  )
  console.log(
    `${count(report.readAlone)} pairs also read alone, ${count(report.readForTraining)} training examples also read one at a time`,
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

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('must be a whole number of at least 1.')
  }
  return value
}
