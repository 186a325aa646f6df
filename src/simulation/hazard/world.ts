import { type Draw, drawFrom } from './draw.ts'

/*
 * A company of another kind than the simulator's, which shares no code with it: time goes in months, activity is
 * autoregressive, opportunities open by a monthly hazard that depends on what can be observed, and what happens after an
 * opening depends on the outcome, so that a feature which looks past its as-of does too well.
 */

export interface HazardOptions {
  readonly seed: string
  readonly accounts: number
  /** Months of history; the last one ends at `end`. */
  readonly months: number
  /** The first day after the history, `YYYY-MM-01`. */
  readonly end: string
  /** Of all openings, those that sales began, at random and without regard to interest. */
  readonly outboundShare: number
  /** Odds of winning an outbound opportunity over those of the same account's inbound one. */
  readonly outboundOdds: number
  /** Odds of winning in the last twelve months over those before. */
  readonly newestYearOdds: number
  /** Openings at random: neither interest nor industry matters for them. */
  readonly randomOpenings: boolean
  /** The export holds only accounts with an opportunity, and their first appearance says nothing. */
  readonly onlyWithOpportunities: boolean
}

export const HAZARD_DEFAULTS: Omit<HazardOptions, 'seed'> = {
  accounts: 2400,
  months: 48,
  end: '2026-01-01',
  outboundShare: 0,
  outboundOdds: 1,
  newestYearOdds: 1,
  randomOpenings: false,
  onlyWithOpportunities: false,
}

export interface Industry {
  readonly name: string
  /** Added to the log-odds of an opening in a month. */
  readonly opening: number
  /** Added to the log-odds of winning. */
  readonly winning: number
}

export interface World {
  readonly options: HazardOptions
  readonly industries: readonly Industry[]
  /** Probability of an outbound opening in a month without an open opportunity. */
  readonly outboundHazard: number
}

/** What an account shows in a month. */
export interface MonthSeen {
  readonly activities: number
  readonly pricingVisits: number
}

export const ACTIVITY_KINDS = [
  'web_visit',
  'pricing_page_visit',
  'content_download',
  'webinar_attended',
  'demo_request',
]
export const KIND_WEIGHTS = [0.5, 0.16, 0.2, 0.1, 0.04]
export const PRICING = 1

const INDUSTRY_NAMES = [
  ...['Brewing', 'Foundries', 'Hospitals', 'Insurance', 'Logistics', 'Mining'],
  ...['Printing', 'Retail', 'Shipyards', 'Telecoms', 'Textiles', 'Utilities'],
]
const OPENING_BASE = -5.3
const WIN_BASE = -1.3
const PERSISTENCE = 0.8
/** Of the logarithm of the number of employees. */
export const SIZE = { mean: 5.2, deviation: 1.2 }

export function drawWorld(options: HazardOptions): World {
  const draw = drawFrom(`${options.seed} industries`)
  const industries = INDUSTRY_NAMES.map((name) => {
    return { name, opening: 0.4 * draw.normal(), winning: 0.5 * draw.normal() }
  })
  const open = { options, industries, outboundHazard: 0 }
  const share = options.outboundShare
  return { ...open, outboundHazard: share === 0 ? 0 : (share / (1 - share)) * meanHazard(open) }
}

/** The next month's intensity of interest: standard normal in the long run. */
export function nextIntensity(intensity: number, draw: Draw): number {
  return PERSISTENCE * intensity + Math.sqrt(1 - PERSISTENCE ** 2) * draw.normal()
}

export function meanActivities(intensity: number): number {
  return Math.exp(-0.4 + 0.9 * intensity)
}

/** Probability that an inbound opportunity opens in a month, by what was seen in the two months before. */
export function inboundHazard(world: World, account: AccountTraits, last: MonthSeen, before: MonthSeen): number {
  if (world.options.randomOpenings) return logistic(OPENING_BASE + 0.9)
  return logistic(
    OPENING_BASE +
      industryOf(world, account).opening +
      0.25 * account.size +
      0.6 * Math.log1p(last.activities) +
      0.3 * Math.log1p(before.activities) +
      0.5 * Math.min(2, last.pricingVisits),
  )
}

/** Probability of winning an opportunity that opens in a month, by what was seen in the month before. */
export function winProbability(
  world: World,
  account: AccountTraits,
  opening: { readonly month: number; readonly outbound: boolean; readonly last: MonthSeen },
): number {
  const { months, outboundOdds, newestYearOdds } = world.options
  return logistic(
    WIN_BASE +
      industryOf(world, account).winning +
      0.5 * account.size +
      0.5 * Math.log1p(opening.last.activities) +
      (opening.outbound ? Math.log(outboundOdds) : 0) +
      (opening.month >= months - 12 ? Math.log(newestYearOdds) : 0),
  )
}

export interface AccountTraits {
  /** Position in the world's industries. */
  readonly industry: number
  /** Standardised logarithm of the number of employees. */
  readonly size: number
}

export function drawTraits(world: World, draw: Draw): AccountTraits {
  return { industry: draw.choice(world.industries.map((_, index) => 1 / (1 + index))), size: draw.normal() }
}

/** Days from the opening to the close: the same for won and lost. */
export function drawDuration(draw: Draw): number {
  return Math.max(2, Math.round(Math.exp(3.9 + 0.5 * draw.normal())))
}

export function drawSeen(intensity: number, draw: Draw): MonthSeen & { readonly kinds: readonly number[] } {
  const activities = draw.poisson(meanActivities(intensity))
  const kinds = Array.from({ length: activities }, () => draw.choice(KIND_WEIGHTS))
  return { activities, pricingVisits: kinds.filter((kind) => kind === PRICING).length, kinds }
}

function industryOf(world: World, account: AccountTraits): Industry {
  return world.industries[account.industry] ?? { name: '', opening: 0, winning: 0 }
}

/** Over accounts and months, by a draw of its own. */
function meanHazard(world: World): number {
  const draw = drawFrom(`${world.options.seed} pilot`)
  const trials = 4000
  let sum = 0
  for (let trial = 0; trial < trials; trial += 1) {
    const intensity = draw.normal()
    const before = drawSeen(intensity, draw)
    sum += inboundHazard(world, drawTraits(world, draw), drawSeen(nextIntensity(intensity, draw), draw), before)
  }
  return sum / trials
}

function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds))
}
