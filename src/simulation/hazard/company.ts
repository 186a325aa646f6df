import { type Draw, drawFrom } from './draw.ts'
import {
  type AccountTraits,
  drawDuration,
  drawSeen,
  drawTraits,
  drawWorld,
  type HazardOptions,
  inboundHazard,
  type MonthSeen,
  nextIntensity,
  winProbability,
  type World,
} from './world.ts'

/** Days since 1970-01-01, with the time of day as a fraction. */
export type Day = number

export interface HazardActivity {
  readonly kind: number
  readonly at: Day
}

export interface HazardOpportunity {
  readonly openedAt: Day
  /** May lie after the end of the history: then the opportunity is still open. */
  readonly closedAt: Day
  readonly won: boolean
  readonly outbound: boolean
  readonly winProbability: number
}

/** An account at the end of the history: all that its future depends on. */
export interface HazardState {
  readonly intensity: number
  readonly last: MonthSeen
  readonly before: MonthSeen
  readonly hasOpen: boolean
}

export interface HazardAccount {
  readonly id: string
  readonly traits: AccountTraits
  readonly createdAt: Day
  readonly activities: readonly HazardActivity[]
  readonly opportunities: readonly HazardOpportunity[]
  readonly state: HazardState
}

export interface HazardCompany {
  readonly world: World
  readonly accounts: readonly HazardAccount[]
}

export function drawHazardCompany(options: HazardOptions): HazardCompany {
  const world = drawWorld(options)
  const starts = monthStarts(options)
  const accounts = Array.from({ length: options.accounts }, (_, index) => {
    const id = `H${String(index + 1).padStart(6, '0')}`
    return live(world, id, starts, drawFrom(`${options.seed} ${id}`))
  })
  const exported = options.onlyWithOpportunities
    ? accounts.filter(({ opportunities }) => opportunities.length > 0)
    : accounts
  return { world, accounts: exported }
}

const NOTHING_SEEN: MonthSeen = { activities: 0, pricingVisits: 0 }

function live(world: World, id: string, starts: readonly Day[], draw: Draw): HazardAccount {
  const traits = drawTraits(world, draw)
  // Half of the accounts were there before the history begins; the others come at random in its first two thirds.
  const firstMonth = Math.max(0, Math.floor((draw.uniform() * 2 - 1) * 0.66 * world.options.months))
  const createdAt = dayIn(starts, firstMonth, draw)
  const activities: HazardActivity[] = []
  const opportunities: HazardOpportunity[] = []
  let intensity = draw.normal()
  let before = NOTHING_SEEN
  let last = NOTHING_SEEN
  for (let month = firstMonth; month < world.options.months; month += 1) {
    const isFree = opportunities.every(({ closedAt }) => closedAt < (starts[month] ?? 0))
    const opening = isFree && month > firstMonth ? drawOpening(world, traits, { month, last, before }, draw) : null
    if (opening) {
      const opportunity = drawOpportunity(opening, dayIn(starts, month, draw), draw)
      opportunities.push(opportunity)
      activities.push(...activitiesOfDeal(opportunity, draw))
    }
    const seen = drawSeen(intensity, draw)
    for (const kind of seen.kinds) {
      const at = dayIn(starts, month, draw)
      if (at > createdAt) activities.push({ kind, at })
    }
    before = last
    last = seen
    intensity = nextIntensity(intensity, draw)
  }
  const end = starts.at(-1) ?? 0
  const hasOpen = opportunities.some(({ closedAt }) => closedAt >= end)
  return {
    id,
    traits,
    createdAt,
    activities: activities.filter(({ at }) => at < end).toSorted((a, b) => a.at - b.at),
    opportunities,
    state: { intensity, last, before, hasOpen },
  }
}

interface Opening {
  readonly outbound: boolean
  readonly winProbability: number
}

function drawOpening(
  world: World,
  traits: AccountTraits,
  { month, last, before }: { readonly month: number; readonly last: MonthSeen; readonly before: MonthSeen },
  draw: Draw,
): Opening | null {
  const inbound = draw.uniform() < inboundHazard(world, traits, last, before)
  const outbound = !inbound && draw.uniform() < world.outboundHazard
  if (!inbound && !outbound) return null
  return { outbound, winProbability: winProbability(world, traits, { month, outbound, last }) }
}

function drawOpportunity({ outbound, winProbability: probability }: Opening, openedAt: Day, draw: Draw) {
  const won = draw.uniform() < probability
  return { openedAt, closedAt: openedAt + drawDuration(draw), won, outbound, winProbability: probability }
}

/** A deal makes people active, one that will be won more than others: what a feature must not see. */
function activitiesOfDeal({ openedAt, closedAt, won }: HazardOpportunity, draw: Draw): HazardActivity[] {
  const count = draw.poisson(won ? 8 : 3)
  return Array.from({ length: count }, () => {
    return { kind: draw.choice([0.3, 0.3, 0.2, 0.1, 0.1]), at: openedAt + draw.uniform() * (closedAt - openedAt) }
  })
}

/** The first moment of each month, and of the one after the last. */
export function monthStarts({ end, months }: HazardOptions): readonly Day[] {
  const [year = 0, month = 1] = end.split('-').map(Number)
  return Array.from({ length: months + 1 }, (_, index) => Date.UTC(year, month - 1 - months + index, 1) / 86_400_000)
}

function dayIn(starts: readonly Day[], month: number, draw: Draw): Day {
  const [from = 0, to = from + 30] = starts.slice(month, month + 2)
  return from + draw.uniform() * (to - from)
}
