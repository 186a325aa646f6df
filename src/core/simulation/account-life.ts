import { createRandom, type Random } from '../random.ts'
import { intendedActivities, recordBuyerActivities, type Intended } from './activities.ts'
import { accountKnownAt, type Company, opportunityOpenAt } from './company.ts'
import { drawContacts } from './contacts.ts'
import { renewCustomer, updateCustomer } from './customers.ts'
import { accountPart, linearTerms, logOdds } from './log-odds.ts'
import { DAY, type Moment, momentOf, momentWithin, workingMoment } from './moment.ts'
import { openOpportunity } from './opportunities.ts'
import type { SimulatedMonth, SimulationOptions } from './options.ts'
import {
  BUSINESS_EVENTS,
  DEAL_RATES,
  FIT,
  INTEREST,
  LATENT,
  MQL_RULE,
  OPEN,
  OPPORTUNITY,
  SALES,
  WIN,
} from './process.ts'
import { drawProfile } from './profile.ts'
import { mqlPoints, recordTouches, workAccount } from './sales.ts'
import { chance, sigmoid, weighted } from './sampling.ts'
import { stateAt } from './state.ts'
import { nextInterest, recordBusinessEvents, recordIntent } from './surroundings.ts'

/** The truth of one first of a month; null log-odds where none can open, because one is open or a renewal comes up. */
export interface MonthTruth {
  readonly month: SimulatedMonth
  readonly openLogOdds: number | null
  /** The part of the opening that does not pass: account and constant latent. For the 90-day estimate. */
  readonly openLogOddsAtRest: number
  readonly winProbability: number
  readonly latent: number
  readonly worked: boolean
}

export interface AccountLife {
  readonly company: Company
  readonly truths: readonly MonthTruth[]
}

/**
 * One company from the first month to the last. Its random stream comes from the seed and its own number, so that it lives
 * the same life in a world of any size.
 */
export function liveAccount(index: number, options: SimulationOptions, months: readonly SimulatedMonth[]): AccountLife {
  const random = createRandom(`${options.seed}/account/${index}`)
  const world = { start: months[0]?.start ?? 0, end: momentOf(options.end) }
  const company = drawCompany(random, index, world)
  const latentConstant = LATENT.constantSd * random.normal()
  let latentPassing = (LATENT.monthlySd * random.normal()) / Math.sqrt(1 - LATENT.monthlyCarry ** 2)
  const truths: MonthTruth[] = []
  for (const month of months) {
    company.latentNow = latentConstant + latentPassing
    const truth = liveMonth(random, company, month, options, latentConstant)
    if (truth) truths.push(truth)
    latentPassing = LATENT.monthlyCarry * latentPassing + LATENT.monthlySd * random.normal()
  }
  return { company, truths }
}

function drawCompany(random: Random, index: number, world: { start: Moment; end: Moment }): Company {
  const { profile, version } = drawProfile(random, index, world)
  const { researching, evaluating } = INTEREST.start
  return {
    profile,
    versions: [version],
    contacts: drawContacts(random, profile, { ...version, end: world.end }),
    activities: [],
    signals: [],
    events: [],
    visitorLinks: [],
    opportunities: [],
    customerEvents: [],
    interest: weighted(random, { dormant: 1 - researching - evaluating, researching, evaluating }),
    latentNow: 0,
    customer: null,
  }
}

/** Decides on the first of the month from what was known before it, then lets the month's facts happen. */
function liveMonth(
  random: Random,
  company: Company,
  month: SimulatedMonth,
  options: SimulationOptions,
  latentConstant: number,
): MonthTruth | undefined {
  const { start, end } = month
  updateCustomer(company, start)
  const state = stateAt(company, start)
  const terms = linearTerms(state)
  const fit = (accountPart(WIN, terms) - FIT.mean) / FIT.sd
  passInterest(random, company, fit, start)
  const known = accountKnownAt(company) < start
  const open = opportunityOpenAt(company, start)
  const worked = known && !company.customer && mqlPoints(company, start) >= MQL_RULE.threshold
  const winLogOdds = logOdds(WIN, terms, company.latentNow, options) + (worked ? options.salesEffect : 0)
  const winProbability = sigmoid(winLogOdds)
  const renewing = renewCustomer(random, company, fit, start, end)
  const eligible = month.counts && known && !open && !renewing
  const openLogOdds = eligible ? logOdds(OPEN, terms, company.latentNow, options) + options.openingShift : null
  if (openLogOdds !== null) {
    const openedAt = momentWithin(random, start, end)
    if (chance(random, sigmoid(openLogOdds))) {
      const leadSource = chance(random, OPPORTUNITY.partnerShare) ? 'partner' : 'inbound'
      openOpportunity(random, company, { openedAt, leadSource, winProbability })
    } else if (worked && chance(random, SALES.opensOutbound)) {
      openOpportunity(random, company, { openedAt, leadSource: 'outbound', winProbability })
    }
  }
  if (worked && !open) workAccount(random, company, start, end)
  recordFacts(random, company, start, end)
  if (!month.counts || !known) return undefined
  const openLogOddsAtRest =
    OPEN.intercept +
    options.openingShift +
    accountPart(OPEN, terms) +
    (options.latent ? OPEN.latent * latentConstant : 0)
  return { month, openLogOdds, openLogOddsAtRest, winProbability, latent: company.latentNow, worked }
}

function passInterest(random: Random, company: Company, fit: number, start: Moment): void {
  const growth: readonly string[] = BUSINESS_EVENTS.growth
  const lastMonth = (moment: Moment) => moment < start && moment >= start - 31 * DAY
  const events = company.events.filter(({ kind, at }) => growth.includes(kind) && lastMonth(at)).length
  company.interest = nextInterest(random, company.interest, fit, events)
  const closed = company.opportunities.some(({ closedAt, shortLived }) => !shortLived && lastMonth(closedAt))
  if (closed && chance(random, INTEREST.endsAtClose)) company.interest = 'dormant'
}

function recordFacts(random: Random, company: Company, start: Moment, end: Moment): void {
  recordBusinessEvents(random, company, start, end)
  recordIntent(random, company, start, end)
  const intended: Intended[] = [...intendedActivities(random, company, start, end)]
  for (const deal of company.opportunities) {
    const [from, to] = [Math.max(start, deal.openedAt), Math.min(end, deal.closedAt)]
    if (deal.shortLived || deal.type === 'renewal' || to - from < 1000) continue
    const factor = deal.won ? DEAL_RATES.wonFactor : DEAL_RATES.otherFactor
    // Someone who never closes falls silent after four months.
    if (from - deal.openedAt > 120 * DAY && deal.closedAt === Infinity) continue
    intended.push(...dealActivities(random, from, to, factor))
    recordTouches(random, company, DEAL_RATES.sales, from, to, factor)
  }
  recordBuyerActivities(random, company, intended)
}

function dealActivities(random: Random, from: Moment, to: Moment, factor: number): readonly Intended[] {
  return Object.entries(DEAL_RATES.buyer).flatMap(([kind, rate]) => {
    const count = random.poisson((rate * factor * (to - from)) / (30 * DAY))
    return Array.from({ length: count }, () => ({
      kind: kind as Intended['kind'],
      at: workingMoment(random, from, to),
    }))
  })
}
