import type { CohortAccount } from '../../core/training/cohorts/cohort.ts'
import { assign, type Holdout } from '../../core/qualification/holdout.ts'
import { estimateHoldout, type HoldoutEstimate } from '../../core/qualification/holdout-estimate.ts'
import { simulationOptions } from '../options.ts'
import { addMonths, instantPlusDays, type IsoDate, startOfDay } from '../../core/base/time.ts'
import { createWorld, type SimulatedWorld } from './simulated-world.ts'

/** One company, its holdout, and the true effect of listing: both simulations of every account in the band are known. */
export interface HoldoutTrial {
  readonly kind: 'opened' | 'won'
  /** Mean over the band of the outcome when listed less the outcome in the control group. */
  readonly truth: number
  readonly estimate: HoldoutEstimate
  readonly covers: boolean
}

const END = '2026-01-01' as IsoDate
const LISTED_MONTHS = 12
const MATURING_MONTHS = 9
const WARM_UP_MONTHS = 6
const WORKED_MONTHS = 3
const OPENS_WITHIN_DAYS = 90
/** The band around the capacity line, by rank of the true probability, as shares of a month's accounts. */
const BAND = { from: 0.05, to: 0.35 }

/**
 * Sales works no account; each month some accounts enter the band, each once. Each of them is simulated twice from the same
 * random numbers: not worked, and worked for three months from the day it is listed. The holdout shows one of the two.
 */
export function tryHoldout(seed: string, accounts: number, holdout: Holdout): readonly HoldoutTrial[] {
  const months = WARM_UP_MONTHS + LISTED_MONTHS + MATURING_MONTHS
  const options = simulationOptions({ end: END, months, seed, accounts })
  const start = addMonths(END, -(LISTED_MONTHS + MATURING_MONTHS))
  const world = createWorld(options, start)
  const band = drawBand(world, start)
  const outcomes = () =>
    band.map((entry) => ({ opened: happened(world, entry, false), won: happened(world, entry, true) }))
  const alone = outcomes()
  for (const { account, month } of band)
    world.work(
      account,
      Array.from({ length: WORKED_MONTHS }, (_, index) => addMonths(month, index)),
    )
  const worked = outcomes()
  return (['opened', 'won'] as const).map((kind) => {
    const drawn = band.map(({ account, month }, index) => {
      const { group } = assign({ ...holdout, seed }, account.accountId, startOfDay(month))
      const life = group === 'listed' ? worked[index] : alone[index]
      return { group, happened: life?.[kind] ?? false }
    })
    const gains = band.map((_, index) => Number(worked[index]?.[kind]) - Number(alone[index]?.[kind]))
    const truth = gains.reduce((sum, gain) => sum + gain, 0) / Math.max(1, band.length)
    const estimate = estimateHoldout(drawn)
    const covers = estimate.kind === 'estimated' && estimate.interval.low <= truth && truth <= estimate.interval.high
    return { kind, truth, estimate, covers }
  })
}

interface BandEntry {
  readonly account: CohortAccount
  readonly month: IsoDate
}

function drawBand(world: SimulatedWorld, start: IsoDate): readonly BandEntry[] {
  const entered = new Set<number>()
  return Array.from({ length: LISTED_MONTHS }, (_, index) => addMonths(start, index)).flatMap((month) => {
    const ranked = world.accounts
      .flatMap((account) => {
        const truth = world.tables(account).interventions.find((row) => row.month === month)
        const opens = truth?.open_probability_not_worked ?? null
        return truth && opens !== null ? [{ account, probability: opens * truth.win_probability_not_worked }] : []
      })
      .toSorted((one, other) => other.probability - one.probability || one.account.accountId - other.account.accountId)
    const inBand = ranked.slice(Math.floor(BAND.from * ranked.length), Math.floor(BAND.to * ranked.length))
    const fresh = inBand.filter(({ account }) => !entered.has(account.accountId))
    for (const { account } of fresh) entered.add(account.accountId)
    return fresh.map(({ account }) => ({ account, month }))
  })
}

function happened(world: SimulatedWorld, { account, month }: BandEntry, isWon: boolean): boolean {
  const from = startOfDay(month)
  const until = instantPlusDays(from, OPENS_WITHIN_DAYS)
  return world
    .histories(account, startOfDay(END))
    .some(({ openedAt, outcome }) => openedAt >= from && openedAt < until && (!isWon || outcome === 'won'))
}
