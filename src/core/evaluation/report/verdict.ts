import type { BackfilledColumn } from '../backtest/scorers/backfilled.ts'
import type { LeakageFinding } from '../leakage/finding.ts'
import type { Verdict } from '../registry/proof.ts'
import type { Interval } from '../../statistics/bootstrap.ts'
import type { EVALUATIONS, CONDITIONS, Limit } from './report.ts'

/** How a scorer did, alone and against the baselines on the same rows. A difference is the scorer's less the baseline's. */
export interface Gains {
  readonly calibrationSlope: Interval
  readonly observedExpected: Interval
  readonly rocAuc: Interval
  readonly logLossLessBaseRate: Interval
  /** Null where the data hold no MQL points. */
  readonly logLossLessMqlPoints: Interval | null
  readonly logLossLessNaiveBayes: Interval | null
}

export interface Evidence {
  readonly model: Gains
  readonly newest: { readonly calibrationSlope: Interval; readonly observedExpected: Interval }
  /** Null where nothing was backfilled, or where no model could be trained without it. */
  readonly withoutBackfilled: Gains | null
  readonly backfilled: readonly BackfilledColumn[]
  /** Folds without a model, and why. */
  readonly failures: readonly { readonly split: string; readonly kind: string; readonly sentence: string }[]
  /** Required baselines that the data allow and that could not be compared. */
  readonly baselinesMissing: readonly { readonly scorer: string; readonly reason: string }[]
  readonly leakage: readonly LeakageFinding[]
}

export type Condition = (typeof CONDITIONS)[number]
type Evaluation = (typeof EVALUATIONS)[number]

/** One condition of the verdict and whether it holds. */
export interface VerdictReason {
  readonly condition: Condition
  readonly evaluation: Evaluation
  readonly passed: boolean
  readonly figure: Interval | null
  readonly limit: Limit | null
  readonly counts: Readonly<Record<string, number>>
  readonly sentence: string
}

const RATIO = { low: 0.8, high: 1.25 }
const NAIVE_BAYES_MARGIN = 0.01

/**
 * Proven only when every condition holds. Calibration fails when its interval excludes 0.8 to 1.25. A gain fails unless its
 * interval excludes 0: the burden of proof is the model's.
 */
export function verdictOf(evidence: Evidence): {
  readonly verdict: Exclude<Verdict, 'refused'>
  readonly reasons: readonly VerdictReason[]
} {
  const { model, newest, failures, baselinesMissing, leakage } = evidence
  const critical = leakage.filter((finding) => finding.severity === 'critical')
  const reasons = [
    ...gainReasons(model, 'all_folds', ''),
    near('observed_expected', newest.observedExpected, 'newest_fold', 'observed/expected ratio of the newest fold'),
    near('calibration_slope', newest.calibrationSlope, 'newest_fold', 'calibration slope of the newest fold'),
    model.logLossLessNaiveBayes
      ? below('log_loss_naive_bayes', model.logLossLessNaiveBayes, NAIVE_BAYES_MARGIN, 'naive Bayes')
      : reason('log_loss_naive_bayes', true, 'naive Bayes was not run'),
    reason(
      'baselines_compared',
      baselinesMissing.length === 0,
      baselinesMissing.length === 0
        ? 'the model was compared with every required baseline that the data allow'
        : baselinesMissing.map((missing) => `no comparison with ${missing.scorer}: ${missing.reason}`).join('; '),
    ),
    ...withoutBackfilledReasons(evidence),
    reason(
      'not_separated',
      failures.length === 0,
      failures.length === 0
        ? 'every fold has a model, and no feature separates the outcomes'
        : failures.map(({ split, sentence }) => `fold ${split}: ${sentence}`).join('; '),
    ),
    reason(
      'no_critical_leak',
      critical.length === 0,
      critical.length === 0
        ? `${leakage.length} findings of the leakage audit, none critical`
        : critical.map(({ column, evidence: found }) => `${column}: ${found}`).join('; '),
    ),
  ]
  return { verdict: reasons.every(({ passed }) => passed) ? 'proven' : 'not_proven', reasons }
}

/** A condition that is not a limit on a figure. */
export function reason(
  condition: Condition,
  passed: boolean,
  sentence: string,
  counts: VerdictReason['counts'] = {},
): VerdictReason {
  return { condition, evaluation: 'all_folds', passed, figure: null, limit: null, counts, sentence }
}

function gainReasons(gains: Gains, evaluation: Evaluation, whenFailed: string): readonly VerdictReason[] {
  const reasons = [
    near('calibration_slope', gains.calibrationSlope, evaluation, 'calibration slope'),
    near('observed_expected', gains.observedExpected, evaluation, 'observed/expected ratio'),
    {
      ...reason('roc_auc', gains.rocAuc.low > 0.5, `ROC AUC: ${shown(gains.rocAuc)}`),
      figure: gains.rocAuc,
      limit: { interval: 'above', low: 0.5, high: null },
    } satisfies VerdictReason,
    below('log_loss_base_rate', gains.logLossLessBaseRate, 0, 'the base rate'),
    gains.logLossLessMqlPoints
      ? below('log_loss_mql_points', gains.logLossLessMqlPoints, 0, 'MQL points')
      : reason('log_loss_mql_points', true, 'no comparison with MQL points: the data hold none'),
  ]
  return reasons.map((one) => ({
    ...one,
    evaluation,
    sentence: one.passed ? one.sentence : `${whenFailed}${one.sentence}`,
  }))
}

function withoutBackfilledReasons({ withoutBackfilled, backfilled }: Evidence): readonly VerdictReason[] {
  const names = namesOf(backfilled)
  if (withoutBackfilled) return gainReasons(withoutBackfilled, 'without_backfilled', `without backfilled ${names}: `)
  if (backfilled.length === 0) return [reason('without_backfilled', true, 'no feature holds a backfilled fact')]
  return [reason('without_backfilled', false, `without backfilled ${names} no model could be trained`)]
}

function near(condition: Condition, figure: Interval, evaluation: Evaluation, what: string): VerdictReason {
  const passed = figure.low <= RATIO.high && figure.high >= RATIO.low
  const limit = { interval: 'overlaps', ...RATIO } as const
  return { ...reason(condition, passed, `${what}: ${shown(figure)}`), evaluation, figure, limit }
}

function below(condition: Condition, figure: Interval, limit: number, baseline: string): VerdictReason {
  const sentence = `Δ log loss vs. ${baseline}: ${shown(figure)}`
  return {
    ...reason(condition, figure.high < limit, sentence),
    figure,
    limit: { interval: 'below', low: null, high: limit },
  }
}

function shown({ value, low, high }: Interval): string {
  if (Number.isNaN(value) || Number.isNaN(low)) return 'not defined on these rows'
  return `${value.toFixed(3)} (95% interval ${low.toFixed(3)} to ${high.toFixed(3)})`
}

function namesOf(backfilled: readonly BackfilledColumn[]): string {
  const names = backfilled.toSorted((a, b) => b.share - a.share || (a.column < b.column ? -1 : 1))
  const first = names.slice(0, 5).map(({ column }) => column)
  return names.length > 5 ? `${first.join(', ')} and ${names.length - 5} more` : first.join(', ')
}
