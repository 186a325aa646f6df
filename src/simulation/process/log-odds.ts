import type { LogOddsTable } from './process.ts'

/** What the exported facts say about an account on the first of a month: whole counts, flags, categories, one mean. */
export interface AccountState {
  readonly employees: number | null
  readonly industry: string | null
  readonly country: string
  readonly technologies: readonly string[]
  readonly procurementKnown: boolean
  readonly economicDecisionMakerKnown: boolean
  readonly economicDecisionMakerEngaged90d: boolean
  readonly technicalDecisionMakerEngaged90d: boolean
  readonly buyerActivities30d: number
  readonly peopleEngaged90d: number
  readonly pricingPageVisits30d: number
  readonly demoRequests90d: number
  readonly growthEvents90d: number
  /** Closed opportunities of any type, duplicates and tests too: what an export calls lost is lost. */
  readonly dealsLost365d: number
  readonly dealsWon730d: number
  /** Mean strength of the signals in the window; 0 when there is none. */
  readonly intentStrength30d: number
}

export type Terms = Readonly<Record<string, number>>

/** The terms that both log-odds are made of; one that is absent is 0. */
export function linearTerms(state: AccountState): Terms {
  const terms: Record<string, number> = {
    [`industry=${state.industry ?? 'unknown'}`]: 1,
    [`country=${state.country}`]: 1,
    procurement_known: Number(state.procurementKnown),
    economic_decision_maker_known: Number(state.economicDecisionMakerKnown),
    economic_decision_maker_engaged_90d: Number(state.economicDecisionMakerEngaged90d),
    technical_decision_maker_engaged_90d: Number(state.technicalDecisionMakerEngaged90d),
    'log1p(buyer_activities_30d)': Math.log1p(state.buyerActivities30d),
    'log1p(people_engaged_90d)': Math.log1p(state.peopleEngaged90d),
    'log1p(pricing_page_visits_30d)': Math.log1p(state.pricingPageVisits30d),
    demo_requested_90d: Number(state.demoRequests90d > 0),
    growth_event_90d: Number(state.growthEvents90d > 0),
    'log1p(deals_lost_365d)': Math.log1p(state.dealsLost365d),
    'log1p(deals_won_730d)': Math.log1p(state.dealsWon730d),
    'intent_strength_30d/50': state.intentStrength30d / 50,
  }
  if (state.employees === null) terms['employees=unknown'] = 1
  else terms['log1p(employees)'] = Math.log1p(state.employees)
  for (const technology of state.technologies) terms[`technology=${technology}`] = 1
  return terms
}

export interface LogOddsParts {
  readonly latent: boolean
  readonly interactions: boolean
}

/** intercept + sum of coefficient x term (+ products of two terms) (+ coefficient x latent), in the table's own order. */
export function logOdds(table: LogOddsTable, terms: Terms, latent: number, parts: LogOddsParts): number {
  let sum = table.intercept
  for (const [name, coefficient] of linearEntries(table).all) sum += coefficient * (terms[name] ?? 0)
  if (parts.interactions) {
    for (const { of, coefficient } of table.interactions) sum += coefficient * (terms[of[0]] ?? 0) * (terms[of[1]] ?? 0)
  }
  return parts.latent ? sum + table.latent * latent : sum
}

const ACCOUNT_TERMS = /^(log1p\(employees\)|employees|industry|country|technology)/

/** The account's own part of a table: what its profile alone contributes. */
export function accountPart(table: LogOddsTable, terms: Terms): number {
  let sum = 0
  for (const [name, coefficient] of linearEntries(table).account) sum += coefficient * (terms[name] ?? 0)
  return sum
}

type Entries = readonly (readonly [string, number])[]
const ENTRIES = new WeakMap<LogOddsTable, { readonly all: Entries; readonly account: Entries }>()

/** Taken apart once for each table: they are asked for four times for every account and month. */
function linearEntries(table: LogOddsTable) {
  const kept = ENTRIES.get(table)
  if (kept) return kept
  const all = Object.entries(table.linear)
  const entries = { all, account: all.filter(([name]) => ACCOUNT_TERMS.test(name)) }
  ENTRIES.set(table, entries)
  return entries
}
