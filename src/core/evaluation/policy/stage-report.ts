import type { Statistic } from '../../statistics/bootstrap.ts'
import { rounded } from '../report/canonical.ts'
import { type Measured, shownInterval } from '../backtest/measures/measure.ts'
import type { Pool } from '../backtest/folds/pool.ts'
import type { BacktestReport } from '../report/report.ts'
import { selectionFor } from '../backtest/folds/selection.ts'
import { chooseStages, stageAt, STAGES, type StageBoundary } from '../../scoring/stages/stages.ts'
import { ratioStatistic } from '../backtest/measures/statistics.ts'
import type { BacktestData } from '../backtest/types.ts'

type StageSection = NonNullable<BacktestReport['stages']>

export interface StageTrial {
  /** Opening rate in each of `STAGES`, by `stage <name>`. */
  readonly statistics: ReadonlyMap<string, Statistic>
  readonly finish: (measured: Measured) => StageSection
}

/** Boundaries chosen before every fold, and the opening rates that its test rows then had. */
export function tryStages(data: BacktestData, pool: Pool, given: boolean): StageTrial {
  const { sample, results } = pool
  const model = pool.scorers.get('model')!
  const boundaries = results.map((_, fold): readonly StageBoundary[] => {
    const selection = selectionFor(data, pool, fold, given)
    return selection ? chooseStages(selection.predictions) : []
  })
  const stageOf = Array.from(model, (probability, row) => {
    const own = boundaries[sample.folds[row]!]!
    return own.length === 0 || Number.isNaN(probability) ? null : stageAt(own, probability)
  })
  const total = sumOf(stageOf.map((stage, row) => (stage ? sample.weights[row]! : 0)))
  const totalOpened = sumOf(stageOf.map((stage, row) => (stage ? sample.weights[row]! * sample.won[row]! : 0)))
  const perStage = STAGES.map((stage) => {
    const inside = Float64Array.from(stageOf, (own) => (own === stage ? 1 : 0))
    const opened = inside.map((value, row) => value * sample.won[row]!)
    return { stage, inside, opened, rows: stageOf.filter((own) => own === stage).length }
  })
  return {
    statistics: new Map(
      perStage.map(({ stage, inside, opened }) => [`stage ${stage}`, ratioStatistic(sample, opened, inside)]),
    ),
    finish: (measured) => {
      const pooled = perStage.map(({ stage, inside, opened, rows }) => {
        const openedWeight = sumOf(opened.map((value, row) => value * sample.weights[row]!))
        return {
          stage,
          rows,
          share: rounded(sumOf(inside.map((value, row) => value * sample.weights[row]!)) / total),
          opened: rounded(openedWeight),
          opening_rate: shownInterval(measured.extra(`stage ${stage}`)),
          share_of_opened: rounded(openedWeight / totalOpened),
        }
      })
      const rates = pooled.flatMap(({ rows, opening_rate }) => (rows > 0 ? [opening_rate.value ?? 0] : []))
      return {
        folds: results.map(({ fold }, index) => ({
          split: fold.split,
          boundaries: boundaries[index]!.map(shownBoundary),
        })),
        pooled,
        rates_rise: rates.every((rate, index) => index === 0 || rate > rates[index - 1]!),
        recommended: (boundaries.at(-1) ?? []).map(shownBoundary),
      }
    },
  }
}

function shownBoundary({ stage, from, timesBaseRate, share, openingRate }: StageBoundary) {
  return {
    stage,
    from: rounded(from) ?? 0,
    times_base_rate: rounded(timesBaseRate),
    share: rounded(share),
    opening_rate: rounded(openingRate),
  }
}

function sumOf(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
