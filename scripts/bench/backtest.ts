import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { SCOPES } from '../../src/core/access/scopes.ts'
import { planBacktest } from '../../src/core/evaluation/backtest/run-backtest.ts'
import { runFold } from '../../src/core/evaluation/backtest/folds/run-fold.ts'
import { SCORER_NAMES } from '../../src/core/evaluation/backtest/scorer-names.ts'
import type { BacktestData } from '../../src/core/evaluation/backtest/types.ts'
import { problemFor } from '../../src/core/training/logistic/validation/cross-validate.ts'
import { fitEncoder } from '../../src/core/training/logistic/encoder/fit-encoder.ts'
import { fitLogistic } from '../../src/core/training/logistic/solver/newton.ts'
import { loadMqlRule } from '../../src/jobs/evaluation/backtest.ts'
import { readBacktestHistory } from '../../src/jobs/evaluation/backtest-data.ts'
import { trainingOptions } from '../../src/jobs/training/train.ts'
import type { LoadedModel, ModelName } from '../../src/core/scoring/artifact/model-artifact.ts'
import { createApiKey } from '../../src/store/access/api-keys.ts'
import type { OpenDatabase } from '../../src/store/database/database.ts'
import { listCohortAccounts } from '../../src/store/features/opportunity-histories.ts'
import { withOwnDatabase } from '../../src/store/database/scratch-database.ts'
import { type BenchContext, type Benchmark, type Figure, quantile, type Result, secondsOf } from './benchmark.ts'
import { AS_OF, createCompany, simulateOpportunities } from './company.ts'
import type { Route } from './http/load.ts'
import { pacedLatencies } from './http/paced-load.ts'
import { addressOf, startProcess, stopProcess } from './process.ts'
import type { Size } from './size.ts'

const OPPORTUNITIES = { smoke: 1_000, small: 2_000, full: 20_000 } as const
const FOLDS = { smoke: 4, small: 12, full: 12 } as const
const DRAWS = { smoke: 20, small: 2_000, full: 2_000 } as const
const ROUNDS = { smoke: 1, small: 3, full: 3 } as const
const PER_SECOND = 20
const LOAD_SECONDS = { smoke: 1, small: 10, full: 45 } as const
const ACCOUNTS_ASKED = 200
const MODELS = path.resolve(import.meta.dirname, '../../models')
const CHILD = path.join(import.meta.dirname, 'child', 'backtest.ts')

export const backtestBenchmark: Benchmark = {
  name: 'backtest',
  title: 'A full backtest, beside one fit of the in-market model on all its rows',
  run: async (context: BenchContext): Promise<Result> => {
    const opportunities = OPPORTUNITIES[context.size]
    return await withOwnDatabase(context.database, 'winrate_bench_backtest', async (database) => {
      context.progress(`a company of ${opportunities} opportunities`)
      const files = path.join(context.folder, 'backtest-company')
      await simulateOpportunities(files, opportunities)
      const company = await createCompany(database, files)
      context.progress('training')
      const model = await company.champion()
      const { win: rows, inMarket: accountMonths } = await readRows(database, model)
      const fitSeconds = await fitOnce(accountMonths, context.size)
      context.progress('by scorer')
      const scorers = await secondsByScorer(rows, model, context.size)
      context.progress('the backtest')
      const whole = await runBacktest(context, database.url, model.version)
      context.progress('answers beside a backtest')
      const answers = await latenciesBeside(context, database, model.version)
      const reference = { name: 'one fit', value: fitSeconds }
      return {
        figures: [
          { name: 'whole', value: whole.seconds, unit: 's', reference },
          ...whole.parts.map(({ name, seconds }) => ({ name, value: seconds, unit: 's', reference })),
          { name: 'processor time of the process', value: whole.cpuSeconds, unit: 's', reference },
          { name: 'peak memory', value: whole.peakMiB, unit: 'MiB' },
          ...answers,
        ],
        notes: [
          `${rows.rows.length.toLocaleString('en-US')} opportunities and ${accountMonths.rows.length.toLocaleString('en-US')} account-months to learn from; at most ${FOLDS[context.size]} folds, 9 penalties, 5 inner folds, every scorer, ${DRAWS[context.size].toLocaleString('en-US')} draws. The fit is that of the in-market model on all these account-months at one penalty, median of ${ROUNDS[context.size]}.`,
          `Verdict: ${whole.verdict}.${whole.failed.length > 0 ? ` Did not hold: ${whole.failed.join(', ')}.` : ''}`,
          `One fold of the win model by scorer, one thread: ${scorers.map(({ name, seconds }) => `${name} ${seconds.toFixed(2)} s`).join(', ')}.`,
          `Answers: GET /v1/accounts/{id}/score, ${PER_SECOND} a second for ${LOAD_SECONDS[context.size]} s, timed from when each was due; first idle, then with a backtest in a child process at low priority. Client, service, PostgreSQL and the backtest share the cores.`,
        ],
      }
    })
  },
}

async function readRows({ db }: OpenDatabase, model: LoadedModel) {
  const rule = await loadMqlRule(db, MODELS)
  const { sources } = await readBacktestHistory(db, model, rule, AS_OF, () => undefined)
  if (!sources.win || !sources.in_market) throw new Error('models/ has no win model or no in-market model')
  return { win: sources.win.data, inMarket: sources.in_market.data }
}

