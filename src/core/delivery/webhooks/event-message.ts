import { z } from 'zod'
import { FEED_TYPES } from '../../qualification/event-types.ts'
import type { Instant } from '../../base/time.ts'

/** One event, the same in the feed and in a webhook. */
export const EventMessage = z.strictObject({
  event_id: z.int(),
  sequence: z
    .int()
    .describe('The position in the feed. It increases, so of two events of one account the larger is the later.'),
  type: z.enum(FEED_TYPES),
  timestamp: z.string().describe('The instant of the decision or action.'),
  account_id: z.int().nullable(),
  motion: z.string().nullable().describe('The motion of the list; null if the event concerns no list.'),
  as_of: z.string().describe('The decision uses the facts known before this instant.'),
  model_version: z.string().nullable(),
  actor: z.string().nullable().describe('The actor; null is the service.'),
  data: z.record(z.string(), z.unknown()).describe('The fields of the type: see docs/events.md.'),
})
export type EventMessage = z.infer<typeof EventMessage>

interface Event {
  readonly eventId: number
  readonly sequence: number
  readonly type: EventMessage['type']
  readonly accountId: number | null
  readonly motion: string | null
  readonly asOf: Instant
  readonly occurredAt: Instant
  readonly modelVersion: string | null
  readonly actor: string | null
  readonly payload: EventMessage['data']
}

export function toEventMessage(event: Event): EventMessage {
  return {
    event_id: event.eventId,
    sequence: event.sequence,
    type: event.type,
    timestamp: event.occurredAt,
    account_id: event.accountId,
    motion: event.motion,
    as_of: event.asOf,
    model_version: event.modelVersion,
    actor: event.actor,
    data: event.payload,
  }
}
