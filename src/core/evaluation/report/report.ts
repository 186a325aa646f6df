import { z } from 'zod'
import { FAMILIES } from '../../features/types.ts'
import { STAGES } from '../../scoring/stages/stages.ts'
import { LEFT_OUT, SCORER_NAMES, type ScorerName } from '../backtest/scorer-names.ts'
import { LeakageFinding } from '../leakage/finding.ts'
import { VERDICTS } from '../registry/proof.ts'

/*
 * The backtest of one model as JSON. Every interval is a 95% bootstrap interval over accounts; null where a figure is not
 * defined (one outcome only, nothing listed). Differences are the model's figure less the other scorer's, on the same
 * rows and replicates.
 */
const number = z.number().nullable()
const count = z.number().int().nonnegative()
const instant = z.string()

const Interval = z.strictObject({ value: number, low: number, high: number })
export type ReportInterval = z.infer<typeof Interval>

const Metric = Interval.extend({ better: z.enum(['higher', 'lower', 'near_zero', 'near_one']) })

const Family = z.enum(FAMILIES)

/** A scorer gives every row a probability: the model, a baseline that it is compared with, or an ablation of it. */
export const ScorerMetrics = z.strictObject({
  kind: z.enum(['model', 'baseline', 'ablation']),
  /** What an ablation goes without; null of other scorers. */
  left_out: z.enum(LEFT_OUT).nullable(),
  /** The family that is left out, or the only one that is left. */
  family: Family.nullable(),
  /** Rows the scorer has a probability for. */
  rows: count,
  roc_auc: Metric,
  average_precision: Metric,
  log_loss: Metric,
  brier: Metric,
  brier_skill: Metric,
  calibration_intercept: Metric,
  calibration_slope: Metric,
  observed_expected: Metric,
  /** Without an interval: resampling inflates it. Compare it with `calibration_noise`. */
  ece: Metric,
  lift_at_capacity: Metric,
  gain_at_capacity: Metric,
  precision_at_capacity: Metric,
})
export type ScorerMetrics = z.infer<typeof ScorerMetrics>
export type MetricName = Exclude<keyof ScorerMetrics, 'kind' | 'left_out' | 'family' | 'rows'>

const Scorer = z.enum(SCORER_NAMES as [ScorerName, ...ScorerName[]])
const Scorers = z.partialRecord(Scorer, ScorerMetrics)
const Differences = z.partialRecord(
  Scorer,
  z.strictObject({ rows: count, log_loss: Interval, brier: Interval, roc_auc: Interval }),
)

/** Why a fold has no model. */
export const FAILURES = ['separated', 'too_few', 'not_converged', 'reference_refused'] as const

const Fold = z.strictObject({
  index: count,
  split: instant,
  end: instant.nullable(),
  months: count,
  train_rows: count,
  train_won: count,
  test_rows: count,
  test_won: count,
  test_accounts: count,
  left_out: z.strictObject({
    not_mature_at_split: count,
    described_before_split: count,
    not_mature_at_end: count,
  }),
  l2_penalty: number,
  penalty_at_edge: z.boolean().nullable(),
  calibration: z
    .strictObject({ kind: z.enum(['applied', 'skipped']), intercept: z.number(), slope: z.number() })
    .nullable(),
  best_single_feature: z.string().nullable(),
  failure: z.strictObject({ kind: z.enum(FAILURES), sentence: z.string() }).nullable(),
  scorers: Scorers,
  differences: Differences,
})

const Capacity = z.union([z.strictObject({ per_month: z.number() }), z.strictObject({ share: z.number() })])

export const ObjectiveReport = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('win_rate'), target: z.number() }),
  z.strictObject({ kind: z.literal('capacity'), capacity: Capacity }),
  z.strictObject({ kind: z.literal('cost'), false_positive: z.number(), false_negative: z.number() }),
])

const Thresholds = z.strictObject({
  objective: ObjectiveReport,
  /** Each threshold was chosen on rows before the fold and applied once to the fold's test rows. */
  folds: z.array(
    z.strictObject({
      split: instant,
      threshold: number,
      /** Why there is no threshold; null when there is one. */
      reason: z.string().nullable(),
      chosen_on: z.strictObject({ rows: count, listed: number, observed_rate: number }),
      test: z.strictObject({ rows: count, listed: number, won: number, observed_rate: number }).nullable(),
    }),
  ),
  pooled: z.strictObject({ rows: count, listed: number, won: number, observed_rate: Interval }),
  /** The newest threshold, for the policy, with its basis. */
  recommended: z.strictObject({ threshold: number, basis: z.string() }),
})

const Boundary = z.strictObject({
  stage: z.enum(STAGES),
  from: z.number(),
  times_base_rate: number,
  share: number,
  opening_rate: number,
})

