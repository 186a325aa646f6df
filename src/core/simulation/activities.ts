import type { Random } from '../random.ts'
import { accountKnownAt, type ActivityFact, type Company, type Contact } from './company.ts'
import { DAY, type Moment, workingMoment } from './moment.ts'
import { ACTIVITY_RATES, ANONYMITY, type BuyerActivityKind, INTEREST_STATES, ROLE_ACTIVITY } from './process.ts'
import { between, chance, weightedIndex } from './sampling.ts'
import { changeAccount } from './versions.ts'

/** Source of each kind, whether the person says who they are, and how many days the list of attendees may take. */
const KINDS: Readonly<Record<BuyerActivityKind, { source: string; identifies: boolean; lagDays: number }>> = {
  web_visit: { source: 'web', identifies: false, lagDays: 0 },
  pricing_page_visit: { source: 'web', identifies: false, lagDays: 0 },
  content_download: { source: 'marketing', identifies: true, lagDays: 0 },
  form_submit: { source: 'marketing', identifies: true, lagDays: 0 },
  webinar_attended: { source: 'marketing', identifies: true, lagDays: 2 },
  event_attended: { source: 'events', identifies: true, lagDays: 6 },
  demo_request: { source: 'marketing', identifies: true, lagDays: 0 },
  free_trial_start: { source: 'marketing', identifies: true, lagDays: 0 },
  email_open: { source: 'marketing', identifies: false, lagDays: 0 },
  email_click: { source: 'marketing', identifies: false, lagDays: 0 },
  email_reply: { source: 'crm', identifies: false, lagDays: 0 },
}

export interface Intended {
  readonly kind: BuyerActivityKind
  readonly at: Moment
}

/** What the buying group does of its own accord in a month, by its interest. */
export function intendedActivities(random: Random, company: Company, start: Moment, end: Moment): readonly Intended[] {
  const state = INTEREST_STATES.indexOf(company.interest)
  const size = Math.sqrt(company.contacts.length / 4)
  return Object.entries(ACTIVITY_RATES).flatMap(([kind, rates]) => {
    const count = random.poisson((rates[state] ?? 0) * size)
    return Array.from({ length: count }, () => ({
      kind: kind as BuyerActivityKind,
      at: workingMoment(random, start, end),
    }))
  })
}

/** Lets the intended activities happen in order of time: each is recorded under a name, without one, or not at all. */
export function recordBuyerActivities(random: Random, company: Company, intended: readonly Intended[]): void {
  const weights = company.contacts.map(({ role, byThemselves }) => (byThemselves ? ROLE_ACTIVITY[role] : 0))
  for (const { kind, at } of intended.toSorted((one, other) => one.at - other.at)) {
    const contact = company.contacts[weightedIndex(random, weights)]
    if (contact) recordBuyerActivity(random, company, kind, at, contact)
  }
}

export function recordBuyerActivity(
  random: Random,
  company: Company,
  kind: BuyerActivityKind,
  at: Moment,
  contact: Contact,
): void {
  const { source, identifies, lagDays } = KINDS[kind]
  const knownAt = at + (lagDays === 0 ? 0 : Math.floor(between(random, 0, lagDays) * DAY))
  // Who fills a form at a company that is not on file yet is dropped by the form's own qualification: no account, no row.
  if (identifies && knownAt >= accountKnownAt(company)) becomeKnown(random, company, contact, knownAt)
  const named = contact.knownAt <= knownAt
  if (named) {
    addActivity(company, { source, kind, at, knownAt, by: 'buyer', contact, linkedAt: contact.knownAt })
    return
  }
  if (source !== 'web') return
  addActivity(company, { source, kind, at, knownAt, by: 'buyer', contact: null, ...trace(random, company, contact) })
}

/** The first time someone says who they are: earlier visits of their browser can then be told to be the account's. */
function becomeKnown(random: Random, company: Company, contact: Contact, knownAt: Moment): void {
  if (contact.knownAt <= knownAt) return
  contact.knownAt = knownAt
  if (!company.versions.at(-1)?.inCrm) changeAccount(company, knownAt, () => ({ inCrm: true }))
  const linked = company.visitorLinks.some(({ visitorId }) => visitorId === contact.visitorId)
  if (linked || !chance(random, ANONYMITY.visitorLinked)) return
  company.visitorLinks.push({ visitorId: contact.visitorId, knownAt })
  for (const fact of company.activities) if (fact.visitorId === contact.visitorId) fact.linkedAt = knownAt
}

type Trace = Pick<ActivityFact, 'linkedAt'> & Partial<Pick<ActivityFact, 'domain' | 'ip' | 'visitorId'>>

/** What an unnamed visit leaves: a domain looked up by a vendor, an address, or only a cookie. */
function trace(random: Random, { profile }: Company, contact: Contact): Trace {
  const draw = random.next()
  if (draw < ANONYMITY.byDomain) {
    if (profile.secondDomain && chance(random, ANONYMITY.secondDomain))
      return { domain: profile.secondDomain, linkedAt: profile.secondDomainKnownAt }
    return { domain: profile.domain, linkedAt: -Infinity }
  }
  if (draw < ANONYMITY.byDomain + ANONYMITY.byIp) {
    const inside = profile.network && !chance(random, ANONYMITY.ipOutsideNetwork)
    if (inside && profile.network)
      return { ip: profile.network.address(random.integer(200)), linkedAt: profile.network.knownAt }
    return { ip: `203.0.113.${1 + random.integer(254)}`, linkedAt: Infinity }
  }
  return { visitorId: contact.visitorId, linkedAt: Infinity }
}

export function addActivity(
  company: Company,
  fact: Pick<ActivityFact, 'source' | 'kind' | 'at' | 'knownAt' | 'by' | 'contact'> & Trace,
): void {
  company.activities.push({
    domain: null,
    ip: null,
    visitorId: null,
    ...fact,
    sequence: company.activities.length + 1,
  })
}
