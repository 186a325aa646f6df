import type { FeatureColumn, FeatureVector } from '../../features/types.ts'
import type { LogisticModel } from '../../training/logistic/logistic-model.ts'
import type { TrainOptions } from '../../training/logistic/train.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'
import type { Instant } from '../../base/time.ts'
import type { LeakageFinding } from '../leakage/finding.ts'
import type { Capacity, Objective } from '../policy/objective.ts'
import type { ScorerName } from './scorer-names.ts'

/** An example with everything that the scorers of a backtest read. `won` is the label, whatever the model predicts. */
export interface BacktestRow extends TrainingRow {
  /** Unique among the rows, and not to be taken apart: `id` and `asOf` are fields of their own. */
  readonly key: string
  /** When the label matures: never before `openedAt` + label window. */
  readonly maturesAt: Instant
  /** The company's MQL points as of the row's as-of; null when the account had none. */
  readonly points: number | null
  readonly mqlQualified: boolean | null
  /** The features 14 days before as-of; null when the account was not known then. */
  readonly earlierValues: FeatureVector | null
  /** The features without backfilled facts. */
  readonly honestValues: FeatureVector
  readonly slices: Readonly<Record<string, string | null>>
}

export interface BacktestData {
  readonly model: 'in_market' | 'win' | 'qualified'
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly BacktestRow[]
  readonly labelWindowDays: number
  /** The data hold what was known before this instant; labels that mature later are right-censored. */
  readonly dataEnd: Instant
  /** Share of the negatives that was sampled at random; 1 when absent. Each sampled one counts 1 / share times. */
  readonly negativesKept?: number
  /** The rows have positions in an order, and no days. */
  readonly inOrder?: boolean
  /** Number of examples excluded before, by reason. */
  readonly excluded: Readonly<Record<string, number>>
}

/** How many rows of the population a row represents. */
export function populationWeight({ negativesKept = 1 }: BacktestData, row: TrainingRow): number {
  return row.won ? row.weight : row.weight / negativesKept
}

export type FoldTraining = Omit<TrainOptions, 'labelWindowDays' | 'seed'>

export type ChampionScorer =
  | { readonly model: LogisticModel; readonly asOf: Instant }
  | { readonly unavailable: string }

/** Plain data: it can be posted to a worker thread. */
export interface BacktestOptions {
  readonly seed?: number | string
  /** Bootstrap replicates; 2,000 when absent. */
  readonly replicates?: number
  readonly minFolds?: number
  readonly maxFolds?: number
  /** For the model and for the ablation without backfilled facts. */
  readonly training?: FoldTraining
  /** For all other trained scorers; every second penalty and at most three inner folds when absent. */
  readonly scorerTraining?: FoldTraining
  /** All when absent. `model` and `base_rate` always run. */
  readonly scorers?: readonly ScorerName[]
  readonly capacity?: Capacity
  readonly objective?: Objective
  readonly penaltySensitivity?: boolean
  /** The champion and its training as-of, or why it cannot be compared. It is compared on rows from its as-of on only. */
  readonly champion?: ChampionScorer
  /**
   * Probabilities computed elsewhere, by scorer and row key, each by a model trained before its row's split. Where `model`
   * is given (in-market x win), the model trained here on the label of both becomes the baseline `direct`.
   */
  readonly given?: Readonly<Partial<Record<ScorerName, Readonly<Record<string, number>>>>>
  readonly leakage?: readonly LeakageFinding[]
  /** Computed from the rows when absent. */
  readonly dataSha256?: string
}

export const DEFAULT_MIN_FOLDS = 4
export const DEFAULT_MAX_FOLDS = 6
export const DEFAULT_REPLICATES = 2000
export const DEFAULT_CAPACITY: Capacity = { share: 0.1 }
