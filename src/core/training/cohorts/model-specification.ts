import { z } from 'zod'
import { FAMILIES } from '../../features/types.ts'

const days = z.number().int().min(1).max(3650)
const text = z.string().trim().min(1).max(200)

/** The instant as of which an example is described. */
export const ExampleInstant = z.discriminatedUnion('kind', [
  /** Every first of a month (00:00 UTC) on which the account has no open opportunity. */
  z.strictObject({ kind: z.literal('first_of_month') }),
  /** The last first of a month strictly before the opportunity opened: means the same for an account that has none. */
  z.strictObject({ kind: z.literal('first_of_month_before_opening') }),
  z.strictObject({ kind: z.literal('opened_at') }),
  /** The first activity of a kind after opening, plus whole days, if the opportunity is still open then. */
  z.strictObject({
    kind: z.literal('after_activity'),
    activity_kind: text,
    plus_days: z.number().int().min(0).max(3650),
  }),
])
export type ExampleInstant = z.infer<typeof ExampleInstant>

export const Label = z.discriminatedUnion('kind', [
  /** A relevant opportunity opens in [as-of, as-of + within_days). */
  z.strictObject({ kind: z.literal('opens'), within_days: days }),
  /** Won in [from, from + within_days); still open after that is *not won within*. */
  z.strictObject({ kind: z.literal('won'), within_days: days, from: z.enum(['opened_at', 'as_of']) }),
  /** Won within `within_days` of opening, and no churn known within `kept_days` after the close: worth winning. */
  z.strictObject({ kind: z.literal('won_and_kept'), within_days: days, kept_days: days }),
  /**
   * Won at all, of those closed; opportunities younger than `maturity_days` are left out, closed or not. With 0, for histories
   * without days, an outcome is known at once.
   */
  z.strictObject({ kind: z.literal('won_ever'), maturity_days: z.number().int().min(0).max(3650) }),
])
export type Label = z.infer<typeof Label>

export const TrainingOptions = z.strictObject({
  /** How many months back from the training as-of examples may lie. */
  history_months: z.number().int().min(1).max(600).default(60),
  solver: z.enum(['newton', 'reference']).default('newton'),
  /** Strengths of the L2 penalty to choose from, by time-ordered cross-validation. */
  penalties: z.array(z.number().positive().max(1e9)).min(1).max(50).optional(),
  /**
   * In-market only: keep about so many negatives for each positive, and correct for it, so that fewer snapshots need be
   * read. All are kept when absent.
   */
  negatives_per_positive: z.number().min(1).max(10_000).optional(),
  minimum_won: z.number().int().min(1).default(40),
  minimum_lost: z.number().int().min(1).default(40),
  seed: z.number().int().min(0).default(1),
})

/** `models/in-market.json`, `models/win.json`, `models/win-open.json`: what one model predicts, of whom, and as of when. */
export const ModelSpecification = z
  .strictObject({
    $comment: z.string().optional(),
    model: z.enum(['in_market', 'win', 'win_open']),
    moment: ExampleInstant,
    label: Label,
    opportunities: z
      .strictObject({
        /** Types that count; an unknown type counts. */
        types: z
          .array(z.enum(['new_business', 'renewal', 'expansion']))
          .min(1)
          .default(['new_business', 'expansion']),
        /** Opened by sales, not by the buyer; an unknown source counts. */
        exclude_lead_sources: z.array(z.enum(['inbound', 'outbound', 'partner'])).default([]),
        /** Shorter-lived ones are duplicates and tests. */
        minimum_lifetime_days: z.number().int().min(0).max(365).default(2),
      })
      .prefault({}),
    families: z
      .array(z.enum(FAMILIES))
      .min(1)
      .default([...FAMILIES]),
    /** Features left out of this model, by name. */
    exclude: z.array(text).default([]),
    training: TrainingOptions.prefault({}),
  })
  .refine(({ moment, training }) => moment.kind === 'first_of_month' || training.negatives_per_positive === undefined, {
    error: 'negatives are sampled only at the moment "first_of_month": opportunities are few',
    path: ['training', 'negatives_per_positive'],
  })
export type ModelSpecification = z.infer<typeof ModelSpecification>

/** Days after its moment (or opening) until an example's label is known. */
export function maturityDays(label: Label): number {
  switch (label.kind) {
    case 'won_ever':
      return label.maturity_days
    case 'won_and_kept':
      return label.within_days + label.kept_days
    case 'opens':
    case 'won':
      return label.within_days
  }
}
