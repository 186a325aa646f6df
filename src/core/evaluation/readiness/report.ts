import { z } from 'zod'

const count = z.number().int().min(0)
const share = z.number().min(0).max(1)
const counts = z.record(z.string(), count)

export const FINDING_NAMES = [
  'too_few_won',
  'too_few_lost',
  'small_sample',
  'short_history',
  'old_history',
  'no_evidence',
  'no_days',
  'never_known',
  'mostly_unknown',
  'backfilled',
  'unmatched',
  'rejected_rows',
] as const

/** A reason not to train a model (`refused`), or a limit of what it proves (`warning`). */
export const ReadinessFinding = z.strictObject({
  name: z.enum(FINDING_NAMES),
  severity: z.enum(['refused', 'warning']),
  model: z.string().nullable(),
  /** The feature or the kind of fact that it is about, if it is one. */
  subject: z.string().nullable(),
  figure: z.number(),
  limit: z.number(),
  sentence: z.string(),
})
export type ReadinessFinding = z.infer<typeof ReadinessFinding>

export const ModelReadiness = z.strictObject({
  model: z.string(),
  rows: count,
  accounts: count,
  /** Outcomes, by weight. */
  won: count,
  lost: count,
  base_rate: z.number().nullable(),
  by_month: z.array(z.strictObject({ month: z.string(), rows: count, won: count, base_rate: share })),
  /** Share of rows in which a feature is unknown, largest first, of features that are unknown in any. */
  unknown: z.array(z.strictObject({ column: z.string(), share })),
  /** Rows left out, by reason. */
  excluded: counts,
  label_days: count,
  /** Label windows are complete for opportunities that opened (or as-of dates) before this day. */
  labelled_before: z.string(),
  sample_size: z.strictObject({
    parameters: count,
    needed: z.number(),
    auc: z.number(),
    auc_is_measured: z.boolean(),
    cox_snell_r2: z.number(),
    shrinkage: z.number(),
  }),
})
export type ModelReadiness = z.infer<typeof ModelReadiness>

const Part = z.strictObject({ count, of: count })

export const FactReadiness = z.strictObject({
  facts: z.array(
    z.strictObject({
      fact: z.string(),
      stored: count,
      /** Known before as-of and tied to an account; null where the fact has no such rule. */
      known: count.nullable(),
      /** Stored without a known account. */
      unmatched: count,
    }),
  ),
  opportunities: z.strictObject({ won: count, lost: count, open: count }),
  /** The newest day of which any fact tells; null without facts. Reports of earlier versions lack it. */
  newest_on: z.string().nullable().optional(),
  /** First and last day of each source's facts. */
  history: z.array(
    z.strictObject({
      fact: z.string(),
      source: z.string(),
      facts: count,
      first_on: z.string(),
      last_on: z.string(),
      days: count,
    }),
  ),
  /** Versions and links that came without a date and count from an assumed one: not point-in-time. */
  backfilled: z.strictObject({
    attributes: Part,
    contacts: Part,
    account_links: Part,
    opportunity_contacts: Part,
    opportunities: Part,
  }),
  /** What the latest import of each file read and rejected, by kind; `runs` counts the earlier ones too. */
  imports: z.array(z.strictObject({ kind: z.string(), runs: count, read: count, rejected: count, reasons: counts })),
})
export type FactReadiness = z.infer<typeof FactReadiness>

export const ReadinessReport = z.strictObject({
  as_of: z.string(),
  ready: z.boolean(),
  findings: z.array(ReadinessFinding),
  models: z.array(ModelReadiness),
  ...FactReadiness.shape,
})
export type ReadinessReport = z.infer<typeof ReadinessReport>
