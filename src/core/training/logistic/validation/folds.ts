import { createRandom } from '../../../base/random.ts'
import { type Instant, instantPlusDays } from '../../../base/time.ts'
import type { TrainingRow } from '../types.ts'

export interface Fold {
  /** First instant of the test period; null when accounts were shuffled. */
  readonly split: Instant | null
  readonly train: Int32Array
  readonly test: Int32Array
  /** Rows before the test period whose outcome was not complete at the split: in neither part. */
  readonly leftOut: number
}

export interface FoldPlan {
  readonly method: 'time_ordered' | 'by_account'
  /** Why time order was not possible; null when it was. */
  readonly reason: string | null
  readonly folds: readonly Fold[]
}

export interface FoldOptions {
  readonly labelWindowDays: number
  readonly seed: number | string
  readonly foldCount?: number
}

const LEAST_OF_EACH_OUTCOME = 20
const FIRST_TRAINING_SHARE = 0.3

/**
 * Splits rows into train and test for choosing the penalty: expanding windows in time where dates allow, else seeded
 * folds of whole accounts.
 *
 * Example used below: label window 180 days, split 2024-10-01. A row opened on 2024-04-03 trains (complete on
 * 2024-09-30), one opened on 2024-04-04 does not (complete only on the split day, and an outcome that came in on the
 * last day is not known before it). Rows *as of* 2024-10-01 or later are tested; one as of 2024-09-01 that opened on
 * 2024-10-05 is in neither part: training has seen outcomes from after its as-of.
 *
 * @param rows sorted by as-of
 */
export function planFolds(rows: readonly TrainingRow[], options: FoldOptions): FoldPlan {
  const undated = rows.every((row) => row.asOf === rows[0]?.asOf && row.openedAt === rows[0]?.openedAt)
  const byAccount = (reason: string): FoldPlan => ({
    method: 'by_account',
    reason,
    folds: planByAccount(rows, options),
  })
  if (undated) return byAccount('all rows have the same date')
  return planByTime(rows, options) ?? byAccount(shortHistory(options))
}

function shortHistory({ labelWindowDays }: FoldOptions): string {
  return `the history is too short to train on ${LEAST_OF_EACH_OUTCOME} won and ${LEAST_OF_EACH_OUTCOME} lost rows completed (${labelWindowDays} days) before a later test period with half as many`
}

function planByTime(rows: readonly TrainingRow[], options: FoldOptions): FoldPlan | undefined {
  const foldCount = options.foldCount ?? 5
  const completions = completionsOf(rows, options.labelWindowDays)
  const first = firstSplit(rows, completions, FIRST_TRAINING_SHARE) ?? firstSplit(rows, completions, 0)
  if (first === undefined) return undefined
  const testable = rows.slice(first)
  if (fewerOfEach(testable) < LEAST_OF_EACH_OUTCOME / 2) return undefined
  // Blocks of about equal size; all rows as of one instant stay together.
  const splits = new Set<Instant>()
  for (let fold = 0; fold < foldCount; fold += 1)
    splits.add(rows[first + Math.floor((fold * testable.length) / foldCount)]!.asOf)
  const starts = [...splits]
  const folds = starts.map((split, index) => foldAt(rows, completions, split, starts[index + 1]))
  return { method: 'time_ordered', reason: null, folds }
}

/** When each row's outcome is complete; few rows have a day of their own. */
function completionsOf(rows: readonly TrainingRow[], labelWindowDays: number): readonly Instant[] {
  const known = new Map<Instant, Instant>()
  return rows.map(({ openedAt }) => {
    const completion = known.get(openedAt) ?? instantPlusDays(openedAt, labelWindowDays)
    known.set(openedAt, completion)
    return completion
  })
}

function foldAt(
  rows: readonly TrainingRow[],
  completions: readonly Instant[],
  split: Instant,
  end: Instant | undefined,
): Fold {
  const train: number[] = []
  const test: number[] = []
  let leftOut = 0
  rows.forEach((row, index) => {
    if (completions[index]! < split) train.push(index)
    else if (row.asOf < split) leftOut += 1
    else if (end === undefined || row.asOf < end) test.push(index)
  })
  return { split, train: Int32Array.from(train), test: Int32Array.from(test), leftOut }
}

/** Position of the first row whose as-of leaves enough completed rows before it to train on. */
function firstSplit(rows: readonly TrainingRow[], completions: readonly Instant[], share: number): number | undefined {
  const ordered = rows
    .map(({ won }, index) => ({ at: completions[index]!, won }))
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  let [complete, won] = [0, 0]
  for (let index = 0; index < rows.length; index += 1) {
    while (complete < rows.length && ordered[complete]!.at < rows[index]!.asOf) {
      if (ordered[complete]!.won) won += 1
      complete += 1
    }
    if (Math.min(won, complete - won) >= LEAST_OF_EACH_OUTCOME && complete >= share * rows.length) return index
  }
  return undefined
}

/** Whole accounts in seeded order, dealt round: first those with a won row, so that every fold has its share. */
export function planByAccount(rows: readonly TrainingRow[], options: FoldOptions): readonly Fold[] {
  const random = createRandom(`folds ${options.seed}`)
  const ids = [...new Set(rows.map((row) => row.id))].toSorted()
  const winners = new Set(rows.filter((row) => row.won).map((row) => row.id))
  const dealt = [
    ...random.shuffle(ids.filter((id) => winners.has(id))),
    ...random.shuffle(ids.filter((id) => !winners.has(id))),
  ]
  const foldCount = Math.min(options.foldCount ?? 5, dealt.length)
  const foldOf = new Map(dealt.map((id, position) => [id, position % foldCount]))
  const positions = Array.from(rows.keys())
  return Array.from({ length: foldCount }, (_, fold) => ({
    split: null,
    train: Int32Array.from(positions.filter((index) => foldOf.get(rows[index]!.id) !== fold)),
    test: Int32Array.from(positions.filter((index) => foldOf.get(rows[index]!.id) === fold)),
    leftOut: 0,
  }))
}

function fewerOfEach(rows: readonly TrainingRow[]): number {
  const won = rows.filter((row) => row.won).length
  return Math.min(won, rows.length - won)
}
