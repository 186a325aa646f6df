// Studies of many simulated companies whose true probabilities are known: how often is a backtest right?
// `npx winrate study --companies 100 --seed 1` for the verdict, `npx winrate study replay --companies 20` for the policy replay.
import '../../src/node-version.ts'
import { Command, Option } from 'commander'
import { STUDY_KINDS } from '../../src/simulation/studies/worlds.ts'
import { positiveNumber, share, wholeNumber } from '../arguments.ts'
import { runScript } from '../cli.ts'
import { studyLevels } from '../study/levels/study.ts'
import { studyHysteresis } from '../study/hysteresis.ts'
import { studyHoldout } from '../study/holdout.ts'
import { studyReplay } from '../study/replay.ts'
import { studyVerdicts } from '../study/verdict.ts'

const program = new Command('winrate study').description(
  'Run a study on simulated companies whose true probabilities are known.',
)
const studies = {
  verdict: program
    .command('verdict', { isDefault: true })
    .description('Backtest companies of every kind and count how often the verdict is right.')
    .option('--companies <n>', 'companies of each kind', wholeNumber(1), 100)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber(1), 1)
    .addOption(new Option('--kind <name>', 'one kind only (default: all)').choices(STUDY_KINDS))
    .option('--fresh-rows <n>', "rows to measure a model's own AUC on", wholeNumber(1), 200_000)
    .option('--replicates <n>', 'bootstrap draws', wholeNumber(1), 2000),
  replay: program
    .command('replay')
    .description('Compare the policy replay with the same company simulated under each of the two lists.')
    .option('--companies <n>', 'companies', wholeNumber(1), 20)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber(1), 1)
    .option('--accounts <n>', 'accounts of a company; training needs about 1,000', wholeNumber(1), 2000)
    .option('--capacity-per-month <n>', 'new accounts on a list each month', wholeNumber(1), 25)
    .option('--json <file>', 'write all figures to this file'),
  holdout: program
    .command('holdout')
    .description('Measure how often the interval of the holdout covers the true effect of being listed.')
    .option('--companies <n>', 'companies', wholeNumber(1), 100)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber(1), 1)
    .option('--accounts <n>', 'accounts a company', wholeNumber(1), 600),
  hysteresis: program
    .command('hysteresis')
    .description('Compare how often accounts enter and leave the list under a policy and under one threshold.')
    .option('--companies <n>', 'companies', wholeNumber(1), 1)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber(1), 1)
    .option('--accounts <n>', 'accounts a company', wholeNumber(1), 2000)
    .option(
      '--share <share>',
      'the share of accounts at or above the threshold on the first day',
      share({ zero: true, one: true }),
      0.08,
    )
    .option('--grid', 'also evaluate many other policies'),
  levels: program
    .command('levels')
    .description('Compare stated probabilities with the true ones, of companies by another process than the simulator.')
    .option('--companies <n>', 'companies', wholeNumber(1), 20)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber(1), 1)
    .option('--accounts <n>', 'accounts of a company; training needs about 600', wholeNumber(1), 2400)
    .option('--outbound-share <share>', 'openings that sales began, of all', share({ one: true }), 0)
    .option('--outbound-odds <n>', 'odds of winning those over the odds of others', positiveNumber, 1)
    .option('--newest-year-odds <n>', 'odds of winning in the last year over those before', positiveNumber, 1)
    .option('--results <file>', 'keep the figures of each company there, and go on from it when run again'),
}
studies.verdict.action((options) => runScript(() => studyVerdicts(options)))
studies.replay.action((options) => runScript(() => studyReplay(options)))
studies.hysteresis.action((options) => runScript(async () => studyHysteresis(options)))
studies.holdout.action((options) => runScript(async () => studyHoldout(options)))
studies.levels.action((options) => runScript(() => studyLevels(options)))
await program.parseAsync()
