import type { BackfilledColumn } from '../backtest/scorers/backfilled.ts'
import type { Interval } from '../../statistics/bootstrap.ts'
import type { LeakageFinding } from '../backtest/types.ts'

/** How one scorer did against the others, on the same rows; log loss is the scorer's less the other's. */
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
  /** Null where nothing was backfilled, or where no model could be had without it. */
  readonly withoutBackfilled: Gains | null
  readonly backfilled: readonly BackfilledColumn[]
  /** Folds without a model, and why. */
  readonly failures: readonly { readonly split: string; readonly kind: string; readonly sentence: string }[]
  /** Simpler ways that there are data for, and that could not be tried all the same. */
  readonly baselinesMissing: readonly { readonly scorer: string; readonly reason: string }[]
  readonly leakage: readonly LeakageFinding[]
}

export interface Reason {
  readonly condition: string
  readonly passed: boolean
  readonly figure: Interval | null
  readonly limit: string
  readonly sentence: string
}

export interface Verdict {
  readonly verdict: 'proven' | 'not_proven'
  readonly reasons: readonly Reason[]
}

const LEAST_RATIO = 0.8
const LARGEST_RATIO = 1.25
const NAIVE_BAYES_MARGIN = 0.01

/**
 * Proven only when every condition holds. Calibration fails when its interval rules out 0.8 to 1.25; a gain fails unless
 * its interval rules out that there is none: the burden of proof lies with the model.
 */
export function judge(evidence: Evidence): Verdict {
  const { model, newest, failures, baselinesMissing, leakage } = evidence
  const critical = leakage.filter((finding) => finding.severity === 'critical')
  const reasons: Reason[] = [
    ...gainReasons(model, '', ''),
    near('newest_observed_expected', newest.observedExpected, 'outcomes per expected one in the newest fold'),
    near('newest_calibration_slope', newest.calibrationSlope, 'the calibration slope in the newest fold'),
    notWorse(model.logLossLessNaiveBayes),
    {
      condition: 'baselines_compared',
      passed: baselinesMissing.length === 0,
      figure: null,
      limit: 'every simpler way tried',
      sentence:
        baselinesMissing.length === 0
          ? 'every simpler way that there are data for was tried'
          : baselinesMissing.map(({ scorer, reason }) => `${scorer}: ${reason}`).join('; '),
    },
    ...withoutBackfilledReasons(evidence),
    {
      condition: 'not_separated',
      passed: failures.length === 0,
      figure: null,
      limit: 'a model in every fold',
      sentence:
        failures.length === 0
          ? 'every fold has a model, and none gives the outcome away'
          : failures.map(({ split, sentence }) => `fold ${split}: ${sentence}`).join('; '),
    },
    {
      condition: 'no_critical_leak',
      passed: critical.length === 0,
      figure: null,
      limit: 'no critical finding',
      sentence:
        critical.length === 0
          ? `${leakage.length} findings of the leakage audit, none critical`
          : critical.map(({ column, evidence: found }) => `${column}: ${found}`).join('; '),
    },
  ]
  return { verdict: reasons.every(({ passed }) => passed) ? 'proven' : 'not_proven', reasons }
}

function gainReasons(gains: Gains, prefix: string, whenFailed: string): readonly Reason[] {
  const reasons = [
    near('calibration_slope', gains.calibrationSlope, 'the calibration slope'),
    near('observed_expected', gains.observedExpected, 'outcomes per expected one'),
    {
      condition: 'roc_auc',
      passed: gains.rocAuc.low > 0.5,
      figure: gains.rocAuc,
      limit: 'lower end above 0.5',
      sentence: `ROC AUC ${shown(gains.rocAuc)}`,
    },
    better('log_loss_base_rate', gains.logLossLessBaseRate, 'the base rate'),
    gains.logLossLessMqlPoints
      ? better('log_loss_mql_points', gains.logLossLessMqlPoints, "the company's MQL points")
      : pass('log_loss_mql_points', 'upper end below 0', 'the data hold no MQL points: not compared with any'),
  ]
  return reasons.map((reason) => ({
    ...reason,
    condition: `${prefix}${reason.condition}`,
    sentence: reason.passed ? reason.sentence : `${whenFailed}${reason.sentence}`,
  }))
}

function withoutBackfilledReasons({ withoutBackfilled, backfilled }: Evidence): readonly Reason[] {
  const depends = `depends on backfilled ${namesOf(backfilled)}`
  if (withoutBackfilled) return gainReasons(withoutBackfilled, 'without_backfilled_', `${depends}: `)
  const [condition, limit] = ['without_backfilled', 'the same without backfilled facts']
  if (backfilled.length === 0) return [pass(condition, limit, 'no feature holds a backfilled fact')]
  return [{ condition, passed: false, figure: null, limit, sentence: `${depends}: there is no model without them` }]
}

function near(condition: string, figure: Interval, what: string): Reason {
  return {
    condition,
    passed: figure.low <= LARGEST_RATIO && figure.high >= LEAST_RATIO,
    figure,
    limit: `interval meets ${LEAST_RATIO} to ${LARGEST_RATIO}`,
    sentence: `${what} is ${shown(figure)}`,
  }
}

function better(condition: string, figure: Interval, than: string): Reason {
  return {
    condition,
    passed: figure.high < 0,
    figure,
    limit: 'upper end below 0',
    sentence: `log loss less that of ${than}: ${shown(figure)}`,
  }
}

function notWorse(figure: Interval | null): Reason {
  if (!figure) return pass('log_loss_naive_bayes', `upper end below ${NAIVE_BAYES_MARGIN}`, 'naive Bayes was not run')
  return {
    condition: 'log_loss_naive_bayes',
    passed: figure.high < NAIVE_BAYES_MARGIN,
    figure,
    limit: `upper end below +${NAIVE_BAYES_MARGIN}`,
    sentence: `log loss less that of naive Bayes: ${shown(figure)}`,
  }
}

function pass(condition: string, limit: string, sentence: string): Reason {
  return { condition, passed: true, figure: null, limit, sentence }
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
