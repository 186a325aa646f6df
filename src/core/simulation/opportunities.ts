import type { Random } from '../random.ts'
import type { Company, Opportunity } from './company.ts'
import { DAY, type Moment } from './moment.ts'
import { CUSTOMER, OPPORTUNITY } from './process.ts'
import { meet } from './sales.ts'
import { between, chance, logNormalWithin } from './sampling.ts'
import { versionAt } from './state.ts'

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
export function openOpportunity(random: Random, company: Company, opening: Opening): void {
  const { openedAt, winProbability } = opening
  const wonWithin180Days = chance(random, winProbability)
  const end = closing(random, openedAt, wonWithin180Days)
  const amountAtOpening = drawAmount(random, company, openedAt)
  const { wonFactor, wonSdLog } = OPPORTUNITY.amountUsd
  const agreed = roundTo(amountAtOpening * wonFactor * Math.exp(wonSdLog * random.normal()), 50)
  const amountAtClose = end.won ? agreed : amountAtOpening
  company.opportunities.push({
    externalId: nextId(company),
    type: company.customer ? 'expansion' : 'new_business',
    leadSource: opening.leadSource,
    openedAt,
    ...end,
    amountAtOpening,
    amountAtClose,
    shortLived: false,
    winProbability,
    wonWithin180Days,
    stages: drawStages(random, openedAt, end),
    contacts: linkContacts(random, company, openedAt, end),
  })
  if (company.customer && end.won) {
    company.customer.contractUsd += amountAtClose
    company.customerEvents.push({ kind: 'expansion', at: end.closedAt, amount: amountAtClose })
  }
  if (chance(random, OPPORTUNITY.shortLivedShare)) addShortLived(random, company, opening, amountAtOpening)
}

export function nextId(company: Company): string {
  return `${company.profile.externalId}-O${company.opportunities.length + 1}`
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
function addShortLived(random: Random, company: Company, opening: Opening, amount: number): void {
  const openedAt = opening.openedAt + Math.floor(between(random, 0.01, 5) * DAY)
  const end = { won: false, closedAt: openedAt + Math.floor(between(random, 0.01, 1.9) * DAY) }
  company.opportunities.push({
    externalId: nextId(company),
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
  const known = company.contacts.filter((contact) => contact.knownAt <= openedAt)
  const others = company.contacts.filter((contact) => contact.knownAt > openedAt)
  const last = Math.min(closedAt, openedAt + 60 * DAY)
  return [...random.shuffle(known), ...random.shuffle(others)].slice(0, wanted).map((contact, index) => {
    const knownAt = index === 0 ? openedAt : openedAt + Math.floor(random.next() * (last - openedAt))
    meet(company, contact, knownAt)
    return { contact, knownAt: chance(random, OPPORTUNITY.linkKnownAtMissing) ? -Infinity : knownAt }
  })
}

function roundTo(value: number, unit: number): number {
  return Math.max(unit, Math.round(value / unit) * unit)
}
