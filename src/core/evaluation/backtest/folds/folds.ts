import {
  addMonths,
  dayOf,
  firstOfMonth,
  type Instant,
  instantPlusDays,
  type IsoDate,
  startOfDay,
} from '../../../base/time.ts'
import { type BacktestRow, DEFAULT_MAX_FOLDS, DEFAULT_MIN_FOLDS } from '../types.ts'

/** One step of the walk: train on what was complete at the split, test on what came after it. */
export interface BacktestFold {
  readonly index: number
  readonly split: Instant
  /** The next split, which ends the test period; null for the newest fold. */
  readonly end: Instant | null
  /** Length of the test period; 0 where the rows have no days. */
  readonly months: number
  /** Positions in the rows. */
  readonly train: Int32Array
  readonly test: Int32Array
  readonly leftOut: {
    /** Opened in [split - label window, split): not complete at the split, closed or not. */
    readonly not_mature_at_split: number
    /** Described before the split, opened after it: training has seen outcomes from after its as-of. */
    readonly described_before_split: number
    /** In the test period, but not complete at the end of the data. */
    readonly not_mature_at_end: number
  }
}

export interface FoldPlanOptions {
  readonly labelWindowDays: number
  readonly dataEnd: Instant
  readonly minFolds?: number
  readonly maxFolds?: number
  readonly minWon?: number
  readonly minLost?: number
}

export interface Outcomes {
  readonly won: number
  readonly lost: number
}

export type BacktestPlan =
  | { readonly kind: 'planned'; readonly folds: readonly BacktestFold[] }
  | { readonly kind: 'one_outcome'; readonly won: number; readonly lost: number }
  | {
      readonly kind: 'too_few'
      readonly won: number
      readonly lost: number
      readonly needed: Outcomes
    }
  /** Of rows that are ordered and have no days. */
  | {
      readonly kind: 'too_short_order'
      readonly rows: number
      /** Rows of one position are tested together. */
      readonly positions: number
      readonly needed: number
      readonly won: number
      readonly lost: number
    }
  | {
      readonly kind: 'too_little_history'
      readonly monthsHeld: number
      readonly monthsNeeded: number
      readonly monthsMissing: number
      readonly won: number
      readonly lost: number
    }

const LEAST_TRAINING_MONTHS = 6
const LEAST_FOLD_MONTHS = 2
/** Of the months with complete labels, or of the rows in an order, what the first fold trains on where history allows. */
export const FIRST_TRAINING_SHARE = 1 / 3

/**
 * Plans the walk forward.
 *
 * Example used below: the first row is as of 2022-01-01, labels take 180 days, and the data end on 2024-03-01: 26 months.
 *
 * @param rows sorted by as-of
 */
export function planFolds(rows: readonly BacktestRow[], options: FoldPlanOptions): BacktestPlan {
  const { labelWindowDays, dataEnd, minFolds = DEFAULT_MIN_FOLDS, maxFolds = DEFAULT_MAX_FOLDS } = options
  const needed = outcomesNeeded(options)
  const matures = rows.map((row) => maturity(row, labelWindowDays))
  const outcomes = countOutcomes(rows.filter((_, index) => matures[index]! <= dataEnd))
  const refusal = tooFewOutcomes(outcomes, needed)
  if (refusal) return refusal

  const start = firstOfMonth(dayOf(rows[0]!.asOf))
  // Labels are complete for what opened up to 2023-09-03 (+ 180 days = 2024-03-01): whole months end on 2023-09-01.
  const end = firstOfMonth(dayOf(instantPlusDays(dataEnd, -labelWindowDays)))
  // Six months to learn from open until 2022-07-01; the last of them is complete on 2022-12-28: no split before 2023-01-01.
  const earliest = splitAfter(start, LEAST_TRAINING_MONTHS, labelWindowDays)
  // Four folds of two months fit before 2023-09-01 when the first begins by 2023-01-01: 26 months are just enough.
  const latest = addMonths(end, -minFolds * LEAST_FOLD_MONTHS)
  const held = monthsBetween(start, firstOfMonth(dayOf(dataEnd)))
  const tooLittle = (monthsMissing: number): BacktestPlan => {
    return {
      kind: 'too_little_history',
      monthsHeld: held,
      monthsNeeded: held + monthsMissing,
      monthsMissing,
      ...outcomes,
    }
  }
  if (earliest > latest) return tooLittle(monthsBetween(latest, earliest))

  // With a longer history the first fold learns from a third of it, not from six months.
  const share = Math.ceil(FIRST_TRAINING_SHARE * monthsBetween(start, end))
  const preferred = splitAfter(start, share, labelWindowDays)
  let first = preferred < earliest ? earliest : preferred > latest ? latest : preferred
  for (; ; first = addMonths(first, 1)) {
    const counts = countOutcomes(rows.filter((_, index) => matures[index]! <= startOfDay(first)))
    if (suffices(counts, needed)) break
    if (first >= latest) return tooLittle(monthsUntil(counts, needed, start, first))
  }
  const total = monthsBetween(first, end)
  const count = Math.min(maxFolds, Math.floor(total / LEAST_FOLD_MONTHS))
  const splits = Array.from({ length: count }, (_, fold) => addMonths(first, Math.floor((fold * total) / count)))
  const folds = splits.map((split, index) => {
    const next = splits[index + 1]
    const months = monthsBetween(split, next ?? end)
    const period = { index, split: startOfDay(split), end: next ? startOfDay(next) : null, months }
    return foldBetween(rows, matures, period, dataEnd)
  })
  // A fold without rows tells nothing (nobody opened anything for months): more history has to make up for it.
  const empty = folds.filter((fold) => fold.test.length === 0).length
  if (folds.length - empty < minFolds) return tooLittle(LEAST_FOLD_MONTHS * (minFolds - folds.length + empty))
  return { kind: 'planned', folds: folds.filter((fold) => fold.test.length > 0) }
}

