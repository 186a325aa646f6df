import type { Random } from '../../core/base/random.ts'
import type { Company, Contact, Opportunity } from './company.ts'
import { drawIntended, type Intended } from './activities.ts'
import { DAY, type Moment } from '../process/moment.ts'
import type { SimulatedMonth } from '../options.ts'
import { CUSTOMER, DEAL_RATES, OPPORTUNITY } from '../process/process.ts'
import { meet } from './sales.ts'
import { between, chance, logNormalWithin } from '../process/sampling.ts'
import { versionAt } from '../process/state.ts'
import type { Streams } from '../process/streams.ts'

const STAGES = ['discovery', 'qualification', 'solution', 'proposal', 'negotiation'] as const

export interface Opening {
  readonly openedAt: Moment
  readonly leadSource: Opportunity['leadSource']
  readonly winProbability: number
}

/**
 * New business, or the expansion of a customer's contract: the outcome within 180 days is drawn from its true probability,
 * the rest follows from the outcome.
 */
export function openOpportunity(streams: Streams, company: Company, { index }: SimulatedMonth, opening: Opening): void {
  const { openedAt, winProbability } = opening
  const outcome = streams.inMonth('outcome', index)
  const wonWithin180Days = chance(outcome, winProbability)
  const end = closing(outcome, openedAt, wonWithin180Days)
  const random = streams.inMonth('deal', index)
  const externalId = opportunityId(company, 'O', index)
  const amountAtOpening = drawAmount(random, company, openedAt)
  const { wonFactor, wonSdLog } = OPPORTUNITY.amountUsd
  const agreed = roundTo(amountAtOpening * wonFactor * Math.exp(wonSdLog * random.normal()), 50)
  const amountAtClose = end.won ? agreed : amountAtOpening
  company.opportunities.push({
    externalId,
    type: company.customer ? 'expansion' : 'new_business',
    leadSource: opening.leadSource,
    openedAt,
    ...end,
    amountAtOpening,
    amountAtClose,
    shortLived: false,
    winProbability,
    wonWithin180Days,
    stages: drawStages(outcome, openedAt, end),
    contacts: linkContacts(streams.inMonth('deal-people', index), company, openedAt, end),
  })
  if (company.customer && end.won) {
    company.customer.contractUsd += amountAtClose
    company.customerEvents.push({ kind: 'expansion', at: end.closedAt, amount: amountAtClose })
  }
  if (chance(random, OPPORTUNITY.shortLivedShare))
    addShortLived(random, company, `${externalId}D`, opening, amountAtOpening)
}

/** By the month in which it opens: one more or less in another month does not rename it. */
export function opportunityId({ profile }: Company, letter: 'O' | 'R', monthIndex: number): string {
  return `${profile.externalId}-${letter}${monthIndex}`
}

interface Closing {
  readonly closedAt: Moment
  readonly won: boolean
}

function closing(random: Random, openedAt: Moment, wonWithin180Days: boolean): Closing {
  const after = (days: number): Moment => openedAt + Math.floor(days * DAY)
  if (wonWithin180Days) return { won: true, closedAt: after(logNormalWithin(random, OPPORTUNITY.daysToWin)) }
  if (chance(random, OPPORTUNITY.wonLateShare)) return { won: true, closedAt: after(between(random, 181, 400)) }
  if (chance(random, OPPORTUNITY.neverClosedShare)) return { won: false, closedAt: Infinity }
  return { won: false, closedAt: after(logNormalWithin(random, OPPORTUNITY.daysToLose)) }
}

