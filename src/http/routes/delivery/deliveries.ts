import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { FEED_TYPES } from '../../../core/qualification/event-types.ts'
import {
  type Delivery,
  DELIVERY_STATES,
  findDelivery,
  listDeliveries,
  replayDelivery,
  replayRange,
} from '../../../store/delivery/deliveries.ts'
import { findEndpoint } from '../../../store/delivery/webhooks.ts'
import { integerParameter } from '../../schemas/fields.ts'
import { inIdempotentWrite } from '../../plugins/idempotency.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS, sendProblem, WRITE_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { EndpointIdParameter, UNKNOWN_ENDPOINT } from './webhook-endpoint-view.ts'

const MOST_REPLAYED = 10_000

const EXAMPLE = {
  delivery_id: 15_093,
  webhook_endpoint_id: 'whe_5a0c2f6f0d3b8e91a7c4',
  event_id: 90_211,
  sequence: 81_544,
  type: 'account.qualified' as const,
  message_id: 'msg_0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  state: 'dead' as const,
  attempts: 10,
  next_attempt_at: null,
  last_attempt_at: '2026-03-05T03:39:20.000000Z',
  last_status: 500,
  last_problem: null,
  delivered_at: null,
}
const DeliveryView = z
  .strictObject({
    delivery_id: z.int(),
    webhook_endpoint_id: z.string(),
    event_id: z.int(),
    sequence: z.int(),
    type: z.enum(FEED_TYPES),
    message_id: z.string().describe('The header `webhook-id`; the same in every attempt.'),
    state: z
      .enum(DELIVERY_STATES)
      .describe('`waiting` for its next attempt, `delivered`, or `dead` (a dead letter): ten attempts failed.'),
    attempts: z.int(),
    next_attempt_at: z.string().nullable(),
    last_attempt_at: z.string().nullable(),
    last_status: z.int().nullable().describe('The status of the last response; null without a response.'),
    last_problem: z.string().nullable().describe('Why there was no response.'),
    delivered_at: z.string().nullable(),
  })
  .meta({ id: 'Delivery', description: 'The delivery of one event to one endpoint', examples: [EXAMPLE] })

const DeliveryPage = z
  .strictObject({ deliveries: z.array(DeliveryView), next_cursor: NextCursor })
  .describe('A page of the deliveries, newest first')
const Query = z.strictObject({
  ...PageQuery.shape,
  webhook_endpoint_id: z.string().max(100).optional().describe('Only deliveries to this endpoint.'),
  state: z.enum(DELIVERY_STATES).optional().describe('Only deliveries in this state; `dead` lists the dead letters.'),
  event_id: integerParameter(z.int().min(1)).optional().describe('Only deliveries of this event.'),
})
const Position = z.object({ deliveryId: z.int() })
const IdParameters = z.strictObject({
  id: integerParameter(z.int().min(1)).meta({ examples: [EXAMPLE.delivery_id] }),
})

const ReplayBody = z
  .strictObject({
    state: z.enum(['dead', 'delivered']).default('dead'),
    after: z.int().min(0).default(0).describe('Only events with a larger `sequence`.'),
    up_to: z.int().min(0).optional().describe('Only events with this or a smaller `sequence`.'),
  })
  .meta({ examples: [{ state: 'dead', after: 81_000, up_to: 82_000 }] })
const Replayed = z
  .strictObject({
    replayed: z.int(),
    next_after: z.int().nullable().describe('The `after` of the next request; null if there are no more.'),
  })
  .meta({
    id: 'Replayed',
    description: 'The number of deliveries to be sent again',
    examples: [{ replayed: 12, next_after: null }],
  })

const UNKNOWN_DELIVERY = {
  problem: 'delivery_not_found',
  detail: 'GET /v1/deliveries lists them, for 30 days after the last attempt',
} as const

