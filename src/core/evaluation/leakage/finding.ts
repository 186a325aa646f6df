import { z } from 'zod'

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

/** One suspicion of leakage. A critical one says that results with this column cannot be believed. */
export const LeakageFinding = z.strictObject({
  /** The feature, or `*` where it is not one column's doing. */
  column: z.string(),
  kind: z.enum(LEAKAGE_KINDS),
  severity: z.enum(['critical', 'warning']),
  /** What was seen, in one sentence with its figures. */
  evidence: z.string(),
  figures: z.record(z.string(), z.number()),
  remedy: z.string(),
})
export type LeakageFinding = z.infer<typeof LeakageFinding>

export const exclude = (column: string) =>
  `add "${column}" to "exclude" in the model's specification, or import the field with the dates on which its values became known`
