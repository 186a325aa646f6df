import { clipProbability } from '../../../statistics/metric.ts'
import type { Statistic } from '../../../statistics/bootstrap.ts'
import { aucStatistic, gainStatistic, ratioStatistic } from './statistics.ts'
import { monthsBetween } from '../folds/folds.ts'
import { joinFolds, type Pool } from '../folds/pool.ts'
import { dayOf } from '../../../base/time.ts'
import type { ScorerName } from '../scorer-names.ts'

const LEAST_SLICE_ROWS = 50
export const CURVE_SCORERS: readonly ScorerName[] = ['model', 'mql_points', 'naive_bayes']

/** Rows that share a value of a slice. */
export interface Slice {
  readonly slice: string
  readonly value: string
  readonly rows: number
  readonly won: number
}

/** A model of some folds ago, or one with another penalty. */
export interface Variant {
  readonly name: string
  readonly probabilities: Float64Array
  /** Of the fold's own model, on the same rows. */
  readonly compared: Float64Array
}

export interface FurtherStatistics {
  readonly statistics: ReadonlyMap<string, Statistic>
  readonly slices: readonly Slice[]
  readonly ages: readonly (Variant & { readonly foldsOld: number; readonly monthsOld: number })[]
  readonly penalties: readonly (Variant & { readonly multiplier: number })[]
}

/** What the report shows beside the scorers, on the same draws: gain curves, slices, ageing models, other penalties. */
export function furtherStatistics(pool: Pool): FurtherStatistics {
  const statistics = new Map<string, Statistic>()
  for (const name of CURVE_SCORERS) {
    const own = pool.scorers.get(name)
    if (own) statistics.set(`gain ${name}`, gainStatistic(pool.sample, own))
  }
  const slices = slicesOf(pool)
  const model = pool.scorers.get('model')!
  const baseRate = pool.scorers.get('base_rate')!
  const add = (name: string, own: Float64Array, compared: Float64Array) => {
    statistics.set(`auc ${name}`, aucStatistic(pool.sample, own))
    statistics.set(`log loss ${name}`, meanLoss(pool, own))
    statistics.set(`difference ${name}`, meanLoss(pool, own, compared))
  }
  for (const { slice, value } of slices) {
    const within = Float64Array.from(model, (own, row) => (pool.rows[row]!.slices[slice] === value ? own : NaN))
    add(sliceName({ slice, value }), within, baseRate)
    statistics.set(`observed ${sliceName({ slice, value })}`, observedExpected(pool, within))
  }
  const ages = agesOf(pool)
  const penalties = penaltiesOf(pool)
  for (const { name, probabilities, compared } of [...ages, ...penalties]) add(name, probabilities, compared)
  return { statistics, slices, ages, penalties }
}

export function sliceName({ slice, value }: Pick<Slice, 'slice' | 'value'>): string {
  return `slice ${slice} = ${value}`
}

/** Log loss over the rows that have a probability, less that of another scorer where one is given. */
function meanLoss({ sample }: Pool, own: Float64Array, other?: Float64Array): Statistic {
  const has = own.map((probability, row) => (Number.isNaN(probability) || Number.isNaN(other?.[row] ?? 0) ? 0 : 1))
  const loss = (probability: number, row: number) =>
    -Math.log(clipProbability(sample.won[row] === 1 ? probability : 1 - probability))
  const losses = has.map((value, row) => {
    if (value === 0) return 0
    return loss(own[row]!, row) - (other ? loss(other[row]!, row) : 0)
  })
  return ratioStatistic(sample, losses, has)
}

function observedExpected({ sample }: Pool, own: Float64Array): Statistic {
  const expected = own.map((probability) => (Number.isNaN(probability) ? 0 : probability))
  const observed = own.map((probability, row) => (Number.isNaN(probability) ? 0 : sample.won[row]!))
  return ratioStatistic(sample, observed, expected)
}

function slicesOf({ rows }: Pool): readonly Slice[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.slices)))].toSorted()
  return names.flatMap((slice) =>
    [...Map.groupBy(rows, (row) => row.slices[slice] ?? null)]
      .flatMap(([value, members]) =>
        value !== null && members.length >= LEAST_SLICE_ROWS
          ? [{ slice, value, rows: members.length, won: members.filter((row) => row.won).length }]
          : [],
      )
      .toSorted((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1)),
  )
}

/** Fold j scored by the model of fold j - age: how long a model may be left alone. */
function agesOf({ results }: Pool): FurtherStatistics['ages'] {
  return results.slice(1).map((_, index) => {
    const foldsOld = index + 1
    const parts = results.map((result, fold) => {
      const older = results[fold - foldsOld]
      const blank = new Float64Array(result.fold.test.length).fill(NaN)
      const fresh = result.later ? pick(result.later, result.fold.test) : blank
      return older?.later
        ? { old: pick(older.later, result.fold.test), fresh, months: age(older.fold.split, result.fold.split) }
        : { old: blank, fresh: blank, months: 0 }
    })
    const rows = parts.map(({ old }) => old.filter((probability) => !Number.isNaN(probability)).length)
    const total = rows.reduce((sum, count) => sum + count, 0)
    return {
      name: `age ${foldsOld}`,
      foldsOld,
      monthsOld: parts.reduce((sum, { months }, fold) => sum + months * rows[fold]!, 0) / total,
      probabilities: joinFolds(parts.map(({ old }) => old)),
      compared: joinFolds(parts.map(({ fresh }) => fresh)),
    }
  })
}

function age(older: Parameters<typeof dayOf>[0], newer: Parameters<typeof dayOf>[0]): number {
  return monthsBetween(dayOf(older), dayOf(newer))
}

function pick(
  { positions, probabilities }: { readonly positions: Int32Array; readonly probabilities: Float64Array },
  wanted: Int32Array,
): Float64Array {
  const at = new Map(Array.from(positions, (position, index) => [position, index]))
  return Float64Array.from(wanted, (position) => probabilities[at.get(position) ?? -1] ?? NaN)
}

function penaltiesOf({ results }: Pool): FurtherStatistics['penalties'] {
  const multipliers = results[0]?.penaltyTrials.map((trial) => trial.multiplier) ?? []
  return multipliers.map((multiplier, index) => {
    const of = (result: (typeof results)[number], position: number) =>
      result.penaltyTrials[position]?.probabilities ?? new Float64Array(result.fold.test.length).fill(NaN)
    const own = multipliers.indexOf(1)
    return {
      name: `penalty ${multiplier}`,
      multiplier,
      probabilities: joinFolds(results.map((result) => of(result, index))),
      compared: joinFolds(results.map((result) => of(result, own))),
    }
  })
}
