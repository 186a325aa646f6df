import type { Instant } from '../base/time.ts'

/** Everything that is ever told of. */
export const FEED_TYPES = [
  'account.qualified',
  'account.disqualified',
  'account.stage_changed',
  'account.claimed',
  'account.contacted',
  'account.accepted',
  'account.rejected',
  'account.opportunity_opened',
  'opportunity.won',
  'opportunity.lost',
  'segment.entered',
  'segment.left',
  'action.triggered',
  'action.ended',
  'score.changed',
  'model.promoted',
] as const
export type FeedType = (typeof FEED_TYPES)[number]

/** Kept, and told to nobody. */
export const PRIVATE_TYPES = ['holdout.assigned', 'opportunity.known'] as const
export type EventType = FeedType | (typeof PRIVATE_TYPES)[number]

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** An event as it is to be written. */
export interface NewEvent {
  readonly type: EventType
  readonly accountId: number | null
  readonly motion: string | null
  /** By all that was known before this instant; what a person did has the time of doing. */
  readonly asOf: Instant
  readonly modelVersion: string | null
  /** Who did it; null is the service itself. */
  readonly actor: string | null
  readonly payload: { readonly [key: string]: Json }
  /** False keeps it out of the feed: what a inControlGroup account does is not told. Private types are never told. */
  readonly inFeed?: boolean
}

export function isTold(event: Pick<NewEvent, 'type' | 'inFeed'>): boolean {
  return (event.inFeed ?? true) && (FEED_TYPES as readonly string[]).includes(event.type)
}
