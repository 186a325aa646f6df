import type { Instant } from '../../base/time.ts'
import { planByAccount } from '../../training/logistic/validation/folds.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'

export interface TestFold {
  readonly repeat: number
  readonly train: Int32Array
  readonly test: Int32Array
  /** First instant of the test period; null when rows were dealt at random. */
  readonly split: Instant | null
}

/** How the rows are divided into training and test. */
export type TestPlan =
  | { readonly kind: 'forward'; readonly folds: readonly TestFold[] }
  | {
      readonly kind: 'repeated'
      readonly folds: readonly TestFold[]
      readonly repeats: number
      readonly foldCount: number
      readonly reason: string
    }

const TEST_SHARE = 0.3
const MOST_BLOCKS = 3
const FEWEST_TRAINED = 40
const FEWEST_TESTED = 20

/** Few rows are cheap to repeat, and need it most. */
const REPETITION = [
  { upTo: 600, repeats: 5, foldCount: 10 },
  { upTo: 2500, repeats: 3, foldCount: 10 },
  { upTo: 6000, repeats: 2, foldCount: 5 },
  { upTo: Infinity, repeats: 1, foldCount: 5 },
]

/**
 * The newest 30% are the test, in up to three blocks, each predicted by what had closed before it began: the only split
 * that does not train on the future. Without dates, or with too few rows before or after, whole accounts are dealt into
 * folds, several times.
 *
 * @param rows sorted by as-of
 * @param undated why there is no date to split by; null when there is one
 */
export function planTest(rows: readonly TrainingRow[], undated: string | null, seed: number): TestPlan {
  const folds = undated === null ? planForward(rows) : undefined
  if (folds) return { kind: 'forward', folds }
  const reason =
    undated ??
    `a split in time needs ${FEWEST_TRAINED} won and ${FEWEST_TRAINED} lost rows that closed before the newest ${TEST_SHARE * 100}%, and ${FEWEST_TESTED} of each among these`
  const { repeats, foldCount } = REPETITION.find(({ upTo }) => rows.length <= upTo) ?? { repeats: 1, foldCount: 5 }
  return {
    kind: 'repeated',
    repeats,
    foldCount,
    reason,
    folds: Array.from({ length: repeats }, (_, repeat) =>
      planByAccount(rows, { labelWindowDays: 0, foldCount, seed: `${seed} repeat ${repeat}` }).map((fold) => ({
        ...fold,
        repeat,
      })),
    ).flat(),
  }
}

function planForward(rows: readonly TrainingRow[]): readonly TestFold[] | undefined {
  const first = rows[Math.floor((1 - TEST_SHARE) * rows.length)]?.asOf
  const start = rows.findIndex(({ asOf }) => asOf === first)
  for (let blocks = MOST_BLOCKS; blocks > 0; blocks -= 1) {
    const splits = Array.from(
      new Set(
        Array.from(
          { length: blocks },
          (_, block) => rows[start + Math.floor((block * (rows.length - start)) / blocks)]?.asOf as Instant,
        ),
      ),
    )
    const folds = splits.map((split, block) => blockFrom(rows, split, splits[block + 1]))
    const isEnough = folds.every(
      ({ train, test }) => fewerOf(rows, train) >= FEWEST_TRAINED && fewerOf(rows, test) >= FEWEST_TESTED,
    )
    if (isEnough) return folds
  }
  return undefined
}

function blockFrom(rows: readonly TrainingRow[], split: Instant, end: Instant | undefined): TestFold {
  const positions = Int32Array.from(rows.keys())
  return {
    repeat: 0,
    split,
    // The outcome of a training row was known before the split: `openedAt` is here the day on which it closed.
    train: positions.filter((row) => rows[row]!.asOf < split && rows[row]!.openedAt < split),
    test: positions.filter((row) => rows[row]!.asOf >= split && (end === undefined || rows[row]!.asOf < end)),
  }
}

function fewerOf(rows: readonly TrainingRow[], positions: Int32Array): number {
  const won = positions.reduce((count, row) => count + (rows[row]!.won ? 1 : 0), 0)
  return Math.min(won, positions.length - won)
}
