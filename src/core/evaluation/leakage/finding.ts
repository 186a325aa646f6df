import { z } from 'zod'
import type { TrainingRow } from '../../training/logistic/types.ts'

export const LEAKAGE_KINDS = [
  'separates_outcome',
  'missingness_separates',
  'counts_later_facts',
  'correlates_with_future',
  'changed_at_close',
  'filled_only_when_closed',
  'rounder_when_lost',
  'duplicates_across_split',
  'pipeline_knows_labels',
] as const

/** What the audit reads of a training row. */
export type AuditedRow = Pick<TrainingRow, 'id' | 'values' | 'won'>

/** A finding of target leakage. Results with the column of a critical one are not valid. */
export const LeakageFinding = z.strictObject({
  /** The feature, or `*` where no single column is the cause. */
  column: z.string(),
  kind: z.enum(LEAKAGE_KINDS),
  severity: z.enum(['critical', 'warning']),
  /** One sentence with the figures that `figures` holds. */
  evidence: z.string(),
  figures: z.record(z.string(), z.number()),
  remedy: z.string(),
})
export type LeakageFinding = z.infer<typeof LeakageFinding>

export const exclude = (column: string) =>
  `add "${column}" to "exclude" in the model's specification, or import the field with the dates on which its values became known`
