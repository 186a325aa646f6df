import type { ScorerName } from '../../core/evaluation/backtest/scorer-names.ts'
import { runBacktest } from '../../core/evaluation/backtest/run-backtest.ts'
import type { FoldResult } from '../../core/evaluation/backtest/folds/run-fold.ts'
import { predictRows } from '../../core/evaluation/backtest/scorers/scorer-training.ts'
import { rankRows, rocAucOf } from '../../core/statistics/ranking.ts'
import { applyModel, compileModel, type LogisticModel } from '../../core/training/logistic/logistic-model.ts'
import { createRandom } from '../../core/base/random.ts'
import { drawCompany, drawFeatures, drawWorld, type StudyKind, trueLogOdds, type World } from './worlds.ts'
import { sigmoid } from '../../core/statistics/sigmoid.ts'

/** One company to simulate and to judge: plain data, for a worker thread. */
export interface CompanyTask {
  readonly kind: StudyKind
  readonly seed: string
  /** Rows to measure the models' own AUC on; 200,000 in a full study. */
  readonly freshRows: number
  readonly replicates: number
}

export interface CompanyResult {
  readonly kind: StudyKind
  readonly seed: string
  readonly verdict: string
  /** Conditions that did not hold. */
  readonly failed: readonly string[]
  /** Only where there is a signal to be covered. */
  readonly coverage: {
    readonly auc: number
    readonly low: number
    readonly high: number
    /** Of the fold models, pooled as the backtest pools them, on fresh rows of the same world. */
    readonly ownAuc: number
    /** Share of fresh accounts whose true probability lies in its 90% interval. */
    readonly probabilitiesCovered: number
  } | null
}

/** What the verdict needs, and no more. */
const SCORERS: readonly ScorerName[] = ['mql_points', 'naive_bayes', 'without_backfilled']
const INTERVAL_ACCOUNTS = 1000
const CHUNK = 10_000
const NEWEST_MONTH = 47

export function evaluateCompany({ kind, seed, freshRows, replicates }: CompanyTask): CompanyResult {
  const world = drawWorld(kind, seed)
  const { report, folds } = runBacktest(drawCompany(world, seed), {
    scorers: SCORERS,
    penaltySensitivity: false,
    replicates,
    seed,
    dataSha256: 'not computed',
    ...(kind === 'real_signal' ? {} : { training: { penalties: [10, 100, 1000] } }),
  })
  const failed = report.reasons.filter((reason) => !reason.passed).map((reason) => reason.condition)
  const auc = report.scorers['model']?.roc_auc
  const newest = folds.at(-1)?.model
  const coverage =
    kind === 'real_signal' && auc && newest
      ? {
          auc: auc.value ?? NaN,
          low: auc.low ?? NaN,
          high: auc.high ?? NaN,
          ownAuc: ownAuc(world, folds, freshRows, seed),
          probabilitiesCovered: probabilitiesCovered(world, newest, seed),
        }
      : null
  return { kind, seed, verdict: report.verdict, failed, coverage }
}

/** What the interval is about: the AUC of these very models, each with its share of the rows, without chance. */
function ownAuc(world: World, folds: readonly FoldResult[], freshRows: number, seed: string): number {
  const random = createRandom(`fresh rows ${seed}`)
  const tested = folds.reduce((sum, { fold }) => sum + fold.test.length, 0)
  const scored = folds.flatMap(({ model, fold }) => {
    const rows = Math.round((freshRows * fold.test.length) / tested)
    return model ? freshPredictions(world, model, rows, random) : []
  })
  return rocAucOf(rankRows(scored))
}

function freshPredictions(world: World, model: LogisticModel, rows: number, random: ReturnType<typeof createRandom>) {
  const scored: { readonly probability: number; readonly won: boolean }[] = []
  for (let done = 0; done < rows; done += CHUNK) {
    const values = Array.from({ length: Math.min(CHUNK, rows - done) }, () => drawFeatures(world.featureCount, random))
    const probabilities = predictRows(model, values)
    values.forEach((own, index) => {
      const truth = trueLogOdds(world, own, NEWEST_MONTH)
      scored.push({ probability: probabilities[index]!, won: random.next() < sigmoid(truth) })
    })
  }
  return scored
}

function probabilitiesCovered(world: World, model: LogisticModel, seed: string): number {
  const random = createRandom(`fresh accounts ${seed}`)
  const compiled = compileModel(model)
  let covered = 0
  for (let account = 0; account < INTERVAL_ACCOUNTS; account += 1) {
    const values = drawFeatures(world.featureCount, random)
    const { low, high } = applyModel(compiled, values).interval90
    const truth = sigmoid(trueLogOdds(world, values, NEWEST_MONTH))
    if (low <= truth && truth <= high) covered += 1
  }
  return covered / INTERVAL_ACCOUNTS
}
