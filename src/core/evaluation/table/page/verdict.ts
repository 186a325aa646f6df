import { percent } from '../../../base/percent.ts'
import type { Interval } from '../../../statistics/bootstrap.ts'
import type { TooFew, Tried } from '../result.ts'
import { count } from './words.ts'

/** What a table comes to, for those who decide whether to go on. */
export interface TableVerdict {
  readonly kind: 'worth_it' | 'too_early'
  readonly sentence: string
}

/** Above this an AUC is no skill but a column that was written at the close. */
const TOO_GOOD = 0.9

/**
 * Worth it: the interval of the AUC lies above chance, that of the log loss is better than the base rate, and the company's
 * points do not tell more. Everything else is too early.
 */
export function verdictOf(answer: Tried | TooFew): TableVerdict {
  if (answer.kind === 'too_few')
    return tooEarly(
      `there are ${count(answer.won)} won and ${count(answer.lost)} lost rows, and no figure can be trusted below ${answer.needed} of each`,
    )
  const { auc, logLossDifference, points } = answer.figures
  if (auc.high < 0.5) return tooEarly(`the model does worse than a coin: ${pairs(auc)}`)
  if (auc.low <= 0.5) return tooEarly(`chance explains what the table shows: ${pairs(auc)}, and a coin does in 50`)
  if (auc.low > TOO_GOOD)
    return tooEarly(
      `this is too good to be true: ${pairs(auc)}, so a column was probably filled in at the close (leave it out by --leave-out COLUMN)`,
    )
  if (logLossDifference.high >= 0)
    return tooEarly(
      `the model ranks deals better than chance, but its probabilities are not yet better than the share of all that is won: ${pairs(auc)}`,
    )
  if (points && points.difference.high < 0)
    return tooEarly(
      `your own points tell more than the model: of two deals, one won and one lost, they put the won one first in ${inHundred(points.auc.value)} of 100 cases, the model in ${inHundred(points.auc.value + points.difference.value)}`,
    )
  return { kind: 'worth_it', sentence: `Worth it: ${pairs(auc)}, where a coin does in 50${besides(answer)}.` }
}

function besides({ figures: { points, observedExpected }, tested }: Tried): string {
  const { low, high } = observedExpected
  return [
    ...(points
      ? [
          points.difference.low > 0
            ? `; your own points do in ${inHundred(points.auc.value)}`
            : `; your own points do in ${inHundred(points.auc.value)}, a difference that chance explains too`,
        ]
      : []),
    ...(low > 1 || high < 1
      ? [
          `; the order holds, but ${percent(Math.abs(observedExpected.value - 1))} ${low > 1 ? 'more' : 'fewer'} were won than predicted`,
        ]
      : []),
    ...(tested.method === 'repeated' ? ['; tested blind to time, which flatters: bring dates to be sure'] : []),
  ].join('')
}

function tooEarly(reason: string): TableVerdict {
  return { kind: 'too_early', sentence: `Too early: no decision can rest on this table yet, because ${reason}.` }
}

/** The AUC as what it is: the share of pairs of one won and one lost row that are in order. */
function pairs({ value, low, high }: Interval): string {
  return `of two deals, one won and one lost, the model puts the won one first in ${inHundred(value)} of 100 cases (95% interval ${inHundred(low)} to ${inHundred(high)})`
}

function inHundred(share: number): string {
  return (100 * share).toFixed(0)
}
