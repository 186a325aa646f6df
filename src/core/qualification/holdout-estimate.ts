import { NORMAL_95, NORMAL_POWER_80 } from '../statistics/normal-quantiles.ts'
import { wilsonInterval } from '../statistics/wilson.ts'

/** The outcome of one complete assignment (`holdout.assigned`). */
export interface HoldoutOutcome {
  readonly group: 'listed' | 'control'
  readonly happened: boolean
}

export interface GroupFigures {
  readonly assigned: number
  readonly happened: number
  readonly rate: number
}

export type HoldoutEstimate =
  /** One of the groups is empty. */
  | { readonly kind: 'no_holdout' }
  | {
      readonly kind: 'estimated'
      readonly listed: GroupFigures
      readonly control: GroupFigures
      /** Rate of the listed group minus rate of the control group: the effect of listing. */
      readonly difference: number
      /** 95%. */
      readonly interval: { readonly low: number; readonly high: number }
      /** The smallest difference that so many assignments would show in four of five cases, at the rate of the control. */
      readonly detectableDifference: number
    }

/**
 * Compares the groups by assignment (intention to treat): the assignment is random, so the groups differ by nothing else.
 * The interval is Newcombe's of two Wilson intervals (1998, method 10), which is also valid for few and rare outcomes.
 */
export function estimateHoldout(outcomes: readonly HoldoutOutcome[]): HoldoutEstimate {
  const listed = groupOf(outcomes, 'listed')
  const control = groupOf(outcomes, 'control')
  if (listed.assigned === 0 || control.assigned === 0) return { kind: 'no_holdout' }
  const [one, other] = [wilsonInterval(listed.rate, listed.assigned), wilsonInterval(control.rate, control.assigned)]
  const difference = listed.rate - control.rate
  const pooled = (listed.happened + control.happened) / (listed.assigned + control.assigned)
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / listed.assigned + 1 / control.assigned))
  return {
    kind: 'estimated',
    listed,
    control,
    difference,
    interval: {
      low: difference - Math.hypot(listed.rate - one.low, other.high - control.rate),
      high: difference + Math.hypot(one.high - listed.rate, control.rate - other.low),
    },
    detectableDifference: (NORMAL_95 + NORMAL_POWER_80) * spread,
  }
}

function groupOf(outcomes: readonly HoldoutOutcome[], group: HoldoutOutcome['group']): GroupFigures {
  const own = outcomes.filter((outcome) => outcome.group === group)
  const happened = own.filter((outcome) => outcome.happened).length
  return { assigned: own.length, happened, rate: own.length === 0 ? 0 : happened / own.length }
}
