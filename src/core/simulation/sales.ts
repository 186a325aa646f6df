import type { Random } from '../random.ts'
import { addActivity, recordBuyerActivity } from './activities.ts'
import type { Company, Contact } from './company.ts'
import { DAY, dayIndex, type Moment, workingMoment } from './moment.ts'
import { MQL_RULE, SALES } from './process.ts'
import { between, chance } from './sampling.ts'
import { activitiesKnown, versionAt } from './state.ts'
import { changeAccount } from './versions.ts'

/** The points of the account's best known contact as of the first of a month, from what was known by then. */
export function mqlPoints(company: Company, asOf: Moment): number {
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
export function workAccount(random: Random, company: Company, start: Moment, end: Moment): void {
  if (chance(random, SALES.findsContact)) {
    const unknown = company.contacts.find(({ knownAt }) => knownAt >= end)
    if (unknown) meet(company, unknown, workingMoment(random, start, end))
  }
  recordTouches(random, company, SALES.touches, start, end, 1)
}

/** `rates` are per 30 days between `start` and `end`, times `factor`. */
export function recordTouches(
  random: Random,
  company: Company,
  rates: Readonly<Record<string, number>>,
  start: Moment,
  end: Moment,
  factor: number,
): void {
  for (const [kind, rate] of Object.entries(rates)) {
    const count = random.poisson((rate * factor * (end - start)) / (30 * DAY))
    for (let touch = 0; touch < count; touch += 1) {
      const at = workingMoment(random, start, end)
      const known = company.contacts.filter(({ knownAt }) => knownAt <= at)
      if (known.length === 0) continue
      const contact = random.pick(known)
      addActivity(company, { source: 'crm', kind, at, knownAt: at, by: 'sales', contact, linkedAt: contact.knownAt })
      if (kind === 'sales_email' && chance(random, SALES.replyToEmail)) {
        recordBuyerActivity(random, company, 'email_reply', at + Math.floor(between(random, 0.02, 3) * DAY), contact)
      }
    }
  }
}

/** Sales learns of a person without their having done anything. */
export function meet(company: Company, contact: Contact, at: Moment): void {
  if (contact.knownAt <= at) return
  contact.knownAt = at
  if (!company.versions.at(-1)?.inCrm) changeAccount(company, at, () => ({ inCrm: true }))
}
