import { BEGINNING, type Instant } from '../../base/time.ts'
import type { FeatureColumn } from '../../features/types.ts'
import type { NegativeSampling, TrainingRow } from '../../training/logistic/types.ts'
import type { TableFeature } from './columns/features.ts'
import type { Roles } from './columns/roles.ts'

/** A table as training takes it. */
export interface Examples {
  readonly columns: readonly FeatureColumn[]
  /** By as-of, then by content. */
  readonly rows: readonly TrainingRow[]
  /** By row, its position in the table. */
  readonly positions: readonly number[]
  /** That won and lost rows were taken in different shares. */
  readonly sampling: NegativeSampling | undefined
}

export interface LabelledRows {
  readonly won: readonly boolean[]
  /** Per row the account, or a key of the row's own. */
  readonly ids: readonly string[]
  readonly sampling: NegativeSampling | undefined
}

/** Rows with these features. In a table with dates a row without one is left out: nobody knows whether it is new. */
export function examplesOf(
  features: readonly TableFeature[],
  { date, closed }: Roles,
  labelled: LabelledRows,
): Examples {
  const order = date ? date.content.instants : null
  const positions = [...labelled.won.keys()]
    .filter((row) => !order || order[row])
    .toSorted((a, b) => (order ? compare(order[a] ?? '', order[b] ?? '') : 0) || a - b)
  const rows = positions.map((row): TrainingRow => {
    const asOf = order?.[row] ?? BEGINNING
    return {
      id: labelled.ids[row] ?? '',
      asOf,
      openedAt: laterOf(asOf, order ? (closed?.instants[row] ?? asOf) : asOf),
      won: labelled.won[row] === true,
      weight: 1,
      values: features.map(({ values }) => values[row] ?? null),
    }
  })
  return { columns: features.map(({ column }) => column), rows, positions, sampling: labelled.sampling }
}

function laterOf(one: Instant, other: Instant): Instant {
  return one < other ? other : one
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
