import type { Industry } from './profile-tables.ts'
import type { Moment } from '../process/moment.ts'
import type { InterestState } from '../process/process.ts'
import type { BuyingRole, Seniority } from '../export/rows.ts'

/** The content of one version of an account. */
export interface AccountVersion {
  readonly knownAt: Moment
  readonly employees: number | null
  readonly technologies: readonly string[]
  readonly inCrm: boolean
  readonly motion: 'new_business' | 'expansion'
}

export function accountExternalId(index: number): string {
  return `A${String(index).padStart(6, '0')}`
}

export interface Profile {
  readonly index: number
  readonly externalId: string
  readonly name: string
  readonly domain: string
  readonly secondDomain: string | null
  /** Null when unknown; the process uses the facts as exported. */
  readonly industry: Industry | null
  readonly revenueUsd: number | null
  readonly country: string
  readonly region: string
  readonly ownership: string
  readonly source: string
  readonly usesEuro: boolean
  readonly network: {
    readonly knownAt: Moment
    readonly cidr: string
    readonly address: (host: number) => string
  } | null
  readonly secondDomainKnownAt: Moment
  /** Intent vendors see every company at its own level. */
  readonly intentLevel: number
  readonly topics: readonly number[]
}

export interface Contact {
  readonly externalId: string
  readonly name: string
  readonly title: string
  readonly seniority: Seniority
  readonly department: string
  readonly role: BuyingRole
  readonly email: string | null
  readonly visitorId: string
  readonly byThemselves: boolean
  /** Infinity until someone knows them. */
  knownAt: Moment
}

export interface ActivityFact {
  /** Unique within the account, and the same in a world under another policy. */
  readonly id: string
  readonly source: string
  readonly kind: string
  readonly at: Moment
  readonly knownAt: Moment
  readonly by: 'buyer' | 'sales'
  /** Who is named on the row; null for an anonymous visit. */
  readonly contact: Contact | null
  readonly domain: string | null
  readonly ip: string | null
  readonly visitorId: string | null
  /** When the way from the row to its account was known, Infinity while there is none. */
  linkedAt: Moment
}

export interface SignalFact {
  readonly provider: string
  readonly topic: string
  readonly byDomain: boolean
  readonly periodStart: Moment
  /** Last day of the period, and the moment the signal counts as observed. */
  readonly periodEnd: Moment
  readonly strength: number
  readonly knownAt: Moment
}

export interface EventFact {
  readonly sequence: number
  readonly kind: string
  readonly at: Moment
  readonly knownAt: Moment
}

export interface Opportunity {
  readonly externalId: string
  readonly type: 'new_business' | 'renewal' | 'expansion'
  readonly leadSource: 'inbound' | 'outbound' | 'partner'
  readonly openedAt: Moment
  /** Infinity when it is never closed. */
  readonly closedAt: Moment
  readonly won: boolean
  readonly amountAtOpening: number
  readonly amountAtClose: number
  readonly shortLived: boolean
  /** The truth, for all but renewals, duplicates and tests. */
  readonly winProbability: number | null
  readonly wonWithin180Days: boolean
  readonly stages: readonly { readonly stage: string; readonly enteredAt: Moment }[]
  readonly contacts: readonly { readonly contact: Contact; readonly knownAt: Moment }[]
}

/** What one known person's own activities add to the win log-odds of an opportunity, and whether they drive the deal. */
export interface PersonTruth {
  readonly opportunity: string
  readonly contact: Contact
  readonly winLogOdds: number
  readonly driveProbability: number
  readonly drives: boolean
}

/** One simulated company while its months go by. The lists only ever grow. */
export interface Company {
  readonly profile: Profile
  readonly versions: AccountVersion[]
  readonly contacts: readonly Contact[]
  readonly activities: ActivityFact[]
  readonly signals: SignalFact[]
  readonly events: EventFact[]
  readonly visitorLinks: { readonly visitorId: string; readonly knownAt: Moment }[]
  readonly opportunities: Opportunity[]
  /** The truth about the people of each opportunity. */
  readonly drivers: PersonTruth[]
  readonly customerEvents: {
    readonly kind: 'renewal' | 'expansion' | 'churn'
    readonly at: Moment
    readonly amount: number | null
  }[]
  interest: InterestState
  latentNow: number
  customer: { readonly since: Moment; contractUsd: number } | null
}

/** When the company became known; later versions change only their content. */
export function accountKnownAt(company: Company): Moment {
  return company.versions[0]?.knownAt ?? Infinity
}

/** The one that is open at an instant; duplicates and tests do not count. */
export function opportunityOpenAt(company: Company, at: Moment): Opportunity | undefined {
  return company.opportunities.findLast(
    (opportunity) => !opportunity.shortLived && opportunity.openedAt < at && opportunity.closedAt >= at,
  )
}
