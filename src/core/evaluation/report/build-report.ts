import { compareAuc, deLong } from '../../statistics/delong.ts'
import { NO_POINTS } from '../backtest/scorers/scorers.ts'
import { backfilledColumns } from '../backtest/scorers/backfilled.ts'
import { countClusters, type Interval } from '../../statistics/bootstrap.ts'
import { calibrationNoise } from '../backtest/measures/noise-floor.ts'
import { rounded } from './canonical.ts'
import { CURVE_SCORERS, type FurtherStatistics, sliceName } from '../backtest/measures/secondary-analyses.ts'
import { scorerMetrics, coveredRows, type Measured, shownInterval, where } from '../backtest/measures/measure.ts'
import {
  type EstimatedShare,
  estimateShare,
  joinShares,
  prepareMeasurements,
} from '../backtest/measures/measurements.ts'
import { coefficientsOf, rocPoints } from './model-report.ts'
import type { Pool } from '../backtest/folds/pool.ts'
import { blankReport, reportReasons } from './empty-report.ts'
import type { BacktestReport } from './report.ts'
import type { FoldResult } from '../backtest/folds/run-fold.ts'
import { GAIN_SHARES } from '../backtest/measures/statistics.ts'
import { REQUIRED_BASELINES, type ScorerName } from '../backtest/scorer-names.ts'
import { type BacktestData, type BacktestOptions, DEFAULT_REPLICATES } from '../backtest/types.ts'
import { type Evidence, type Gains, reason, verdictOf } from './verdict.ts'
import { NORMAL_95 } from '../../statistics/normal-quantiles.ts'

/**
 * Makes the report of the folds' results.
 *
 * @param data in canonical order
 * @param results in the order of the folds
 * @param shares all bootstrap estimates; computed here when absent
 */
export function assembleReport(
  data: BacktestData,
  options: BacktestOptions,
  results: readonly FoldResult[],
  shares?: readonly EstimatedShare[],
): BacktestReport {
  const { seed = 1, replicates = DEFAULT_REPLICATES } = options
  const prepared = prepareMeasurements(data, options, results)
  const failures = results.flatMap(({ fold, failure }) =>
    failure ? [{ split: fold.split.slice(0, 10), ...failure }] : [],
  )
  const blank = blankReport(data, options)
  if (!prepared.measured) return { ...blank, verdict: 'refused', reasons: reportReasons([refusal(failures)]) }

  const { pool } = prepared
  const { thresholds, stages, further, others } = prepared.measured
  const given = options.given?.model !== undefined
  const joined = joinShares(shares ?? [estimateShare(prepared)])
  const measured = joined.overall
  const perFold = prepared.measured.perFold.map((fold, index) => ({ ...fold, measured: joined.perFold[index]! }))
  const newest = perFold.at(-1)!
  const backfilled = backfilledColumns(data.columns, data.rows)
  const evidence: Evidence = {
    model: gainsOf(pool, measured, 'model'),
    newest: {
      calibrationSlope: newest.measured.metric('model', 'calibration_slope'),
      observedExpected: newest.measured.metric('model', 'observed_expected'),
    },
    withoutBackfilled:
      backfilled.length > 0 && pool.scorers.has('without_backfilled')
        ? gainsOf(pool, measured, 'without_backfilled')
        : null,
    backfilled,
    failures: given ? [] : failures,
    baselinesMissing: [...pool.unavailable].flatMap(([scorer, reason]) =>
      REQUIRED_BASELINES.some((name) => name === scorer) && reason !== NO_POINTS ? [{ scorer, reason }] : [],
    ),
    leakage: options.leakage ?? [],
  }
  const { verdict, reasons } = verdictOf(evidence)
  const noise = calibrationNoise(
    pool.rows.map((row, index) => ({
      ...row,
      probability: pool.scorers.get('model')![index]!,
      copies: pool.sample.weights[index]! / row.weight,
    })),
    data.labelWindowDays,
    seed,
  )
  return {
    ...blank,
    verdict,
    reasons: reportReasons(reasons),
    resampling: {
      replicates,
      accounts: countClusters(pool.sample.clusters),
    },
    folds: results.map((result) => {
      const own = perFold.find((one) => one.result === result)
      return {
        ...foldFacts(data, result),
        ...(own ? comparisons(own.pool, own.measured) : { scorers: {}, differences: {} }),
      }
    }),
    ...comparisons(pool, measured),
    unavailable_scorers: Object.fromEntries(pool.unavailable),
    delong: deLongCheck(pool, others),
    calibration_noise: {
      ece: rounded(noise.ece),
      mean_of_perfect: rounded(noise.meanOfPerfect),
      p95_of_perfect: rounded(noise.p95OfPerfect),
      within_noise: noise.ece <= noise.p95OfPerfect,
    },
    calibration_curve: noise.bins.map((bin) => ({
      weight: rounded(bin.weight) ?? 0,
      lowest: rounded(bin.lowest) ?? 0,
      highest: rounded(bin.highest) ?? 0,
      mean_probability: rounded(bin.meanProbability) ?? 0,
      won_rate: rounded(bin.wonRate) ?? 0,
      low: rounded(bin.low) ?? 0,
      high: rounded(bin.high) ?? 0,
    })),
    roc_curve: curves(pool, (own) => rocPoints(pool, own)),
    gain_curve: curves(pool, (_, name) => gainCurve(measured, name)),
    thresholds: thresholds.finish(measured),
    stages: stages?.finish(measured) ?? null,
    ...furtherSections(further, measured),
    coefficients: coefficientsOf(pool),
    backfilled: backfilled.map(({ column, share }) => ({ column, share: rounded(share) ?? 0 })),
  }
}

