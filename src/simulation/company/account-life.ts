import { firstOfMonth } from '../../core/base/time.ts'
import { intendedActivities, recordBuyerActivities, type Intended } from './activities.ts'
import { accountKnownAt, type Company, opportunityOpenAt } from './company.ts'
import { drawContacts } from './contacts.ts'
import { renewCustomer, updateCustomer } from './customers.ts'
import { accountPart, linearTerms, logOdds } from '../process/log-odds.ts'
import { DAY, type Moment, momentOf, momentWithin } from '../process/moment.ts'
import { drawDrivers } from './drivers.ts'
import { dealActivities, openOpportunity, opportunityId } from './opportunities.ts'
import type { SimulatedMonth, SimulationOptions } from '../options.ts'
import {
  BUSINESS_EVENTS,
  DEAL_RATES,
  FIT,
  INTEREST,
  LATENT,
  OPEN,
  OPPORTUNITY,
  SALES,
  WIN,
} from '../process/process.ts'
import { drawProfile } from './profile.ts'
import { recordTouches, salesWorks, pursueAccount } from './sales.ts'
import { chance, weighted } from '../process/sampling.ts'
import { sigmoid } from '../../core/statistics/sigmoid.ts'
import { stateAt } from '../process/state.ts'
import { accountStreams, type Streams } from '../process/streams.ts'
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
  /** The probabilities of this month with and without work by sales; null for a customer, which sales never works. */
  readonly interventions: Readonly<Record<'worked' | 'notWorked', Intervention>> | null
}

/** For any source of the opening; `openProbability` is null where none can open. */
export interface Intervention {
  readonly openProbability: number | null
  readonly winProbability: number
}

export interface AccountLife {
  readonly company: Company
  readonly truths: readonly MonthTruth[]
}

/**
 * One company from the first month to the last. Its random streams come from the seed and its own number, so that its
 * history is the same in a world of any size.
 */
export function liveAccount(index: number, options: SimulationOptions, months: readonly SimulatedMonth[]): AccountLife {
  const streams = accountStreams(options.seed, index)
  // Not `end` itself: a world that ends within a month continues the world that ends on its first day.
  const world = { start: months[0]?.start ?? 0, end: momentOf(firstOfMonth(options.end)) }
  const company = drawCompany(streams, index, world)
  const random = streams.of('latent')
  const latentConstant = LATENT.constantSd * random.normal()
  let latentPassing = (LATENT.monthlySd * random.normal()) / Math.sqrt(1 - LATENT.monthlyCarry ** 2)
  const truths: MonthTruth[] = []
  for (const month of months) {
    company.latentNow = latentConstant + latentPassing
    const truth = liveMonth(streams, company, month, options, latentConstant)
    if (truth) truths.push(truth)
    latentPassing = LATENT.monthlyCarry * latentPassing + LATENT.monthlySd * random.normal()
  }
  // Accounts won since the first of the last month are customers by the end.
  updateCustomer(company, momentOf(options.end))
  return { company, truths }
}

function drawCompany(streams: Streams, index: number, world: { start: Moment; end: Moment }): Company {
  const { profile, version } = drawProfile(streams.of('profile'), index, world)
  const { researching, evaluating } = INTEREST.start
  return {
    profile,
    versions: [version],
    contacts: drawContacts(streams.of('people'), profile, { ...version, end: world.end }),
    activities: [],
    signals: [],
    events: [],
    visitorLinks: [],
    opportunities: [],
    drivers: [],
    customerEvents: [],
    interest: weighted(streams.of('interest'), { dormant: 1 - researching - evaluating, researching, evaluating }),
    latentNow: 0,
    customer: null,
  }
}

