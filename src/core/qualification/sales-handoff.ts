import { type Instant, instantPlusDays } from '../base/time.ts'
import type { EventType, Json } from './event-types.ts'
import { isOnTheList, type MotionState } from './state.ts'

/** What a person does about an account on the list. */
export type SalesHandoff =
  | { readonly kind: 'claim' | 'contacted' | 'accept' }
  /** `note` is what the person adds in words of their own. */
  | { readonly kind: 'reject'; readonly reason: string; readonly note?: string | undefined }

/** Why an account is rejected, as a person may choose. It changes nothing but when the account is handed over again. */
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
  /** It had been done already, by the same person: asked twice, done once. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly because: HandoffRefusal }

const TYPES = {
  claim: 'account.claimed',
  contacted: 'account.contacted',
  accept: 'account.accepted',
  reject: 'account.rejected',
} as const
/** What stands in the state once it is done; a claim is done in all of them. */
const DONE = { claim: ['claimed', 'contacted', 'accepted'], contacted: ['contacted'], accept: ['accepted'] } as const

/**
 * What comes of it when a person does something about an account. One person works an account at a time: who contacts or
 * accepts one that nobody has claimed has it from then on, and a rejection lets it go.
 * @param pauseDays for so long a rejected account is not handed over again
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