function specificationOf({ artifact }: LoadedModel, name: ModelName) {
  const found = artifact.specification.models.find(({ model }) => model === name)
  if (!found) throw new Error(`models/ has no ${name} model`)
  return found
}

async function fitOnce({ columns, rows }: BacktestData, size: Size): Promise<number> {
  const encoder = fitEncoder(
    columns,
    rows.map((row) => row.values),
  )
  const problem = problemFor(rows, encoder)
  const signs = encoder.columns.map((column) => column.sign)
  const seconds: number[] = []
  for (let round = 0; round < ROUNDS[size]; round += 1)
    seconds.push(await secondsOf(() => fitLogistic(problem, { l2Penalty: 100, signs })))
  return quantile(seconds, 0.5)
}

/** Of the newest fold: the time of each scorer beyond that of the model. */
async function secondsByScorer(data: BacktestData, model: LoadedModel, size: Size) {
  const { labelWindowDays: _, seed, ...training } = trainingOptions(specificationOf(model, 'win'))
  const planned = planBacktest(data, { seed, training, maxFolds: FOLDS[size], penaltySensitivity: false })
  const newest = planned.kind === 'planned' ? planned.tasks.at(-1) : undefined
  if (!newest) throw new Error('the backtest was refused')
  const alone = await secondsOf(() => runFold({ ...newest, options: { ...newest.options, scorers: [] } }))
  const found = [{ name: 'model', seconds: alone }]
  for (const name of SCORER_NAMES) {
    const seconds = await secondsOf(() => runFold({ ...newest, options: { ...newest.options, scorers: [name] } }))
    if (seconds - alone > 0.02 * alone) found.push({ name, seconds: seconds - alone })
  }
  return found
}

interface WholeBacktest {
  readonly seconds: number
  readonly parts: readonly { readonly name: string; readonly seconds: number }[]
  readonly verdict: string
  readonly failed: readonly string[]
  readonly cpuSeconds: number
  readonly peakMiB: number
}

type Line =
  | { readonly step: string; readonly seconds: number }
  | {
      readonly verdict: string
      readonly reasons: readonly { readonly condition: string; readonly passed: boolean }[]
      readonly cpuSeconds: number
      readonly peakMiB: number
    }

async function runBacktest(context: BenchContext, url: string, version: string): Promise<WholeBacktest> {
  const child = startBacktest(context, url, version)
  const exited = once(child, 'close')
  const parts = new Map<string, number>()
  let outcome: Exclude<Line, { readonly step: string }> | undefined
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line
    if (!('step' in line)) outcome = line
    else parts.set(partOf(line.step), (parts.get(partOf(line.step)) ?? 0) + line.seconds)
  }
  const [code] = await exited
  if (!outcome) throw new Error(`the backtest ended with ${code}`)
  const { verdict, reasons, cpuSeconds, peakMiB } = outcome
  const seconds = [...parts.values()].reduce((sum, part) => sum + part, 0)
  return {
    seconds,
    parts: [...parts].map(([name, own]) => ({ name, seconds: own })),
    verdict,
    failed: reasons.filter(({ passed }) => !passed).map(({ condition }) => condition),
    cpuSeconds,
    peakMiB,
  }
}

/** A step that is named after a model alone reads its examples. */
function partOf(step: string): string {
  return /^(?:win|in_market)$/.test(step) ? `reading: ${step}` : step
}

function startBacktest({ size }: BenchContext, url: string, version: string, ...priority: readonly 'low'[]) {
  const args = [CHILD, url, version, String(FOLDS[size]), String(DRAWS[size]), ...priority]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function latenciesBeside(
  context: BenchContext,
  database: OpenDatabase,
  version: string,
): Promise<readonly Figure[]> {
  const { key } = await createApiKey(database.db, { scopes: SCOPES, actor: 'bench' })
  const accounts = (await listCohortAccounts(database.db, AS_OF)).slice(0, ACCOUNTS_ASKED)
  const service = startProcess('src/main.ts', { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' })
  try {
    const base = await addressOf(service)
    const routes = accounts.map(({ accountId }): Route => {
      return { url: new URL(`/v1/accounts/${accountId}/score`, base), headers: { authorization: `Bearer ${key}` } }
    })
    const measure = () => pacedLatencies(routes, PER_SECOND, LOAD_SECONDS[context.size])
    await pacedLatencies(routes, PER_SECOND, 3)
    const idle = await measure()
    const child = startBacktest(context, database.url, version, 'low')
    child.stdout.resume()
    const busy = await measure().finally(() => stopProcess(child))
    const [idleP99, busyP99] = [quantile(idle, 0.99), quantile(busy, 0.99)]
    const limit = Math.max(2 * idleP99, idleP99 + 20)
    return [
      beside('an answer beside it, median', quantile(busy, 0.5), quantile(idle, 0.5)),
      { ...beside('an answer beside it, 99% below', busyP99, idleP99), goal: { at: 'most', limit: limit / idleP99 } },
    ]
  } finally {
    await stopProcess(service)
  }
}

function beside(name: string, value: number, idle: number): Figure {
  return { name, value, unit: 'ms', reference: { name: 'idle', value: idle } }
}
