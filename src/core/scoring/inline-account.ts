import { z } from 'zod'
import { type AccountSnapshot, type EventCell, feedStartsGiven } from '../features/snapshot.ts'
import { MOST_ATTRIBUTES } from '../facts/import/received-row.ts'
import { completedPerson } from '../facts/titles/complete-person.ts'
import type { TitleSpecification } from '../facts/titles/title-specification.ts'
import { InstantField } from '../base/instant-field.ts'
import { ageInDays, BEGINNING, type Instant, parseInstant } from '../base/time.ts'

/** PostgreSQL cannot store NUL. */
const hasNul = (value: string) => value.includes(String.fromCharCode(0))
const text = z
  .string()
  .trim()
  .min(1)
  .max(400)
  .refine((value) => !hasNul(value), 'must not contain NUL')
  .meta({ pattern: '\\S' })
const attribute = z.union([
  z.string().max(400),
  z.number(),
  z.boolean(),
  z.array(z.string().max(400)).max(500),
  z.null(),
])

const event = { kind: text, occurred_at: InstantField }

/**
 * An account described in the request itself: "what if". A list that is left out is unknown; an empty one is a true zero.
 * Facts at or after the as-of instant are refused rather than ignored.
 */
export const InlineAccount = z.strictObject({
  name: text.optional(),
  attributes: z
    .record(text, attribute)
    .refine((given) => Object.keys(given).length <= MOST_ATTRIBUTES, `at most ${MOST_ATTRIBUTES} attributes`)
    .default({}),
  contacts: z
    .array(
      z.strictObject({
        external_id: text,
        title: text.optional(),
        seniority: z.enum(['c_level', 'vp', 'director', 'manager', 'individual']).optional(),
        department: text.optional(),
        buying_role: z
          .enum(['economic_decision_maker', 'technical_decision_maker', 'procurement', 'influencer', 'user'])
          .optional(),
      }),
    )
    .max(1000)
    .optional(),
  /** Only the buyer's activities: those of sales are not evidence. */
  activities: z
    .array(z.strictObject({ ...event, contact_external_id: text.optional() }))
    .max(5000)
    .optional(),
  intent_signals: z
    .array(
      z.strictObject({
        provider: text.default('inline'),
        topic: text,
        observed_at: InstantField,
        strength: z.number().min(0).max(100),
      }),
    )
    .max(5000)
    .optional(),
  business_events: z.array(z.strictObject(event)).max(1000).optional(),
  customer_events: z
    .array(z.strictObject({ ...event, kind: z.enum(['renewal', 'expansion', 'churn']) }))
    .max(1000)
    .optional(),
})
export type InlineAccount = z.infer<typeof InlineAccount>

/** Problems of an inline account that a schema cannot express: a JSON pointer and a message each. */
export function inlineProblems(account: InlineAccount, asOf: Instant): readonly { pointer: string; message: string }[] {
  const people = new Set((account.contacts ?? []).map((contact) => contact.external_id))
  const problems: { pointer: string; message: string }[] = []
  const check = (list: string, index: number, field: string, value: string | number) => {
    const at = parseInstant(String(value))
    if (at === undefined || at < asOf) return
    const message = `${field} must lie before the as-of instant ${asOf}, got ${at}`
    problems.push({ pointer: `/${list}/${index}/${field}`, message })
  }
  account.activities?.forEach((activity, index) => {
    check('activities', index, 'occurred_at', activity.occurred_at)
    const contact = activity.contact_external_id
    if (contact === undefined || people.has(contact)) return
    const message = `contact_external_id must be one of the account's contacts, got "${contact}"`
    problems.push({ pointer: `/activities/${index}/contact_external_id`, message })
  })
  account.intent_signals?.forEach((signal, index) => check('intent_signals', index, 'observed_at', signal.observed_at))
  account.business_events?.forEach((fact, index) => check('business_events', index, 'occurred_at', fact.occurred_at))
  account.customer_events?.forEach((fact, index) => check('customer_events', index, 'occurred_at', fact.occurred_at))
  return problems
}

function described(contact: NonNullable<InlineAccount['contacts']>[number], titles: TitleSpecification | undefined) {
  const person = {
    title: contact.title ?? null,
    seniority: contact.seniority ?? null,
    department: contact.department ?? null,
    buyingRole: contact.buying_role ?? null,
  }
  return titles ? completedPerson(person, titles) : person
}

/** The same view that the point-in-time query gives of a stored account. Call `inlineProblems` first. */
export function inlineSnapshot(account: InlineAccount, asOf: Instant, titles?: TitleSpecification): AccountSnapshot {
  const contacts = account.contacts ?? []
  const keyOf = new Map(contacts.map((contact, index) => [contact.external_id, index]))
  const activities = (account.activities ?? []).map((activity) => ({
    kind: activity.kind,
    at: parsed(activity.occurred_at),
    contactKey: activity.contact_external_id === undefined ? null : (keyOf.get(activity.contact_external_id) ?? null),
  }))
  // Of one instant the one listed last is the newest, as of stored activities the one that came later in its file.
  const newestFirst = activities
    .toReversed()
    .toSorted((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0))
  const cell = ({
    kind,
    at,
    contactKey = null,
  }: {
    kind: string
    at: Instant
    contactKey?: number | null
  }): EventCell => ({
    kind,
    contactKey,
    ageDays: ageInDays(asOf, at),
    count: 1,
  })
  const events = (facts: InlineAccount['business_events']) =>
    (facts ?? []).map(({ kind, occurred_at: occurredAt }) => cell({ kind, at: parsed(occurredAt) }))
  const name = account.name === undefined ? {} : { name: account.name }
  return {
    externalId: '',
    asOf,
    accountKnownAt: BEGINNING,
    versions: [{ source: 'inline', attributes: { ...name, ...account.attributes }, backfilled: false }],
    ...(account.contacts === undefined ? { contactsUnknown: true } : {}),
    contacts: contacts.map((contact, key) => ({
      key,
      externalId: contact.external_id,
      name: null,
      ...described(contact, titles),
    })),
    activities: activities.map(cell),
    reach: [],
    latestKinds: [...new Set(newestFirst.map((activity) => activity.kind))],
    intentSignals: (account.intent_signals ?? []).map((signal) => ({
      provider: signal.provider,
      topic: signal.topic,
      ageDays: ageInDays(asOf, parsed(signal.observed_at)),
      strengthE4: Math.round(signal.strength * 10_000),
    })),
    businessEvents: events(account.business_events),
    customerEvents: events(account.customer_events),
    opportunities: [],
    feedStarts: feedStartsGiven({
      activity: account.activities !== undefined,
      intent_signal: account.intent_signals !== undefined,
      business_event: account.business_events !== undefined,
      customer_event: account.customer_events !== undefined,
    }),
  }
}

function parsed(given: string | number): Instant {
  const instantText = parseInstant(String(given))
  if (instantText === undefined) throw new RangeError(`instant must be checked before use, got "${given}"`)
  return instantText
}
