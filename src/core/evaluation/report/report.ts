import { z } from 'zod'
import { FAMILIES } from '../../features/types.ts'
import { STAGES } from '../../scoring/stages/stages.ts'
import { SCORER_NAMES } from '../backtest/types.ts'

/*
 * The backtest as JSON. Every interval is a 95% one over accounts; null where a number is not defined (one outcome
 * only, nothing listed). Differences are the model's number less the other scorer's, on the same rows and draws.
 */
const number = z.number().nullable()
const count = z.number().int().nonnegative()
const instant = z.string()

const Interval = z.strictObject({ value: number, low: number, high: number })
export type ReportInterval = z.infer<typeof Interval>

const Metric = Interval.extend({ better: z.enum(['higher', 'lower', 'near_zero', 'near_one']) })

export const ScorerMetrics = z.strictObject({
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
  /** Without an interval: it is to be compared with its noise floor, and resampling only adds to it. */
  ece: Metric,
  lift_at_capacity: Metric,
  gain_at_capacity: Metric,
  precision_at_capacity: Metric,
})
export type ScorerMetrics = z.infer<typeof ScorerMetrics>

const Scorer = z.enum(SCORER_NAMES as [string, ...string[]])
const Scorers = z.partialRecord(Scorer, ScorerMetrics)
const Differences = z.partialRecord(
  Scorer,
  z.strictObject({ rows: count, log_loss: Interval, brier: Interval, roc_auc: Interval }),
)

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
  failure: z.strictObject({ kind: z.string(), sentence: z.string() }).nullable(),
  scorers: Scorers,
  differences: Differences,
})

const Capacity = z.union([z.strictObject({ per_month: z.number() }), z.strictObject({ share: z.number() })])

export const Objective = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('win_rate'), target: z.number() }),
  z.strictObject({ kind: z.literal('capacity'), capacity: Capacity }),
  z.strictObject({ kind: z.literal('cost'), false_positive: z.number(), false_negative: z.number() }),
])

const Thresholds = z.strictObject({
  objective: Objective,
  /** Each threshold was chosen on rows before the fold, and met the fold's test rows once. */
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
  /** The newest threshold: what a policy should take, with its basis. */
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
  /** Whether opening rates rose from stage to stage on rows that boundaries were not chosen on. */
  rates_rise: z.boolean(),
  recommended: z.array(Boundary),
})

const Curve = z.array(z.strictObject({ share: z.number(), gain: Interval, lift: Interval }))

export const BacktestReport = z.strictObject({
  format: z.literal('winrate-backtest/1'),
  model: z.enum(['in_market', 'win', 'qualified']),
  verdict: z.enum(['proven', 'not_proven', 'refused']),
  reasons: z.array(
    z.strictObject({
      condition: z.string(),
      passed: z.boolean(),
      figure: Interval.nullable(),
      limit: z.string(),
      sentence: z.string(),
    }),
  ),
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
  /** Only when there is too little of it. */
  history: z.strictObject({ months_held: count, months_needed: count, months_missing: count }).nullable(),
  resampling: z.strictObject({ replicates: count, accounts: count }),
  capacity: Capacity,
  folds: z.array(Fold),
  scorers: Scorers,
  unavailable_scorers: z.partialRecord(Scorer, z.string()),
  differences: Differences,
  /** By DeLong, rows as independent: a cross-check of the bootstrap. */
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
      /** Where 95% of won rates would lie if the probabilities were right. */
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
  /** The newest fold's model. Numbers are per standard deviation, in log-odds, with 95% intervals. */
  coefficients: z.array(
    z.strictObject({
      column: z.string(),
      feature: z.string(),
      family: z.enum(FAMILIES),
      coefficient: z.number(),
      low: z.number(),
      high: z.number(),
      /** In how many folds the column has this sign, of those that have the column. */
      same_sign_folds: count,
      folds: count,
    }),
  ),
  /** Old models on newer rows; the difference is against the fold's own model, on the same rows. */
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
  leakage: z.array(
    z.strictObject({
      column: z.string(),
      kind: z.string(),
      severity: z.enum(['critical', 'warning', 'info']),
      evidence: z.string(),
      remedy: z.string(),
    }),
  ),
  /** Filled in by whoever has them. */
  readiness: z.json(),
  policy_replay: z.json(),
})
export type BacktestReport = z.infer<typeof BacktestReport>
