import { FAMILIES, type Family, type FeatureColumn, type FeatureVector } from '../../features/types.ts'
import type { LogisticModel } from '../../training/logistic/logistic-model.ts'
import type { TrainOptions } from '../../training/logistic/train.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'
import type { Instant } from '../../base/time.ts'
import type { Capacity, Objective } from '../policy/objective.ts'

/** An example with all that the scorers of a backtest say about it. `won` is the label, whatever the model predicts. */
export interface BacktestRow extends TrainingRow {
  /** Unique: the opportunity's external id, or `account|as-of`. */
  readonly key: string
  /** When the label is complete; never before `openedAt` + label window. */
  readonly maturesAt: Instant
  /** The company's MQL points as of the row's as-of; null when nobody scored the account. */
  readonly points: number | null
  readonly mqlQualified: boolean | null
  /** The features 14 days earlier; null when the account was not known then. */
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
  /** The data hold what was known before this instant: labels that mature later are not complete. */
  readonly dataEnd: Instant
  /** Share of the negatives that the rows hold, chosen at random; 1 when absent. Each stands for 1 / share of them. */
  readonly negativesKept?: number
  /** What was left out before, by reason. */
  readonly excluded: Readonly<Record<string, number>>
}

/** How many rows of the population a row stands for. */
export function populationWeight({ negativesKept = 1 }: BacktestData, row: TrainingRow): number {
  return row.won ? row.weight : row.weight / negativesKept
}

type FamilyScorer = `${Family}_only` | `without_${Family}`

export type ScorerName =
  | 'model'
  | 'direct'
  | 'champion'
  | 'base_rate'
  | 'best_single_feature'
  | 'mql_points'
  | 'naive_bayes'
  | 'without_backfilled'
  | 'earlier_14_days'
  | FamilyScorer

/** In the order of the report. */
export const SCORER_NAMES: readonly ScorerName[] = [
  'model',
  'direct',
  'champion',
  'base_rate',
  'best_single_feature',
  'mql_points',
  'naive_bayes',
  ...FAMILIES.map((family) => `${family}_only` as const),
  ...FAMILIES.map((family) => `without_${family}` as const),
  'without_backfilled',
  'earlier_14_days',
]

/** What somebody else found out about leaks; a critical one blocks the verdict. */
export interface LeakageFinding {
  readonly column: string
  readonly kind: string
  readonly severity: 'critical' | 'warning' | 'info'
  readonly evidence: string
  readonly remedy: string
}

export type FoldTraining = Omit<TrainOptions, 'labelWindowDays' | 'seed'>

export type ChampionScorer =
  | { readonly model: LogisticModel; readonly asOf: Instant }
  | { readonly unavailable: string }

/** Plain data, all of it: it can be posted to a worker thread. */
export interface BacktestOptions {
  readonly seed?: number | string
  /** Bootstrap draws; 2,000 when absent. */
  readonly replicates?: number
  readonly minFolds?: number
  readonly maxFolds?: number
  /** For the model and the model without backfilled facts. */
  readonly training?: FoldTraining
  /** For all other trained scorers; every other penalty and at most three inner folds when absent. */
  readonly scorerTraining?: FoldTraining
  /** All when absent. `model` and `base_rate` are always there. */
  readonly scorers?: readonly ScorerName[]
  readonly capacity?: Capacity
  readonly objective?: Objective
  readonly penaltySensitivity?: boolean
  /** The version in use and its training as-of, or why it cannot be compared: only rows from its as-of on are fair to it. */
  readonly champion?: ChampionScorer
  /**
   * Probabilities made elsewhere, by scorer and row key, each by a model trained before its row's split. Where `model` is
   * given (in-market x win), the model trained here on the product's own label becomes the scorer `direct`.
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
