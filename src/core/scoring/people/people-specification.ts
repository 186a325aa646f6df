import { z } from 'zod'

const days = z.number().int().min(1).max(365)

const REFUSED = [
  'no',
  'none',
  'false',
  '0',
  'n',
  'denied',
  'refused',
  'withdrawn',
  'revoked',
  'not given',
  'opted out',
  'opt-out',
  'unsubscribed',
  'objected',
  'expired',
] as const

/** `models/contact.json`: the features of a person, and the number of opportunities needed to train. */
export const PeopleSpecification = z.strictObject({
  $comment: z.string().optional(),
  /** Windows in which a person's own activities are counted; the longest one says who is engaged. */
  window_days: z.array(days).min(1).max(6),
  /** Activities that say more than others: each counted in its own window. */
  telling: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name is lower case letters, digits and _'),
        /** Singular and plural, as a salesperson says it. */
        noun: z.tuple([z.string().min(1), z.string().min(1)]),
        kinds: z.array(z.string().min(1)).min(1),
        window_days: days,
      }),
    )
    .default([]),
  half_life_days: z.number().positive().max(365),
  /** Opportunities, not people: those of one opportunity share its weight. */
  minimum_won: z.number().int().min(1).default(40),
  minimum_lost: z.number().int().min(1).default(40),
  history_months: z.number().int().min(1).max(600).default(60),
  seed: z.number().int().min(0).default(1),
  /** Values of a consent field that mean refusal; case does not matter. */
  consent_refused: z.array(z.string().trim().min(1).max(100)).default([...REFUSED]),
})
export type PeopleSpecification = z.infer<typeof PeopleSpecification>

/** Days after which a silent person no longer counts as engaged. */
export function engagedDays({ window_days: windows }: PeopleSpecification): number {
  return Math.max(...windows)
}
