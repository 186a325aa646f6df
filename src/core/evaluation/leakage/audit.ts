import type { FeatureColumn } from '../../features/types.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'
import type { Instant } from '../../base/time.ts'
import { type FieldHistory, findCloseMarks } from './close.ts'
import { findDuplicates } from './duplicates.ts'
import type { LeakageFinding } from './finding.ts'
import { type FactsAround, findFutureKnowledge } from './future.ts'
import { findRoundness } from './roundness.ts'
import { findSeparation } from './separation.ts'

export interface LeakageInput {
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly TrainingRow[]
  /** One entry a row; without them the checks for later facts are skipped. */
  readonly around?: readonly FactsAround[]
  readonly fields?: readonly FieldHistory[]
  /** Rows described at or after it are tested on; default: the newest fifth. */
  readonly split?: Instant
}

/**
 * Findings of target leakage in the features of one model, critical first. Each check compares a figure, less three
 * standard errors, with a bound that clean data do not reach (the measurements are beside each bound).
 */
export function auditLeakage(input: LeakageInput): readonly LeakageFinding[] {
  const { columns, rows, around, fields = [] } = input
  const split = input.split ?? newestFifth(rows)
  const found = [
    ...findSeparation(columns, rows),
    ...(around ? findFutureKnowledge(columns, rows, around) : []),
    ...findCloseMarks(fields),
    ...findRoundness(columns, rows),
    ...findDuplicates(
      columns,
      rows,
      rows.map((row) => split !== undefined && row.asOf >= split),
    ),
  ]
  const rank = (finding: LeakageFinding) => (finding.severity === 'critical' ? 0 : 1)
  return found.toSorted((one, other) => rank(one) - rank(other))
}

function newestFifth(rows: readonly TrainingRow[]): Instant | undefined {
  const sorted = rows.map((row) => row.asOf).toSorted()
  return sorted[Math.floor(0.8 * sorted.length)]
}