export const deliveryRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/deliveries',
    {
      schema: {
        operationId: 'listDeliveries',
        summary: 'All webhook deliveries',
        description: 'Scope `webhooks:manage`. Newest first; of the last 30 days.',
        tags: ['events'],
        querystring: Query,
        response: { 200: DeliveryPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const { webhook_endpoint_id: endpointId, state, event_id: eventId, ...query } = request.query
      const filters = { endpointId: endpointId ?? '', state: state ?? '', eventId: eventId ?? '' }
      const pages = pagesOf(services, 'deliveries', filters, Position)
      const page = await pages.read(query, (limit, after) =>
        listDeliveries(services.db, { endpointId, state, eventId }, { limit, before: after?.deliveryId }),
      )
      if (!page) return refuseCursor(reply)
      return { deliveries: page.rows.map(deliveryView), next_cursor: page.nextCursor }
    },
  )
  app.get(
    '/deliveries/:id',
    {
      schema: {
        operationId: 'getDelivery',
        summary: 'One webhook delivery',
        description: 'Scope `webhooks:manage`.',
        tags: ['events'],
        params: IdParameters,
        response: { 200: DeliveryView, ...problemResponses(...READ_PROBLEMS, 'delivery_not_found', 'path_too_long') },
      },
    },
    async (request, reply) => {
      const delivery = await findDelivery(services.db, request.params.id)
      return delivery ? deliveryView(delivery) : sendProblem(reply, UNKNOWN_DELIVERY.problem, UNKNOWN_DELIVERY)
    },
  )
  app.post(
    '/deliveries/:id/replay',
    {
      schema: {
        operationId: 'replayDelivery',
        summary: 'Send one delivery again',
        description:
          'Scope `webhooks:manage`. The message keeps its id, so a receiver that has it can drop it. A disabled endpoint ' +
          'receives it when it is enabled.',
        tags: ['events'],
        params: IdParameters,
        response: { 200: DeliveryView, ...problemResponses(...WRITE_PROBLEMS, 'delivery_not_found', 'path_too_long') },
      },
    },
    async (request, reply) =>
      await inIdempotentWrite(services, request, reply, async (transaction) => {
        const delivery = await replayDelivery(transaction, request.params.id)
        return delivery ? { status: 200, body: deliveryView(delivery) } : UNKNOWN_DELIVERY
      }),
  )
  app.post(
    '/webhook-endpoints/:id/replay',
    {
      schema: {
        operationId: 'replayDeliveries',
        summary: 'Send a range of deliveries again',
        description:
          `Scope \`webhooks:manage\`. The dead letters of an endpoint, or its delivered ones; oldest first, at most ${MOST_REPLAYED} ` +
          'per request. The messages keep their ids.',
        tags: ['events'],
        params: EndpointIdParameter,
        body: ReplayBody,
        response: {
          200: Replayed,
          ...problemResponses(...WRITE_PROBLEMS, 'webhook_endpoint_not_found', 'path_too_long'),
        },
      },
    },
    async (request, reply) => {
      const { state, after, up_to: upTo = Number.MAX_SAFE_INTEGER } = request.body
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const endpointId = request.params.id
        if (!(await findEndpoint(transaction, endpointId))) return UNKNOWN_ENDPOINT
        const range = { endpointId, state, after, upTo }
        const { replayed, lastSequence } = await replayRange(transaction, range, MOST_REPLAYED)
        const nextAfter = replayed === MOST_REPLAYED ? lastSequence : null
        return { status: 200, body: { replayed, next_after: nextAfter } }
      })
    },
  )
}

function deliveryView(delivery: Delivery): z.infer<typeof DeliveryView> {
  return {
    delivery_id: delivery.deliveryId,
    webhook_endpoint_id: delivery.endpointId,
    event_id: delivery.eventId,
    sequence: delivery.sequence,
    type: delivery.type,
    message_id: delivery.messageId,
    state: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: delivery.nextAttemptAt,
    last_attempt_at: delivery.lastAttemptAt,
    last_status: delivery.lastStatus,
    last_problem: delivery.lastProblem,
    delivered_at: delivery.deliveredAt,
  }
}
