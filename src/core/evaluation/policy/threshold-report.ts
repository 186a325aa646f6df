import type { Statistic } from '../../statistics/bootstrap.ts'
import { rounded } from '../report/canonical.ts'
import { type Measured, shownInterval } from '../backtest/measures/measure.ts'
import type { Pool } from '../backtest/folds/pool.ts'
import type { BacktestReport } from '../report/report.ts'
import { selectionFor } from '../backtest/folds/selection.ts'
import { ratioStatistic } from '../backtest/measures/statistics.ts'
import type { Objective } from './objective.ts'
import { chooseThreshold, type ThresholdChoice } from './thresholds.ts'
import type { BacktestData } from '../backtest/types.ts'
import { percent } from '../../base/percent.ts'
import { counted } from '../../base/counted.ts'

type ThresholdSection = NonNullable<BacktestReport['thresholds']>

/** A threshold for every fold, and its result on the fold's test rows. */
export interface ThresholdTrial {
  readonly statistic: Statistic
  readonly finish: (measured: Measured) => ThresholdSection
}

const UNKNOWN = 'too few rows before this fold to choose a threshold on'

export function tryThresholds(data: BacktestData, pool: Pool, objective: Objective, given: boolean): ThresholdTrial {
  const { sample, results } = pool
  const model = pool.scorers.get('model')!
  const selections = results.map((_, fold) => selectionFor(data, pool, fold, given))
  const choices = selections.map((selection) => selection && chooseThreshold(selection.predictions, objective))
  const listed = model.map((probability, row) => {
    const choice = choices[sample.folds[row]!]
    return choice?.kind === 'chosen' && probability >= choice.threshold ? 1 : 0
  })
  const listedWon = listed.map((value, row) => value * sample.won[row]!)
  const sumWhere = (values: Float64Array, fold?: number) =>
    values.reduce(
      (sum, value, row) => sum + (fold === undefined || sample.folds[row] === fold ? sample.weights[row]! * value : 0),
      0,
    )
  const folds = results.map(({ fold }, index) => {
    const choice = choices[index] ?? null
    const [count, won] = [sumWhere(listed, index), sumWhere(listedWon, index)]
    return {
      split: fold.split,
      threshold: choice?.kind === 'chosen' ? rounded(choice.threshold) : null,
      reason: choice === null ? UNKNOWN : choice.kind === 'chosen' ? null : choice.sentence,
      chosen_on: {
        rows: choice?.rows ?? 0,
        listed: choice?.kind === 'chosen' ? rounded(choice.listed) : null,
        observed_rate: choice ? rounded(choice.kind === 'chosen' ? choice.observedRate : choice.bestRate) : null,
      },
      test:
        choice?.kind === 'chosen'
          ? { rows: fold.test.length, listed: rounded(count), won: rounded(won), observed_rate: rounded(won / count) }
          : null,
    }
  })
  const newest = choices.length - 1
  return {
    statistic: ratioStatistic(sample, listedWon, listed),
    finish: (measured) => ({
      objective: shownObjective(objective),
      folds,
      pooled: {
        rows: folds.reduce((sum, fold) => sum + (fold.test?.rows ?? 0), 0),
        listed: rounded(sumWhere(listed)),
        won: rounded(sumWhere(listedWon)),
        observed_rate: shownInterval(measured.extra('threshold')),
      },
      recommended: {
        threshold: folds[newest]?.threshold ?? null,
        basis: basisOf(objective, choices[newest] ?? null, selections[newest]?.name ?? ''),
      },
    }),
  }
}

function basisOf(objective: Objective, choice: ThresholdChoice | null, where: string): string {
  if (choice === null) return UNKNOWN
  if (choice.kind === 'unreachable') return choice.sentence
  const rate = Number.isNaN(choice.observedRate)
    ? 'none of them won'
    : `a share of ${choice.observedRate.toFixed(3)} won`
  const found = `on ${counted(choice.rows, 'row')} of ${where} it lists ${Math.round(choice.listed)}, ${rate}`
  switch (objective.kind) {
    case 'win_rate':
      return `the lowest threshold at which a share of at least ${objective.target} won: ${found}`
    case 'capacity':
      return 'perMonth' in objective.capacity
        ? `the lowest threshold that lists at most ${objective.capacity.perMonth} a month: ${found}`
        : `the lowest threshold that lists at most ${percent(objective.capacity.share)}: ${found}`
    case 'cost':
      return `${objective.falsePositive} / (${objective.falsePositive} + ${objective.falseNegative}), from the costs of a false positive and of a false negative: ${found}`
  }
}

export function shownObjective(objective: Objective): ThresholdSection['objective'] {
  switch (objective.kind) {
    case 'win_rate':
      return objective
    case 'capacity':
      return { kind: 'capacity', capacity: shownCapacity(objective.capacity) }
    case 'cost':
      return { kind: 'cost', false_positive: objective.falsePositive, false_negative: objective.falseNegative }
  }
}

export function shownCapacity(capacity: { readonly perMonth: number } | { readonly share: number }) {
  return 'perMonth' in capacity ? { per_month: capacity.perMonth } : { share: capacity.share }
}
