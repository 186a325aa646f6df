import type { Random } from '../../core/base/random.ts'
import { addActivity } from './activities.ts'
import type { Company, Contact } from './company.ts'
import { DAY, dayIndex, type Moment, workingMoment } from '../process/moment.ts'
import type { SimulatedMonth } from '../options.ts'
import { MQL_RULE, SALES } from '../process/process.ts'
import { chance } from '../process/sampling.ts'
import { activitiesKnown, versionAt } from '../process/state.ts'
import type { Streams } from '../process/streams.ts'
import { changeAccount } from './versions.ts'
import type { Worklist } from '../options.ts'

/** The accounts that sales works in a month: those on the list, or without a list those above the threshold of the old rule. */
export function salesWorks(company: Company, { month, start }: SimulatedMonth, worklist: Worklist | null): boolean {
  return worklist?.(company.profile.externalId, month) ?? mqlPoints(company, start) >= MQL_RULE.threshold
}

/** The points of the account's best known contact as of the first of a month, from what was known by then. */
function mqlPoints(company: Company, asOf: Moment): number {
  const employees = versionAt(company, asOf)?.employees ?? 0
  const bySize = MQL_RULE.employees.find(({ atLeast }) => employees >= atLeast)?.points ?? 0
  const activity = new Map<Contact, number>()
  for (const { contact, kind, at, by } of activitiesKnown(company, asOf, 90)) {
    if (!contact || by !== 'buyer') continue
    const age = dayIndex(asOf) - dayIndex(at)
    const share = MQL_RULE.decay.find(({ maxAgeDays }) => age < maxAgeDays)?.share ?? 0
    const points = MQL_RULE.activity[kind as keyof typeof MQL_RULE.activity] ?? 0
    activity.set(contact, (activity.get(contact) ?? 0) + points * share)
  }
  const known = company.contacts.filter(({ knownAt }) => knownAt < asOf)
  return Math.max(
    0,
    ...known.map((contact) => MQL_RULE.seniority[contact.seniority] + bySize + (activity.get(contact) ?? 0)),
  )
}

/** Sales calls, mails and meets the people it knows; some of them answer, and now and then it finds a new one. */
export function pursueAccount(streams: Streams, company: Company, { index, start, end }: SimulatedMonth): void {
  const random = streams.inMonth('sales', index)
  const foundAt = workingMoment(random, start, end)
  if (chance(random, SALES.findsContact)) {
    const unknown = company.contacts.find(({ knownAt }) => knownAt >= end)
    if (unknown) meet(company, unknown, foundAt)
  }
  recordTouches(random, company, { idPrefix: `S${index}`, rates: SALES.touches, from: start, to: end, factor: 1 })
}

export interface Touches {
  readonly idPrefix: string
  /** Per 30 days between `from` and `to`, times `factor`. */
  readonly rates: Readonly<Record<string, number>>
  readonly from: Moment
  readonly to: Moment
  readonly factor: number
}

export function recordTouches(random: Random, company: Company, { idPrefix, rates, from, to, factor }: Touches): void {
  let touches = 0
  for (const [kind, rate] of Object.entries(rates)) {
    for (let left = random.poisson((rate * factor * (to - from)) / (30 * DAY)); left > 0; left -= 1) {
      touches += 1
      const at = workingMoment(random, from, to)
      const [who, replies, delay] = [random.next(), chance(random, SALES.replyToEmail), random.next()]
      const known = company.contacts.filter(({ knownAt }) => knownAt <= at)
      const contact = known[Math.floor(who * known.length)]
      if (!contact) continue
      const fact = { source: 'crm', contact, linkedAt: contact.knownAt }
      addActivity(company, { ...fact, id: `${idPrefix}-${touches}`, kind, at, knownAt: at, by: 'sales' })
      if (kind !== 'sales_email' || !replies) continue
      const answeredAt = at + Math.floor((SALES.replyDays.least + delay * SALES.replyDays.spread) * DAY)
      const reply = { id: `${idPrefix}-${touches}R`, kind: 'email_reply', at: answeredAt, knownAt: answeredAt }
      addActivity(company, { ...fact, ...reply, by: 'buyer' })
    }
  }
}

/** Sales learns of a person without their having done anything. */
export function meet(company: Company, contact: Contact, at: Moment): void {
  if (contact.knownAt <= at) return
  contact.knownAt = at
  if (!company.versions.at(-1)?.inCrm) changeAccount(company, at, () => ({ inCrm: true }))
}
