import { z } from 'zod'
import { FEED_TYPES } from '../../qualification/event-types.ts'
import type { Instant } from '../../base/time.ts'

/** One event, the same in the feed and in a webhook. */
export const EventMessage = z.strictObject({
  event_id: z.int(),
  sequence: z
    .int()
    .describe('Its place in the feed. Grows from event to event, so of one account the larger is the later.'),
  type: z.enum(FEED_TYPES),
  timestamp: z.string().describe('When it was decided, or done.'),
  account_id: z.int().nullable(),
  motion: z.string().nullable().describe('Which list it is about; null where it is about none.'),
  as_of: z.string().describe('Everything known before this instant counted.'),
  model_version: z.string().nullable(),
  actor: z.string().nullable().describe('Who did it; null is the service itself.'),
  data: z.record(z.string(), z.unknown()).describe('What happened, by type: see docs/events.md.'),
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
