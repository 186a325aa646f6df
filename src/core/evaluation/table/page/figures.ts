import { counted } from '../../../base/counted.ts'
import { percent } from '../../../base/percent.ts'
import type { Interval } from '../../../statistics/bootstrap.ts'
import type { Tried } from '../result.ts'
import { count, interval, some } from './words.ts'

export interface NamedFigure {
  readonly name: string
  readonly text: string
}

export function howTested({ figures, tested, features, undated }: Tried) {
  const rows = `${count(figures.tested.rows)} rows (${count(figures.tested.won)} won)`
  const how =
    tested.method === 'forward'
      ? `tested on the newest ${rows}, from ${tested.splits.map((split) => split.slice(0, 10)).join(', ')}: each part predicted by what was known before it`
      : `tested by ${tested.repeats} x ${tested.folds} cross-validation on ${rows}, blind to time, which flatters: ${tested.reason}`
  return {
    title: `How well won is told from lost, from ${counted(features.length, 'column')}: ${some(features.map(({ name }) => name))}`,
    lines: [
      how,
      ...(undated > 0
        ? [`${counted(undated, 'row without a date is', 'rows without a date are')} left out of it`]
        : []),
    ],
  }
}

export function figuresOf({ figures, won, lost }: Tried): readonly NamedFigure[] {
  const { auc, logLoss, baseLogLoss, logLossDifference, observedExpected, calibrationSlope, points } = figures
  return [
    { name: 'AUC', text: `${interval(auc)}${remarkOn(auc)}; 0.5 is chance, 1 is perfect` },
    {
      name: 'log loss',
      text: `${logLoss.value.toFixed(3)}, of the base rate (${percent(won / (won + lost))} won) ${baseLogLoss.toFixed(3)}: difference ${interval(logLossDifference, 3)}, below 0 is better`,
    },
    {
      name: 'calibration',
      text: `observed/expected ${interval(observedExpected)}${calibrationSlope ? `, slope ${interval(calibrationSlope)}` : ''}; 1 is calibrated`,
    },
    ...(points
      ? [
          {
            name: 'your points',
            text: `AUC ${interval(points.auc)} on the same rows; the model's is ${points.difference.value < 0 ? 'lower' : 'higher'} by ${interval(points.difference)}${points.difference.low <= 0 && points.difference.high >= 0 ? ', which chance explains too' : ''}`,
          },
        ]
      : []),
  ]
}

function remarkOn({ low, high }: Interval): string {
  if (low > 0.9) return ', so high that a column is probably written at the close'
  if (high < 0.5) return ', worse than chance'
  return low > 0.5 ? '' : ', which chance explains too'
}
