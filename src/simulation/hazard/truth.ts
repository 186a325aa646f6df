import type { HazardAccount } from './company.ts'
import { drawFrom } from './draw.ts'
import { drawDuration, drawSeen, inboundHazard, nextIntensity, winProbability, type World } from './world.ts'

/** What is true of an account at the end of the history, over all its possible futures. */
export interface HazardTruth {
  /** An inbound opportunity opens within three months. */
  readonly opens: number
  /** ... and is won within 180 days of its opening. */
  readonly opensAndIsWon: number
}

const MONTHS_AHEAD = 3
const WON_WITHIN_DAYS = 180

/**
 * Averages over continuations of the account's activity. In each, the probabilities of the hazard are added up instead of
 * drawn, so that some hundred continuations leave an error far below that of any model.
 */
export function truthOf(world: World, account: HazardAccount, continuations: number): HazardTruth {
  const { traits, state, id } = account
  const draw = drawFrom(`${world.options.seed} future of ${id}`)
  let opens = 0
  let won = 0
  for (let continuation = 0; continuation < continuations; continuation += 1) {
    let { intensity, last, before } = state
    let free = 1
    for (let ahead = 0; ahead < MONTHS_AHEAD; ahead += 1) {
      const month = world.options.months + ahead
      const inbound = inboundHazard(world, traits, last, before)
      const isQuick = drawDuration(draw) < WON_WITHIN_DAYS ? 1 : 0
      opens += free * inbound
      won += free * inbound * isQuick * winProbability(world, traits, { month, outbound: false, last })
      free *= (1 - inbound) * (1 - world.outboundHazard)
      const seen = drawSeen(intensity, draw)
      before = last
      last = seen
      intensity = nextIntensity(intensity, draw)
    }
  }
  return { opens: opens / continuations, opensAndIsWon: won / continuations }
}
