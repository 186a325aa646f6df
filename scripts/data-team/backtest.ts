// Evaluates a trained version on the company's own history. `npx winrate backtest --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { type BacktestProof, championNote } from '../../src/core/evaluation/report/backtest-proof.ts'
import type { BacktestOptions } from '../../src/core/evaluation/backtest/types.ts'
import { AppError } from '../../src/errors.ts'
import { backtest, loadMqlRule, storeBacktest } from '../../src/jobs/evaluation/backtest.ts'
import { loadModel } from '../../src/jobs/registry/champion.ts'
import { listModelVersions } from '../../src/store/registry/models.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { renderBacktestReport } from '../../src/web/backtest-report.ts'
import { reportInputOf } from '../../src/web/report-input.ts'
import { positiveNumber, share, specificationOption, wholeNumber } from '../arguments.ts'
import { progressLines, runScript } from '../cli.ts'
import { reportFile, writeJson } from '../report-file.ts'
import { percent } from '../../src/core/base/percent.ts'

interface Options {
  readonly specification: string
  readonly capacityPerMonth: number
  readonly targetWinRate?: number
  readonly costRatio?: number
  readonly replicates: number
  readonly json?: string
  readonly html?: string
}

const command = new Command('winrate backtest')
  .description(
    'Evaluate a version by walking forward through its own training history, and decide whether it is proven.',
  )
  .argument('[version]', 'default: the newest')
  .addOption(specificationOption('mql-points.json'))
  .option(
    '--capacity-per-month <n>',
    'new accounts that the team can work in a month; sets the threshold unless one of the next two options does',
    positiveNumber,
    50,
  )
  .option(
    '--target-win-rate <share>',
    'set the threshold so that this share of the accounts listed later won',
    share({ zero: true, one: true }),
  )
  .option(
    '--cost-ratio <x>',
    'set the threshold by the cost of working an account in vain over the cost of missing a win',
    positiveNumber,
  )
  .option('--replicates <n>', 'bootstrap draws', wholeNumber(1), 2000)
  .option('--json <file>', 'write all figures to this file')
  .option('--html <file>', 'write the report to this file')
  .parse()
const options = command.opts<Options>()

await runScript(async () => {
  const json = await reportFile('--json', options.json, /^\{\s*"format": "winrate-backtest\//, [options.html])
  const html = await reportFile('--html', options.html, /^<!doctype html>[^]*<title>Winrate backtest, /)
  const config = loadConfig(process.env).database
  const result = await withDatabase(withTrainingTimeout(config), async ({ db }) => {
    const version = command.args[0] ?? (await listModelVersions(db)).at(-1)
    if (version === undefined)
      throw new AppError('ModelNotFound', 'no version has been trained yet: run `npx winrate train`')
    const rule = await loadMqlRule(db, options.specification)
    const found = await backtest(db, await loadModel(db, version), rule, settingsOf(options), progressLines('steps'))
    const page = await renderBacktestReport(reportInputOf(found))
    await storeBacktest(db, found, page)
    return { ...found, page }
  })
  const { page, ...figures } = result
  await writeJson(json, figures)
  await html.write(page)
  console.log(summaryOf(figures))
})

function settingsOf({ capacityPerMonth, replicates, targetWinRate, costRatio }: Options) {
  if (targetWinRate !== undefined && costRatio !== undefined)
    throw new AppError(
      'OptionInvalid',
      'a threshold has one objective: give --target-win-rate or --cost-ratio, not both',
    )
  const objective: BacktestOptions['objective'] =
    targetWinRate !== undefined
      ? { kind: 'win_rate', target: targetWinRate }
      : costRatio !== undefined
        ? { kind: 'cost', falsePositive: costRatio, falseNegative: 1 }
        : { kind: 'capacity', capacity: { perMonth: capacityPerMonth } }
  return { capacityPerMonth, replicates, objective }
}

function summaryOf(result: BacktestProof): string {
  const reports = result.in_market ? [result.win, result.in_market] : [result.win]
  const lines = reports.flatMap(({ model, reasons }) =>
    reasons.map(({ passed, sentence }) => `  ${passed ? 'passed' : 'FAILED'}  ${model}: ${sentence}`),
  )
  const leaks = reports.flatMap(({ model, leakage }) =>
    leakage.map(({ severity, evidence, remedy }) => `  ${severity}: ${model}: ${evidence} Remedy: ${remedy}.`),
  )
  const replay = result.policy_replay
  return [
    `${result.version}: ${result.verdict.replace('_', ' ')}`,
    ...(result.limits ?? []).map((limit) => `  ${limit}`),
    ...lines,
    ...(leaks.length > 0 ? ['Leakage:', ...leaks] : []),
    ...(replay ? ['Policy replay:', `  model: ${replay.model.sentence}`] : []),
    ...(replay?.rule ? [`  MQL rule: ${replay.rule.sentence}`, `  ${replay.caution}`] : []),
    ...policyLines(result),
    ...(result.champion ? [`Champion: ${championNote(result.champion)}.`] : []),
  ].join('\n')
}

function policyLines({ policy }: BacktestProof): readonly string[] {
  if (!policy) return ['Policy: none. There are no past months to replay.']
  const { policy: chosen, pooled } = policy
  const { value, low, high } = pooled.won_share
  return [
    'Policy, stored with the version:',
    `  threshold on the qualified probability: ${chosen.enter === null ? 'none' : percent(chosen.enter)}; ${chosen.basis.enter}`,
    value === null
      ? '  thresholds chosen this way: no later quarter yet to evaluate them on'
      : `  thresholds chosen this way, in the quarters that followed: ${pooled.entries_per_month.toFixed(1)} new accounts a month, of which ${percent(value)} won (95% interval ${percent(low)} to ${percent(high)})`,
    `  stages: ${chosen.stages.map(({ stage, from }) => `${stage} from ${percent(from)}`).join(', ') || 'none'}; ${chosen.basis.stages}`,
  ]
}
