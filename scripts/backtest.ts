// Proves a trained version on the company's own history, or fails to. `npm run backtest -- --help`.
import '../src/node-version.ts'
import { writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { loadConfig } from '../src/config.ts'
import type { BacktestResult } from '../src/core/backtest/result.ts'
import type { BacktestOptions } from '../src/core/backtest/types.ts'
import { AppError } from '../src/errors.ts'
import { backtest, loadMqlRule } from '../src/jobs/backtest.ts'
import { loadModel } from '../src/jobs/champion.ts'
import { insertBacktest } from '../src/store/backtests.ts'
import { listModelVersions } from '../src/store/models.ts'
import { withDatabase } from '../src/store/with-database.ts'
import { renderBacktestReport } from '../src/web/backtest-report.ts'
import { reportInputOf } from '../src/web/report-input.ts'
import { progressLines, runScript } from './cli.ts'

interface Options {
  readonly specification: string
  readonly capacityPerMonth: number
  readonly threshold: number
  readonly targetWinRate?: number
  readonly costRatio?: number
  readonly replicates: number
  readonly json?: string
  readonly html?: string
}

const command = new Command('backtest')
  .description('Walk forward through the history a version learned from, and say whether it is proven.')
  .argument('[version]', 'default: the newest')
  .option('--specification <folder>', 'folder with mql-points.json', 'models')
  .option('--capacity-per-month <n>', 'new accounts the team can work in a month', number, 50)
  .option('--threshold <p>', 'qualified probability at which the model lists an account by itself', number, 0.05)
  .option('--target-win-rate <share>', 'choose the bar so that at least this share above it is won', number)
  .option('--cost-ratio <x>', 'choose the bar: cost of working in vain over cost of missing a win', number)
  .option('--replicates <n>', 'bootstrap draws', number, 2000)
  .option('--json <file>', 'write all figures to this file')
  .option('--html <file>', 'write the report to this file')
  .parse()
const options = command.opts<Options>()

await runScript(async () => {
  const config = loadConfig(process.env).database
  const result = await withDatabase(
    { ...config, statementTimeoutMs: config.trainingStatementTimeoutMs },
    async ({ db }) => {
      const version = command.args[0] ?? (await listModelVersions(db)).at(-1)
      if (version === undefined)
        throw new AppError('ModelNotFound', 'no version has been trained yet: run `npm run train`')
      const rule = await loadMqlRule(db, options.specification)
      const found = await backtest(db, await loadModel(db, version), rule, settingsOf(options), progressLines('steps'))
      await insertBacktest(db, version, found)
      return found
    },
  )
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`)
  if (options.html !== undefined) writeFileSync(options.html, await renderBacktestReport(reportInputOf(result)))
  console.log(summaryOf(result))
})

function settingsOf({ capacityPerMonth, threshold, replicates, targetWinRate, costRatio }: Options) {
  const objective: BacktestOptions['objective'] =
    targetWinRate !== undefined
      ? { kind: 'win_rate', target: targetWinRate }
      : costRatio !== undefined
        ? { kind: 'cost', falsePositive: costRatio, falseNegative: 1 }
        : { kind: 'capacity', capacity: { perMonth: capacityPerMonth } }
  return { capacityPerMonth, threshold, replicates, objective }
}

function summaryOf(result: BacktestResult): string {
  const lines = result.reasons.map(
    ({ passed, sentence, condition }) => `  ${passed ? 'ok ' : 'NO '} ${condition}: ${sentence}`,
  )
  const leaks = result.leakage.map(({ severity, evidence, remedy }) => `  ${severity}: ${evidence} ${remedy}`)
  const replay = result.policy_replay
  return [
    `${result.version}: ${result.verdict.replace('_', ' ')}`,
    ...lines,
    ...(leaks.length > 0 ? ['Leakage:', ...leaks] : []),
    ...(replay ? ['Policy replay:', `  the model: ${replay.model.sentence}`] : []),
    ...(replay?.rule ? [`  the rule:  ${replay.rule.sentence}`, `  ${replay.caution}`] : []),
  ].join('\n')
}

function number(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError(`must be a positive number, got "${text}"`)
}
