// Does what a backtest says deserve to be believed? Studies of many simulated companies whose truth is known.
// `npx winrate study --companies 100 --seed 1` for the verdict, `npx winrate study replay --companies 20` for the policy replay.
import '../../src/node-version.ts'
import { Command, InvalidArgumentError, Option } from 'commander'
import { STUDY_KINDS } from '../../src/simulation/studies/worlds.ts'
import { runScript } from '../cli.ts'
import { studyHysteresis } from '../study/hysteresis.ts'
import { studyHoldout } from '../study/holdout.ts'
import { studyReplay } from '../study/replay.ts'
import { studyVerdicts } from '../study/verdict.ts'

const program = new Command('winrate study').description('Studies of simulated companies whose truth is known.')
const studies = {
  verdict: program
    .command('verdict', { isDefault: true })
    .description('Backtest companies of every kind, and count how often the verdict is right.')
    .option('--companies <n>', 'companies of each kind', wholeNumber, 100)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber, 1)
    .addOption(new Option('--kind <name>', 'one kind only (default: all)').choices(STUDY_KINDS))
    .option('--fresh-rows <n>', "rows to measure a model's own AUC on", wholeNumber, 200_000)
    .option('--replicates <n>', 'bootstrap draws', wholeNumber, 2000),
  replay: program
    .command('replay')
    .description('Hold the policy replay against the same company living under the one list and the other.')
    .option('--companies <n>', 'companies', wholeNumber, 20)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber, 1)
    .option(
      '--accounts <n>',
      'accounts a company; fewer than about 1,000 do not suffice to learn from',
      wholeNumber,
      2000,
    )
    .option('--capacity-per-month <n>', 'new accounts on a list each month', wholeNumber, 25)
    .option('--json <file>', 'write all figures to this file'),
  holdout: program
    .command('holdout')
    .description('How often the interval of a holdout holds what being listed really brings.')
    .option('--companies <n>', 'companies', wholeNumber, 100)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber, 1)
    .option('--accounts <n>', 'accounts a company', wholeNumber, 600),
  hysteresis: program
    .command('hysteresis')
    .description('How much calmer the list of a year is with the rules of a policy than with one threshold.')
    .option('--companies <n>', 'companies', wholeNumber, 1)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber, 1)
    .option('--accounts <n>', 'accounts a company', wholeNumber, 2000)
    .option('--share <share>', 'of the accounts that are at the threshold or above on the first day', shareOf, 0.08)
    .option('--grid', 'also many other policies than the one of models/policy.json'),
}
studies.verdict.action((options) => runScript(() => studyVerdicts(options)))
studies.replay.action((options) => runScript(() => studyReplay(options)))
studies.hysteresis.action((options) => runScript(async () => studyHysteresis(options)))
studies.holdout.action((options) => runScript(async () => studyHoldout(options)))
await program.parseAsync()

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number of at least 1.')
  return value
}

function shareOf(text: string): number {
  const value = Number(text)
  if (/^[\d.]+$/.test(text) && value > 0 && value < 1) return value
  throw new InvalidArgumentError('must be a share between 0 and 1.')
}
