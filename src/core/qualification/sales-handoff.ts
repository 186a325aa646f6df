import { type Instant, instantPlusDays } from '../base/time.ts'
import type { EventType, Json } from './event-types.ts'
import { isOnTheList, type MotionState } from './state.ts'

/** A step of a salesperson with an account on the list. */
export type SalesHandoff =
  | { readonly kind: 'claim' | 'contacted' | 'accept' }
  /** `note` is free text. */
  | { readonly kind: 'reject'; readonly reason: string; readonly note?: string | undefined }

/** The reasons that a person may choose. They affect only when the account is listed again. */
export const REJECTION_REASONS = [
  'no_need',
  'no_budget',
  'bad_timing',
  'uses_competitor',
  'not_our_kind_of_customer',
  'nobody_reachable',
  'worked_by_others',
  'wrong_data',
  'other',
] as const

export type HandoffRefusal = 'not_on_the_list' | 'claimed_by_another' | 'paused'

export type HandoffDecision =
  | { readonly kind: 'event'; readonly type: EventType; readonly payload: { readonly [key: string]: Json } }
  /** The same person had already done it. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly because: HandoffRefusal }

const TYPES = {
  claim: 'account.claimed',
  contacted: 'account.contacted',
  accept: 'account.accepted',
  reject: 'account.rejected',
} as const
/** The states in which a step is already done; a claim is done in every one of them. */
const DONE = { claim: ['claimed', 'contacted', 'accepted'], contacted: ['contacted'], accept: ['accepted'] } as const

/**
 * Decides a sales handoff. One person works an account at a time: contacting or accepting an unclaimed account also claims it, and a
 * rejection releases it.
 * @param pauseDays how long a rejected account stays off the list
 */
export function decideHandoff(
  state: MotionState | undefined,
  handoff: SalesHandoff,
  actor: string,
  now: Instant,
  pauseDays: number,
): HandoffDecision {
  if (!state || !isOnTheList(state)) return { kind: 'refused', because: 'not_on_the_list' }
  if (state.owner !== null && state.owner !== actor) return { kind: 'refused', because: 'claimed_by_another' }
  const isPaused = state.pausedUntil !== null && now < state.pausedUntil && state.owner === null
  if (handoff.kind === 'reject') {
    if (isPaused) return { kind: 'unchanged' }
    const payload = {
      reason: handoff.reason,
      note: handoff.note ?? null,
      paused_until: instantPlusDays(now, pauseDays),
    }
    return { kind: 'event', type: TYPES.reject, payload }
  }
  if (isPaused) return { kind: 'refused', because: 'paused' }
  const done: readonly string[] = DONE[handoff.kind]
  if (state.owner === actor && done.includes(state.state)) return { kind: 'unchanged' }
  return { kind: 'event', type: TYPES[handoff.kind], payload: {} }
}
