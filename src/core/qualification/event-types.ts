import type { Instant } from '../base/time.ts'

/** The event types of the feed. */
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

/** Event types that are stored but not published. */
export const PRIVATE_TYPES = ['holdout.assigned', 'opportunity.known'] as const
export type EventType = FeedType | (typeof PRIVATE_TYPES)[number]

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** An event as it is to be written. */
export interface NewEvent {
  readonly type: EventType
  readonly accountId: number | null
  readonly motion: string | null
  /** The decision uses the facts known before this instant; for an action of a person, its time. */
  readonly asOf: Instant
  readonly modelVersion: string | null
  /** The actor; null is the service. */
  readonly actor: string | null
  readonly payload: { readonly [key: string]: Json }
  /** False keeps the event out of the feed, as for accounts in the control group. Private types are never in the feed. */
  readonly inFeed?: boolean
}

export function isTold(event: Pick<NewEvent, 'type' | 'inFeed'>): boolean {
  return (event.inFeed ?? true) && (FEED_TYPES as readonly string[]).includes(event.type)
}
