import type { FeatureColumn, FeatureVector } from '../../../features/types.ts'
import type { FoldPlan } from '../../../training/logistic/validation/folds.ts'
import type { LogisticModel } from '../../../training/logistic/logistic-model.ts'
import type { TrainResult } from '../../../training/logistic/train.ts'
import { predictRows, project, trainColumns } from './scorer-training.ts'
import { sameValues } from './backfilled.ts'
import { type BacktestFold, maturity } from '../folds/folds.ts'
import { naiveBayesScorer } from './naive-bayes-scorer.ts'
import { bestSingleFeature } from './single-feature.ts'
import { SCORER_NAMES, scorerKind, type ScorerName } from '../scorer-names.ts'
import {
  type BacktestData,
  type BacktestOptions,
  type BacktestRow,
  type FoldTraining,
  populationWeight,
} from '../types.ts'

/** What a scorer says of the test rows of a fold. */
export type ScorerScores =
  | { readonly kind: 'scored'; readonly probabilities: Float64Array }
  | { readonly kind: 'unavailable'; readonly reason: string }

export interface ScorerContext {
  readonly data: BacktestData
  readonly fold: BacktestFold
  readonly train: readonly BacktestRow[]
  readonly test: readonly BacktestRow[]
  /** Folds of the training rows, on which a scorer chooses its parameters. */
  readonly inner: FoldPlan
  readonly trained: Extract<TrainResult, { readonly kind: 'trained' }> | null
  readonly training: FoldTraining | undefined
  readonly scorerTraining: FoldTraining
  readonly options: BacktestOptions
  readonly seed: number | string
}

export const NO_POINTS = 'the data hold no MQL points'

interface FoldScorers {
  readonly scorers: Partial<Record<ScorerName, ScorerScores>>
  readonly bestFeature: string | null
  readonly honestModel: LogisticModel | null
}

export function scoreScorers(context: ScorerContext, wanted: ReadonlySet<ScorerName>): FoldScorers {
  const { options, trained, test } = context
  const own = trained
    ? scored(predictRows(trained.model, valuesOf(test)))
    : unavailable('the model could not be trained in this fold')
  const scorers: Partial<Record<ScorerName, ScorerScores>> = {}
  const single = wanted.has('best_single_feature') ? singleFeatureScorer(context) : undefined
  const honest = wanted.has('without_backfilled') ? honestScorer(context, own) : undefined
  const made: Partial<Record<ScorerName, ScorerScores>> = {
    model: own,
    ...(single ? { best_single_feature: single.scores } : {}),
    ...(honest ? { without_backfilled: honest.scores } : {}),
  }
  for (const name of SCORER_NAMES) {
    const given = options.given?.[name]
    const scores = given
      ? scored(Float64Array.from(test, (row) => given[row.key] ?? NaN))
      : name === 'direct'
        ? options.given?.model && own
        : wanted.has(name)
          ? (made[name] ?? otherScorer(name, context))
          : undefined
    if (scores) scorers[name] = scores
  }
  return { scorers, bestFeature: single?.feature ?? null, honestModel: honest?.model ?? null }
}

function otherScorer(name: ScorerName, context: ScorerContext): ScorerScores | undefined {
  const { data, train, test, inner } = context
  if (name === 'base_rate') return baseRateScorer(context)
  if (name === 'mql_points') return pointsScorer(context)
  if (name === 'naive_bayes') return scored(naiveBayesScorer(data, train, test, inner))
  if (name === 'champion') return championScorer(context)
  if (name === 'earlier_14_days') return earlierScorer(context)
  const { family, left_out } = scorerKind(name)
  if (family === null) return undefined
  return left_out === 'family'
    ? columnsScorer(context, (column) => column.family !== family, `no feature outside of the family ${family}`)
    : columnsScorer(context, (column) => column.family === family, `no feature of the family ${family}`)
}

function baseRateScorer({ data, train, test }: ScorerContext): ScorerScores {
  const total = train.reduce((sum, row) => sum + populationWeight(data, row), 0)
  const won = train.reduce((sum, row) => sum + (row.won ? populationWeight(data, row) : 0), 0)
  return scored(new Float64Array(test.length).fill(won / total))
}

/**
 * A logistic regression on the MQL points turns them into probabilities, so that the comparison is of what the points
 * know and not of their scale. Without points it reads the MQL flag; where neither varies it gives the base rate.
 */
