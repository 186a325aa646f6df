/** What became of one assignment whose time has come: an event of type `lottery.assigned`, and its account afterwards. */
export interface LotteryOutcome {
  readonly arm: 'listed' | 'withheld'
  readonly happened: boolean
}

export interface ArmFigures {
  readonly assigned: number
  readonly happened: number
  readonly rate: number
}

export type LotteryEstimate =
  /** Nobody was withheld, or nobody listed: there is nothing to compare. */
  | { readonly kind: 'no_lottery' }
  | {
      readonly kind: 'estimated'
      readonly listed: ArmFigures
      readonly withheld: ArmFigures
      /** Rate of the listed less rate of the withheld: what being listed brings. */
      readonly difference: number
      /** 95 %. */
      readonly interval: { readonly low: number; readonly high: number }
      /** The smallest difference that so many assignments would show in four of five cases, at the rate of the withheld. */
      readonly detectableDifference: number
    }

const QUANTILE_95 = 1.959963984540054
/** Standard normal quantile at 0.8. */
const QUANTILE_80 = 0.8416212335729143

/**
 * Compares by assignment, whoever was really worked: chance assigned, so that nothing else tells the arms apart.
 * The interval is Newcombe's of two Wilson intervals (1998, method 10), which holds for few and for rare outcomes too.
 */
export function estimateLottery(outcomes: readonly LotteryOutcome[]): LotteryEstimate {
  const listed = armOf(outcomes, 'listed')
  const withheld = armOf(outcomes, 'withheld')
  if (listed.assigned === 0 || withheld.assigned === 0) return { kind: 'no_lottery' }
  const [one, other] = [wilson(listed), wilson(withheld)]
  const difference = listed.rate - withheld.rate
  const pooled = (listed.happened + withheld.happened) / (listed.assigned + withheld.assigned)
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / listed.assigned + 1 / withheld.assigned))
  return {
    kind: 'estimated',
    listed,
    withheld,
    difference,
    interval: {
      low: difference - Math.hypot(listed.rate - one.low, other.high - withheld.rate),
      high: difference + Math.hypot(one.high - listed.rate, withheld.rate - other.low),
    },
    detectableDifference: (QUANTILE_95 + QUANTILE_80) * spread,
  }
}

function armOf(outcomes: readonly LotteryOutcome[], arm: LotteryOutcome['arm']): ArmFigures {
  const own = outcomes.filter((outcome) => outcome.arm === arm)
  const happened = own.filter((outcome) => outcome.happened).length
  return { assigned: own.length, happened, rate: own.length === 0 ? 0 : happened / own.length }
}

function wilson({ assigned, rate }: ArmFigures): { readonly low: number; readonly high: number } {
  const z2 = QUANTILE_95 ** 2
  const centre = rate + z2 / (2 * assigned)
  const half = QUANTILE_95 * Math.sqrt((rate * (1 - rate)) / assigned + z2 / (4 * assigned ** 2))
  const scale = 1 + z2 / assigned
  return { low: (centre - half) / scale, high: (centre + half) / scale }
}
