import { z } from 'zod'

/**
 * `models/mql-points.json`: the point rule that the company works by today, written down so that it can be replayed as
 * of any past date and compared with the model. Explicit points are for who somebody is, implicit points for what they
 * did. docs/mql-points.md explains every key and writes two published rules in it.
 */
const text = z.string().trim().min(1).max(200)
const texts = z.array(text).min(1)
const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name is lower case letters, digits and _')
const points = z.number().min(-1000).max(1000)
const days = z.number().int().min(1).max(1095)

/** The first band that fits gives its points; none fits: 0. */
const Band = z.union([
  z.strictObject({ at_least: z.number(), points }),
  z.strictObject({ equals: texts, points }),
  /** Any of these stands in the text as a word or words of its own, whatever the case. */
  z.strictObject({ contains: texts, points }),
  z.strictObject({ unknown: z.literal(true), points }),
])
export type Band = z.infer<typeof Band>

export const CONTACT_FIELDS = ['title', 'seniority', 'department', 'buying_role'] as const

const ProfilePoints = z.discriminatedUnion('of', [
  z.strictObject({ name, of: z.literal('account'), field: text, bands: z.array(Band).min(1) }),
  /** `field` is checked by `unknownRuleNames`, which names the nearest. */
  z.strictObject({ name, of: z.literal('contact'), field: text, bands: z.array(Band).min(1) }),
])

/** What is left of the points as an event grows older; after the last day, nothing. */
const Fading = z.union([
  /** All of them, for so many days. */
  z.strictObject({ days }),
  z.strictObject({ steps: z.array(z.strictObject({ below_days: days, share: z.number().min(0).max(1) })).min(1) }),
  z.strictObject({ days, half_life_days: z.number().positive().max(1095) }),
])
export type Fading = z.infer<typeof Fading>

const EventPoints = z.strictObject({
  name,
  /** Events of one contact, or all events of the account, anonymous visits and news included. */
  of: z.enum(['contact', 'account']),
  fact: z.enum(['activity', 'business_event', 'customer_event']).default('activity'),
  kinds: texts,
  points,
  /** No more than this in all, in size. */
  at_most: z.number().positive().optional(),
  /** An event counts only if none that counted lies within so many days before it. */
  once_in_days: days.optional(),
  fading: Fading.optional(),
})
export type EventPoints = z.infer<typeof EventPoints>

export const MqlRule = z
  .strictObject({
    $comment: z.string().optional(),
    /** An account is marketing-qualified from this many points on. */
    threshold: z.number(),
    /** Where two systems disagree on an attribute, as in features.json. */
    source_precedence: z.array(text).default([]),
    /** A lead is a person: without a known contact an account has no points. */
    needs_contact: z.boolean().default(true),
    profile: z.array(ProfilePoints).default([]),
    events: z.array(EventPoints).default([]),
    /** For events that do not say otherwise. */
    fading: Fading,
  })
  .superRefine((rule, context) => {
    const seen = new Set<string>()
    for (const { name: item } of [...rule.profile, ...rule.events]) {
      if (seen.has(item)) context.addIssue({ code: 'custom', message: `names must differ, got "${item}" twice` })
      seen.add(item)
    }
    for (const { name: item, of, fact } of rule.events) {
      if (of === 'contact' && fact !== 'activity') {
        context.addIssue({
          code: 'custom',
          message: `"${item}": a ${fact} has no person, its points are of the account`,
        })
      }
    }
    for (const fading of [rule.fading, ...rule.events.map((item) => item.fading)]) {
      if (
        fading &&
        'steps' in fading &&
        fading.steps.some((step, at) => step.below_days <= daysBefore(fading.steps, at))
      ) {
        context.addIssue({ code: 'custom', message: 'steps of a fading must have rising below_days' })
      }
    }
  })
export type MqlRule = z.infer<typeof MqlRule>

function daysBefore(steps: readonly { readonly below_days: number }[], at: number): number {
  return steps[at - 1]?.below_days ?? 0
}

/** Days after which an event has no points left. */
export function fadingDays(fading: Fading): number {
  return 'steps' in fading ? (fading.steps.at(-1)?.below_days ?? 0) : fading.days
}

/** The share of its points that an event of this age still has. */
export function shareAtAge(fading: Fading, ageDays: number): number {
  if ('steps' in fading) return fading.steps.find((step) => ageDays < step.below_days)?.share ?? 0
  if (ageDays >= fading.days) return 0
  return 'half_life_days' in fading ? 2 ** (-ageDays / fading.half_life_days) : 1
}
