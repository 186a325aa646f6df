import type { Random } from '../../core/base/random.ts'
import { accountKnownAt, type ActivityFact, type Company, type Contact } from './company.ts'
import { DAY, type Moment, workingMoment } from '../process/moment.ts'
import type { SimulatedMonth } from '../options.ts'
import {
  ACTIVITY_RATES,
  ANONYMITY,
  type BuyerActivityKind,
  INTEREST_STATES,
  ROLE_ACTIVITY,
} from '../process/process.ts'
import { indexByWeight } from '../process/sampling.ts'
import { changeAccount } from './versions.ts'

/** Source of each kind, whether the person identifies themselves, and the delay of the list of attendees in days. */
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
  readonly id: string
  readonly kind: BuyerActivityKind
  readonly at: Moment
  /** Uniform draws, made in every case, so that a person who is known earlier does not shift the draws of others. */
  readonly draws: Readonly<Record<'who' | 'lag' | 'visitorLinked' | 'trace' | 'detail' | 'host', number>>
}

/** Activities that the buying group starts in a month, by its interest. */
export function intendedActivities(random: Random, company: Company, month: SimulatedMonth): readonly Intended[] {
  const state = INTEREST_STATES.indexOf(company.interest)
  const size = Math.sqrt(company.contacts.length / 4)
  const rates = Object.entries(ACTIVITY_RATES).map(([kind, byState]) => [kind, (byState[state] ?? 0) * size] as const)
  return drawIntended(random, rates, { idPrefix: `F${month.index}`, from: month.start, to: month.end })
}

/** `means` are expected counts between `from` and `to`. */
export function drawIntended(
  random: Random,
  means: readonly (readonly [string, number])[],
  { idPrefix, from, to }: { readonly idPrefix: string; readonly from: Moment; readonly to: Moment },
): readonly Intended[] {
  const intended: Intended[] = []
  for (const [kind, mean] of means) {
    for (let left = random.poisson(mean); left > 0; left -= 1) {
      intended.push({
        id: `${idPrefix}-${intended.length + 1}`,
        kind: kind as BuyerActivityKind,
        at: workingMoment(random, from, to),
        draws: {
          who: random.next(),
          lag: random.next(),
          visitorLinked: random.next(),
          trace: random.next(),
          detail: random.next(),
          host: random.next(),
        },
      })
    }
  }
  return intended
}

/** Lets the intended activities happen in order of time: each is recorded under a name, without one, or not at all. */
export function recordBuyerActivities(company: Company, intended: readonly Intended[]): void {
  const weights = company.contacts.map(({ role, byThemselves }) => (byThemselves ? ROLE_ACTIVITY[role] : 0))
  for (const activity of intended.toSorted((one, other) => one.at - other.at)) {
    const contact = company.contacts[indexByWeight(activity.draws.who, weights)]
    if (contact) recordBuyerActivity(company, activity, contact)
  }
}

function recordBuyerActivity(company: Company, { id, kind, at, draws }: Intended, contact: Contact): void {
  const { source, identifies, lagDays } = KINDS[kind]
  const knownAt = at + Math.floor(draws.lag * lagDays * DAY)
  // A form filled by a person of a company without an account is dropped: no account, no row.
  if (identifies && knownAt >= accountKnownAt(company)) becomeKnown(company, contact, knownAt, draws.visitorLinked)
  const named = contact.knownAt <= knownAt
  if (named) {
    addActivity(company, { id, source, kind, at, knownAt, by: 'buyer', contact, linkedAt: contact.knownAt })
    return
  }
  if (source !== 'web') return
  const left = trace(company, contact, draws)
  addActivity(company, { id, source, kind, at, knownAt, by: 'buyer', contact: null, ...left })
}

/** The first time a person identifies themselves: earlier visits of their browser then belong to the account. */
function becomeKnown(company: Company, contact: Contact, knownAt: Moment, draw: number): void {
  if (contact.knownAt <= knownAt) return
  contact.knownAt = knownAt
  if (!company.versions.at(-1)?.inCrm) changeAccount(company, knownAt, () => ({ inCrm: true }))
  const linked = company.visitorLinks.some(({ visitorId }) => visitorId === contact.visitorId)
  if (linked || draw >= ANONYMITY.visitorLinked) return
  company.visitorLinks.push({ visitorId: contact.visitorId, knownAt })
  for (const fact of company.activities) if (fact.visitorId === contact.visitorId) fact.linkedAt = knownAt
}

type Trace = Pick<ActivityFact, 'linkedAt'> & Partial<Pick<ActivityFact, 'domain' | 'ip' | 'visitorId'>>

/** What an unnamed visit leaves: a domain looked up by a vendor, an address, or only a cookie. */
function trace({ profile }: Company, contact: Contact, draws: Intended['draws']): Trace {
  if (draws.trace < ANONYMITY.byDomain) {
    if (profile.secondDomain && draws.detail < ANONYMITY.secondDomain)
      return { domain: profile.secondDomain, linkedAt: profile.secondDomainKnownAt }
    return { domain: profile.domain, linkedAt: -Infinity }
  }
  if (draws.trace < ANONYMITY.byDomain + ANONYMITY.byIp) {
    if (profile.network && draws.detail >= ANONYMITY.ipOutsideNetwork)
      return { ip: profile.network.address(Math.floor(draws.host * 200)), linkedAt: profile.network.knownAt }
    return { ip: `203.0.113.${1 + Math.floor(draws.host * 254)}`, linkedAt: Infinity }
  }
  return { visitorId: contact.visitorId, linkedAt: Infinity }
}

export function addActivity(
  company: Company,
  fact: Pick<ActivityFact, 'id' | 'source' | 'kind' | 'at' | 'knownAt' | 'by' | 'contact'> & Trace,
): void {
  company.activities.push({ domain: null, ip: null, visitorId: null, ...fact })
}