/** A duplicate or a test beside the real one: closed as lost within two days. */
function addShortLived(random: Random, company: Company, externalId: string, opening: Opening, amount: number): void {
  const openedAt = opening.openedAt + Math.floor(between(random, 0.01, 5) * DAY)
  const end = { won: false, closedAt: openedAt + Math.floor(between(random, 0.01, 1.9) * DAY) }
  company.opportunities.push({
    externalId,
    type: company.customer ? 'expansion' : 'new_business',
    leadSource: opening.leadSource,
    openedAt,
    ...end,
    amountAtOpening: amount,
    amountAtClose: amount,
    shortLived: true,
    winProbability: null,
    wonWithin180Days: false,
    stages: drawStages(random, openedAt, { ...end, closedAt: end.closedAt }).filter(({ stage }) => !isMiddle(stage)),
    contacts: [],
  })
}

/** Buyer activities caused by an open opportunity: more when it will be won. */
export function dealActivities(
  random: Random,
  deal: { readonly from: Moment; readonly to: Moment; readonly factor: number; readonly index: number },
): readonly Intended[] {
  const { from, to, factor, index } = deal
  const months = (to - from) / (30 * DAY)
  const means = Object.entries(DEAL_RATES.buyer).map(([kind, rate]) => [kind, rate * factor * months] as const)
  return drawIntended(random, means, { idPrefix: `D${index}`, from, to })
}

/** In USD, by the size of the company; an expansion is a share of the contract. */
function drawAmount(random: Random, company: Company, at: Moment): number {
  if (company.customer) return roundTo(company.customer.contractUsd * CUSTOMER.expansionShare, 500)
  const { at100Employees, perLogEmployees, sdLog } = OPPORTUNITY.amountUsd
  const employees = versionAt(company, at)?.employees ?? 200
  return roundTo(at100Employees * Math.exp(perLogEmployees * Math.log(employees / 100) + sdLog * random.normal()), 500)
}

/** Stages in order, entered at growing moments; a lost opportunity stops anywhere. */
function drawStages(random: Random, openedAt: Moment, { closedAt, won }: Closing): Opportunity['stages'] {
  const reached = won ? STAGES.length : 1 + random.integer(STAGES.length)
  const last = closedAt === Infinity ? openedAt + 120 * DAY : closedAt
  const shares = Array.from({ length: reached - 1 }, () => between(random, 0.02, 0.95)).toSorted((a, b) => a - b)
  const stages: { stage: string; enteredAt: Moment }[] = STAGES.slice(0, reached).map((stage, index) => ({
    stage,
    enteredAt: index === 0 ? openedAt : openedAt + Math.floor((shares[index - 1] ?? 0) * (last - openedAt)),
  }))
  if (closedAt !== Infinity) stages.push({ stage: won ? 'closed_won' : 'closed_lost', enteredAt: closedAt })
  return stages
}

function isMiddle(stage: string): boolean {
  return stage !== STAGES[0] && (STAGES as readonly string[]).includes(stage)
}

/** People named on the opportunity while it runs: more of them where it will be won, and some only met through it. */
function linkContacts(
  random: Random,
  company: Company,
  openedAt: Moment,
  { closedAt, won }: Closing,
): Opportunity['contacts'] {
  const { linkedContacts } = OPPORTUNITY
  const wanted = 1 + random.poisson(won ? linkedContacts.won - 1 : linkedContacts.other - 1)
  // Every person has a place, known or not, so that one more known person does not change the order of the others.
  const places = new Map(company.contacts.map((contact) => [contact, random.next()]))
  const place = (contact: Contact) => (places.get(contact) ?? 0) + (contact.knownAt <= openedAt ? 0 : 1)
  const last = Math.min(closedAt, openedAt + 60 * DAY)
  const named = company.contacts.toSorted((one, other) => place(one) - place(other)).slice(0, wanted)
  return named.map((contact, index) => {
    const knownAt = index === 0 ? openedAt : openedAt + Math.floor(random.next() * (last - openedAt))
    meet(company, contact, knownAt)
    return { contact, knownAt: chance(random, OPPORTUNITY.linkKnownAtMissing) ? -Infinity : knownAt }
  })
}

function roundTo(value: number, unit: number): number {
  return Math.max(unit, Math.round(value / unit) * unit)
}