const Stages = z.strictObject({
  folds: z.array(z.strictObject({ split: instant, boundaries: z.array(Boundary) })),
  pooled: z.array(
    z.strictObject({
      stage: z.enum(STAGES),
      rows: count,
      share: number,
      opened: number,
      opening_rate: Interval,
      share_of_opened: number,
    }),
  ),
  /** Whether opening rates rose from stage to stage on rows on which no boundary was chosen. */
  rates_rise: z.boolean(),
  recommended: z.array(Boundary),
})

const Curve = z.array(z.strictObject({ share: z.number(), gain: Interval, lift: Interval }))

/** Conditions of the verdict; the last six are those of having a backtest at all. */
export const CONDITIONS = [
  'calibration_slope',
  'observed_expected',
  'roc_auc',
  'log_loss_base_rate',
  'log_loss_mql_points',
  'log_loss_naive_bayes',
  'baselines_compared',
  'without_backfilled',
  'not_separated',
  'no_critical_leak',
  'history',
  'enough_rows',
  'both_outcomes',
  'features_vary',
  'has_probabilities',
  'model_trained',
] as const

/** What a condition is evaluated on. `without_backfilled`: all folds, with the model that leaves backfilled facts out. */
export const EVALUATIONS = ['all_folds', 'newest_fold', 'without_backfilled'] as const

/** The figure's interval must overlap low to high, lie above low, or lie below high. */
const Limit = z.strictObject({ interval: z.enum(['overlaps', 'above', 'below']), low: number, high: number })
export type Limit = z.infer<typeof Limit>

const Reason = z.strictObject({
  condition: z.enum(CONDITIONS),
  evaluation: z.enum(EVALUATIONS),
  passed: z.boolean(),
  /** Null where the condition is not a limit on a figure. */
  figure: Interval.nullable(),
  limit: Limit.nullable(),
  /** Of a refusal: what the data hold and what is needed, such as `won` and `won_needed`. */
  counts: z.record(z.string(), count),
  sentence: z.string(),
})

export const BacktestReport = z.strictObject({
  model: z.enum(['in_market', 'win', 'qualified']),
  verdict: z.enum(VERDICTS),
  reasons: z.array(Reason),
  seed: z.union([z.number(), z.string()]),
  data_sha256: z.string(),
  data: z.strictObject({
    rows: count,
    accounts: count,
    won: count,
    lost: count,
    first_as_of: instant.nullable(),
    last_as_of: instant.nullable(),
    data_end: instant,
    label_window_days: count,
    excluded: z.record(z.string(), count),
  }),
  resampling: z.strictObject({ replicates: count, accounts: count }),
  capacity: Capacity,
  folds: z.array(Fold),
  scorers: Scorers,
  unavailable_scorers: z.partialRecord(Scorer, z.string()),
  differences: Differences,
  /** DeLong's method, which takes rows as independent: a cross-check of the bootstrap. */
  delong: z.strictObject({ roc_auc: Interval, differences: z.partialRecord(Scorer, Interval) }).nullable(),
  calibration_noise: z
    .strictObject({ ece: number, mean_of_perfect: number, p95_of_perfect: number, within_noise: z.boolean() })
    .nullable(),
  calibration_curve: z.array(
    z.strictObject({
      weight: z.number(),
      lowest: z.number(),
      highest: z.number(),
      mean_probability: z.number(),
      won_rate: z.number(),
      /** The range of 95% of won rates if the probabilities were exact. */
      low: z.number(),
      high: z.number(),
    }),
  ),
  roc_curve: z.partialRecord(
    Scorer,
    z.array(z.strictObject({ false_positive: z.number(), true_positive: z.number() })),
  ),
  gain_curve: z.partialRecord(Scorer, Curve),
  thresholds: Thresholds.nullable(),
  stages: Stages.nullable(),
  slices: z.array(
    z.strictObject({
      slice: z.string(),
      value: z.string(),
      rows: count,
      won: count,
      roc_auc: Interval,
      log_loss: Interval,
      log_loss_less_base_rate: Interval,
      observed_expected: Interval,
    }),
  ),
  /** The newest fold's model, in log-odds per standard deviation, with 95% intervals. */
  coefficients: z.array(
    z.strictObject({
      column: z.string(),
      feature: z.string(),
      family: Family,
      coefficient: z.number(),
      low: z.number(),
      high: z.number(),
      /** Folds in which the coefficient has this sign, of `folds` that have the column. */
      same_sign_folds: count,
      folds: count,
    }),
  ),
  /** Older models on newer rows. The difference is from the fold's own model, on the same rows. */
  model_age: z.array(
    z.strictObject({
      folds_old: count,
      months_old: number,
      rows: count,
      roc_auc: Interval,
      log_loss: Interval,
      log_loss_less_fresh: Interval,
    }),
  ),
  penalty_sensitivity: z.array(
    z.strictObject({
      multiplier: z.number(),
      rows: count,
      roc_auc: Interval,
      log_loss: Interval,
      log_loss_less_chosen: Interval,
    }),
  ),
  backfilled: z.array(z.strictObject({ column: z.string(), share: z.number() })),
  leakage: z.array(LeakageFinding),
})
export type BacktestReport = z.infer<typeof BacktestReport>