/**
 * At the split 2023-03-01 a row opened on 2022-09-02 trains (its window [2022-09-02, 2023-03-01) has ended) and one
 * opened on 2022-09-03 does not, even if it was won within a week: only the fast ones would be closed by now, and they
 * are not like the others. A row as of 2023-02-01 that opened on 2023-03-10 is in neither part: a model from the split
 * knows outcomes that nobody knew at the row's as-of. Rows as of 2023-03-01 up to the next split are tested.
 */
export function foldBetween(
  rows: readonly BacktestRow[],
  matures: readonly Instant[],
  period: Pick<BacktestFold, 'index' | 'split' | 'end' | 'months'>,
  dataEnd: Instant,
): BacktestFold {
  const { split, end } = period
  const train: number[] = []
  const test: number[] = []
  const leftOut = { not_mature_at_split: 0, described_before_split: 0, not_mature_at_end: 0 }
  rows.forEach((row, position) => {
    if (matures[position]! <= split) train.push(position)
    else if (row.openedAt < split) leftOut.not_mature_at_split += 1
    else if (row.asOf < split) leftOut.described_before_split += 1
    else if (end !== null && row.asOf >= end) return
    else if (matures[position]! <= dataEnd) test.push(position)
    else leftOut.not_mature_at_end += 1
  })
  return { ...period, train: Int32Array.from(train), test: Int32Array.from(test), leftOut }
}

/** When a row's label is complete: by its opening, never by its closing. */
export function maturity(row: BacktestRow, labelWindowDays: number): Instant {
  const windowEnd = instantPlusDays(row.openedAt, labelWindowDays)
  return row.maturesAt > windowEnd ? row.maturesAt : windowEnd
}

export function monthsBetween(from: IsoDate, to: IsoDate): number {
  const index = (date: IsoDate) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7))
  return index(to) - index(from)
}

/** The first first-of-month at which everything opened in the first `months` months is complete. */
function splitAfter(start: IsoDate, months: number, labelWindowDays: number): IsoDate {
  const complete = dayOf(instantPlusDays(startOfDay(addMonths(start, months)), labelWindowDays))
  const month = firstOfMonth(complete)
  return month < complete ? addMonths(month, 1) : month
}

export function outcomesNeeded({ minWon = 40, minLost = 40 }: FoldPlanOptions): Outcomes {
  return { won: minWon, lost: minLost }
}

export function suffices({ won, lost }: Outcomes, needed: Outcomes): boolean {
  return won >= needed.won && lost >= needed.lost
}

/** Undefined where there are enough of both. */
export function tooFewOutcomes({ won, lost }: Outcomes, needed: Outcomes): BacktestPlan | undefined {
  if (won === 0 || lost === 0) return { kind: 'one_outcome', won, lost }
  return suffices({ won, lost }, needed) ? undefined : { kind: 'too_few', won, lost, needed }
}

export function countOutcomes(rows: readonly BacktestRow[]): Outcomes {
  const weightOf = (won: boolean) => rows.reduce((sum, row) => sum + (row.won === won ? row.weight : 0), 0)
  return { won: Math.floor(weightOf(true) + 1e-6), lost: Math.floor(weightOf(false) + 1e-6) }
}

/** At the pace so far, how many more months until the first split has enough of both outcomes. */
function monthsUntil(counts: Outcomes, needed: Outcomes, start: IsoDate, split: IsoDate): number {
  const months = monthsBetween(start, split)
  const missing = (outcome: 'won' | 'lost') =>
    ((needed[outcome] - counts[outcome]) * months) / Math.max(counts[outcome], 0.5)
  return Math.max(1, Math.ceil(Math.max(missing('won'), missing('lost'))))
}