function pointsScorer(context: ScorerContext): ScorerScores {
  const { data, train, test, seed, scorerTraining } = context
  const hasPoints = train.some((row) => row.points !== null)
  const valueOf = (row: BacktestRow): FeatureVector => [
    hasPoints ? row.points : row.mqlQualified === null ? null : row.mqlQualified ? 1 : 0,
  ]
  if (train.every((row) => valueOf(row)[0] === null)) return unavailable(NO_POINTS)
  if (train.every((row) => valueOf(row)[0] === valueOf(train[0]!)[0])) return baseRateScorer(context)
  const column: FeatureColumn = {
    name: 'mql_points',
    family: 'engagement',
    kind: 'number',
    transform: 'none',
    sign: null,
  }
  const rows = train.map((row) => ({ ...row, values: valueOf(row) }))
  const result = trainColumns([column], rows, [0], { data, seed, training: scorerTraining })
  return scoredBy(result, test.map(valueOf))
}

function columnsScorer(
  context: ScorerContext,
  chosen: (column: FeatureColumn) => boolean,
  whenNone: string,
): ScorerScores {
  const { columns } = context.data
  const positions = columns.flatMap((column, position) => (chosen(column) ? [position] : []))
  if (positions.length === 0) return unavailable(whenNone)
  return trainOn(context, positions)
}

function singleFeatureScorer(context: ScorerContext): {
  readonly scores: ScorerScores
  readonly feature: string | null
} {
  const { columns } = context.data
  const position = bestSingleFeature(columns, context.train, context.inner)
  if (position === undefined) return { scores: unavailable('no feature varies'), feature: null }
  return { scores: trainOn(context, [position]), feature: columns[position]!.name }
}

function trainOn(context: ScorerContext, positions: readonly number[]): ScorerScores {
  const { data, train, test, seed, scorerTraining } = context
  const result = trainColumns(data.columns, train, positions, { data, seed, training: scorerTraining })
  return scoredBy(
    result,
    test.map((row) => project(row.values, positions)),
  )
}

/** Trained and tested without backfilled facts, with the model's penalties and calibration. */
function honestScorer(
  { data, train, test, seed, training, trained }: ScorerContext,
  own: ScorerScores,
): { readonly scores: ScorerScores; readonly model: LogisticModel | null } {
  const same = [...train, ...test].every((row) => sameValues(row.values, row.honestValues))
  if (same) return { scores: own, model: trained?.model ?? null }
  const rows = train.map((row) => ({ ...row, values: row.honestValues }))
  const positions = data.columns.map((_, position) => position)
  const result = trainColumns(data.columns, rows, positions, { data, seed, training })
  const scores = scoredBy(
    result,
    test.map((row) => row.honestValues),
  )
  return { scores, model: result.kind === 'trained' ? result.model : null }
}

/** The fold's own model on the features of 14 days before as-of, with the same label. */
function earlierScorer({ trained, test }: ScorerContext): ScorerScores {
  if (!trained) return unavailable('the model could not be trained in this fold')
  const known = test.flatMap((row) => (row.earlierValues ? [row.earlierValues] : []))
  if (known.length === 0) return unavailable('the data hold no earlier features')
  const predictions = predictRows(trained.model, known)
  let next = 0
  return scored(Float64Array.from(test, (row) => (row.earlierValues ? predictions[next++]! : NaN)))
}

function championScorer({ data, test, options }: ScorerContext): ScorerScores {
  const { champion } = options
  if (!champion) return unavailable('there is no other champion')
  if ('unavailable' in champion) return unavailable(champion.unavailable)
  const names = champion.model.encoder.features.map((feature) => feature.name)
  const positions = names.map((name) => data.columns.findIndex((column) => column.name === name))
  const missing = names.filter((_, index) => positions[index] === -1)
  if (missing.length > 0) return unavailable(`the champion reads ${missing.join(', ')}, which the data do not have`)
  const predictions = predictRows(
    champion.model,
    test.map((row) => project(row.values, positions)),
  )
  // The champion may have learned the outcome of any row before its as-of.
  const isFair = (row: BacktestRow) => row.asOf >= champion.asOf
  if (!data.rows.some((row) => isFair(row) && maturity(row, data.labelWindowDays) <= data.dataEnd))
    return unavailable(
      `the champion learned from everything before ${champion.asOf.slice(0, 10)}: no later row has a complete label yet`,
    )
  return scored(predictions.map((probability, index) => (isFair(test[index]!) ? probability : NaN)))
}

function scoredBy(result: TrainResult, values: readonly FeatureVector[]): ScorerScores {
  if (result.kind === 'trained') return scored(predictRows(result.model, values))
  return unavailable(`not trained: ${result.kind.replaceAll('_', ' ')}`)
}

function scored(probabilities: Float64Array): ScorerScores {
  return { kind: 'scored', probabilities }
}

function unavailable(reason: string): ScorerScores {
  return { kind: 'unavailable', reason }
}

function valuesOf(rows: readonly BacktestRow[]): readonly FeatureVector[] {
  return rows.map((row) => row.values)
}