/** Computes the month from what was known before its first day, then makes the month's facts. */
function liveMonth(
  streams: Streams,
  company: Company,
  month: SimulatedMonth,
  options: SimulationOptions,
  latentConstant: number,
): MonthTruth | undefined {
  const { start } = month
  updateCustomer(company, start)
  const terms = linearTerms(stateAt(company, start))
  const fit = (accountPart(WIN, terms) - FIT.mean) / FIT.sd
  passInterest(streams, company, fit, month)
  const known = accountKnownAt(company) < start
  const open = opportunityOpenAt(company, start)
  const customer = company.customer !== null
  const worked = known && !customer && salesWorks(company, month, options.worklist)
  const winLogOdds = logOdds(WIN, terms, company.latentNow, options)
  const winProbability = sigmoid(winLogOdds + (worked ? options.salesEffect : 0))
  const renewing = renewCustomer(streams, company, fit, month)
  const eligible = month.counts && known && !open && !renewing
  const openLogOdds = eligible ? logOdds(OPEN, terms, company.latentNow, options) + options.openingShift : null
  const inbound = openLogOdds === null ? null : sigmoid(openLogOdds)
  const outbound = options.salesTraces ? SALES.opensOutbound : 0
  const before = company.opportunities.length
  if (inbound !== null) openOne(streams, company, month, { inbound, outbound: worked ? outbound : 0, winProbability })
  if (inbound !== null && company.opportunities.length > before) {
    const opened = opportunityId(company, 'O', month.index)
    company.drivers.push(...drawDrivers(streams.inMonth('drivers', month.index), company, opened, start, options))
  }
  if (worked && !open && options.salesTraces) pursueAccount(streams, company, month)
  recordFacts(streams, company, month)
  if (!month.counts || !known) return undefined
  const openLogOddsAtRest =
    OPEN.intercept +
    options.openingShift +
    accountPart(OPEN, terms) +
    (options.latent ? OPEN.latent * latentConstant : 0)
  const interventions = {
    worked: {
      openProbability: inbound === null ? null : inbound + (1 - inbound) * outbound,
      winProbability: sigmoid(winLogOdds + options.salesEffect),
    },
    notWorked: { openProbability: inbound, winProbability: sigmoid(winLogOdds) },
  }
  return {
    month,
    openLogOdds,
    openLogOddsAtRest,
    winProbability,
    latent: company.latentNow,
    worked,
    interventions: customer ? null : interventions,
  }
}

/** All draws are made before any is used, so that a policy that changes one outcome does not change the numbers of the others. */
function openOne(
  streams: Streams,
  company: Company,
  month: SimulatedMonth,
  chances: { readonly inbound: number; readonly outbound: number; readonly winProbability: number },
): void {
  const random = streams.inMonth('opening', month.index)
  const openedAt = momentWithin(random, month.start, month.end)
  const opens = chance(random, chances.inbound)
  const partner = chance(random, OPPORTUNITY.partnerShare)
  const opensOutbound = chance(random, chances.outbound)
  const { winProbability } = chances
  if (opens) {
    openOpportunity(streams, company, month, { openedAt, leadSource: partner ? 'partner' : 'inbound', winProbability })
  } else if (opensOutbound) {
    openOpportunity(streams, company, month, { openedAt, leadSource: 'outbound', winProbability })
  }
}

function passInterest(streams: Streams, company: Company, fit: number, { index, start }: SimulatedMonth): void {
  const random = streams.inMonth('interest', index)
  const growth: readonly string[] = BUSINESS_EVENTS.growth
  const lastMonth = (moment: Moment) => moment < start && moment >= start - 31 * DAY
  const events = company.events.filter(({ kind, at }) => growth.includes(kind) && lastMonth(at)).length
  company.interest = nextInterest(random, company.interest, fit, events)
  const closed = company.opportunities.some(({ closedAt, shortLived }) => !shortLived && lastMonth(closedAt))
  if (closed && chance(random, INTEREST.endsAtClose)) company.interest = 'dormant'
}

function recordFacts(streams: Streams, company: Company, month: SimulatedMonth): void {
  const { index, start, end } = month
  recordBusinessEvents(streams.inMonth('events', index), company, start, end)
  recordIntent(streams.inMonth('intent', index), company, start, end)
  const intended: Intended[] = [...intendedActivities(streams.inMonth('buyers', index), company, month)]
  for (const deal of company.opportunities) {
    const [from, to] = [Math.max(start, deal.openedAt), Math.min(end, deal.closedAt)]
    if (deal.shortLived || deal.type === 'renewal' || to - from < 1000) continue
    const factor = deal.won ? DEAL_RATES.wonFactor : DEAL_RATES.otherFactor
    // An opportunity that never closes has no activity after four months.
    if (from - deal.openedAt > 120 * DAY && deal.closedAt === Infinity) continue
    intended.push(...dealActivities(streams.inMonth('deal-activity', index), { from, to, factor, index }))
    const touches = { idPrefix: `T${index}`, rates: DEAL_RATES.sales, from, to, factor }
    recordTouches(streams.inMonth('deal-touches', index), company, touches)
  }
  recordBuyerActivities(company, intended)
}