function gainsOf(pool: Pool, measured: Measured, name: ScorerName): Gains {
  const less = (baseline: ScorerName) =>
    pool.scorers.has(baseline) ? measured.difference(name, baseline, 'log_loss') : null
  return {
    calibrationSlope: measured.metric(name, 'calibration_slope'),
    observedExpected: measured.metric(name, 'observed_expected'),
    rocAuc: measured.metric(name, 'roc_auc'),
    logLossLessBaseRate: less('base_rate')!,
    logLossLessMqlPoints: less('mql_points'),
    logLossLessNaiveBayes: less('naive_bayes'),
  }
}

function comparisons(pool: Pool, measured: Measured): Pick<BacktestReport, 'scorers' | 'differences'> {
  const model = pool.scorers.get('model')!
  const scorers = [...pool.scorers].map(([name, own]) => [name, scorerMetrics(pool.sample, measured, name, own)])
  const differences = [...pool.scorers].flatMap(([name, own]) => {
    if (name === 'model') return []
    const less = (metric: 'log_loss' | 'brier' | 'roc_auc') => shownInterval(measured.difference('model', name, metric))
    const rows = coveredRows(where(own, model))
    return [[name, { rows, log_loss: less('log_loss'), brier: less('brier'), roc_auc: less('roc_auc') }]]
  })
  return { scorers: Object.fromEntries(scorers), differences: Object.fromEntries(differences) }
}

function foldFacts(data: BacktestData, { fold, model, bestFeature, failure }: FoldResult) {
  const won = (positions: Int32Array) => positions.filter((position) => data.rows[position]!.won).length
  return {
    index: fold.index,
    split: fold.split,
    end: fold.end,
    months: fold.months,
    train_rows: fold.train.length,
    train_won: won(fold.train),
    test_rows: fold.test.length,
    test_won: won(fold.test),
    test_accounts: new Set(Array.from(fold.test, (position) => data.rows[position]!.id)).size,
    left_out: fold.leftOut,
    l2_penalty: model ? rounded(model.l2_penalty) : null,
    penalty_at_edge: model?.cross_validation.at_edge ?? null,
    calibration: model && {
      kind: model.calibration.kind,
      intercept: rounded(model.calibration.intercept) ?? 0,
      slope: rounded(model.calibration.slope) ?? 0,
    },
    best_single_feature: bestFeature,
    failure,
  }
}

function deLongCheck({ sample, scorers }: Pool, others: readonly ScorerName[]): BacktestReport['delong'] {
  const scored = (own: Float64Array, other: Float64Array) =>
    Array.from(own).flatMap((probability, row) =>
      Number.isNaN(probability) || Number.isNaN(other[row]!) ? [] : [{ probability, won: sample.won[row] === 1 }],
    )
  const model = scorers.get('model')!
  const { auc, variance } = deLong(scored(model, model))
  const differences = others.map((name) => {
    const other = scorers.get(name)!
    const compared = compareAuc(scored(model, other), scored(other, model))
    return [name, shownInterval(normal(compared.difference, compared.variance))]
  })
  return { roc_auc: shownInterval(normal(auc, variance)), differences: Object.fromEntries(differences) }
}

function normal(value: number, variance: number): Interval {
  const reach = NORMAL_95 * Math.sqrt(variance)
  return { value, low: value - reach, high: value + reach }
}

function curves<Curve>(
  { scorers }: Pool,
  curveOf: (own: Float64Array, name: ScorerName) => Curve,
): Record<string, Curve> {
  const drawn = CURVE_SCORERS.flatMap((name) => {
    const own = scorers.get(name)
    return own ? [[name, curveOf(own, name)] as const] : []
  })
  return Object.fromEntries(drawn)
}

function gainCurve(measured: Measured, name: ScorerName) {
  return GAIN_SHARES.map((share, position) => {
    const gain = measured.extra(`gain ${name}`, position)
    const lift = { value: gain.value / share, low: gain.low / share, high: gain.high / share }
    return { share, gain: shownInterval(gain), lift: shownInterval(lift) }
  })
}

function furtherSections(
  { slices, ages, penalties }: FurtherStatistics,
  measured: Measured,
): Pick<BacktestReport, 'slices' | 'model_age' | 'penalty_sensitivity'> {
  const shown = (name: string) => shownInterval(measured.extra(name))
  return {
    slices: slices.map((slice) => ({
      ...slice,
      roc_auc: shown(`auc ${sliceName(slice)}`),
      log_loss: shown(`log loss ${sliceName(slice)}`),
      log_loss_less_base_rate: shown(`difference ${sliceName(slice)}`),
      observed_expected: shown(`observed ${sliceName(slice)}`),
    })),
    model_age: ages.map(({ name, foldsOld, monthsOld, probabilities }) => ({
      folds_old: foldsOld,
      months_old: rounded(monthsOld) ?? 0,
      rows: coveredRows(probabilities),
      roc_auc: shown(`auc ${name}`),
      log_loss: shown(`log loss ${name}`),
      log_loss_less_fresh: shown(`difference ${name}`),
    })),
    penalty_sensitivity: penalties.map(({ name, multiplier, probabilities }) => ({
      multiplier: rounded(multiplier) ?? 0,
      rows: coveredRows(probabilities),
      roc_auc: shown(`auc ${name}`),
      log_loss: shown(`log loss ${name}`),
      log_loss_less_chosen: shown(`difference ${name}`),
    })),
  }
}

function refusal(failures: Evidence['failures']) {
  const condition = failures.some(({ kind }) => kind === 'separated') ? 'not_separated' : 'model_trained'
  const told = failures.map(({ split, sentence }) => `${split}: ${sentence}`).join('; ')
  return reason(condition, false, `no fold has a model: ${told}`)
}
