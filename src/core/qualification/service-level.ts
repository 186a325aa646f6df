import { z } from 'zod'
import { epochMicrosOf, type Instant, instantOfEpochMicros } from '../base/time.ts'

const hours = z.number().int().min(1).max(8_760)

/** `models/sla.json`: the deadline of the first contact of a listed account. */
export const ServiceLevel = z.strictObject({
  $comment: z.string().optional(),
  contact_within_hours: hours,
  /** Overrides by motion. */
  motions: z.record(z.string(), z.strictObject({ contact_within_hours: hours })).default({}),
})
export type ServiceLevel = z.infer<typeof ServiceLevel>

/** Hours from the entry to the first contact; `by` motion if overridden. */
export interface ContactHours {
  readonly common: number
  readonly by: Readonly<Record<string, number>>
}

export function contactHoursOf({ motions, contact_within_hours: common }: ServiceLevel): ContactHours {
  const by = Object.entries(motions).map(([motion, own]) => [motion, own.contact_within_hours] as const)
  return { common, by: Object.fromEntries(by) }
}

export function contactDueAt({ common, by }: ContactHours, motion: string, qualifiedSince: Instant): Instant {
  return instantOfEpochMicros(epochMicrosOf(qualifiedSince) + (by[motion] ?? common) * MICROS_PER_HOUR)
}

const MICROS_PER_HOUR = 3_600_000_000
