import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { formatSecret } from '../../../core/delivery/webhooks/sign.ts'
import { checkTarget, formatTarget, type RefusedTarget } from '../../../core/delivery/webhooks/target.ts'
import {
  createEndpoint,
  deleteEndpoint,
  disableEndpoint,
  enableEndpoint,
  findEndpoint,
  listEndpoints,
  MOST_ENDPOINTS,
  type NewEndpoint,
  rotateEndpointSecret,
  updateEndpoint,
  type WebhookEndpoint,
} from '../../../store/delivery/webhooks.ts'
import { inIdempotentWrite, type WriteAnswer } from '../../plugins/idempotency.ts'
import { PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS, sendProblem, WRITE_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import {
  CreateBody,
  EnableBody,
  EndpointIdParameter,
  EndpointPage,
  EndpointView,
  endpointView,
  NewEndpointView,
  RotateBody,
  UNKNOWN_ENDPOINT,
  UpdateBody,
} from './webhook-endpoint-view.ts'

const Position = z.object({ createdAt: z.string(), endpointId: z.string() })
const ENDPOINT_WRITE = [...WRITE_PROBLEMS, 'webhook_endpoint_not_found', 'path_too_long'] as const

export const webhookEndpointRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.post(
    '/webhook-endpoints',
    {
      schema: {
        operationId: 'createWebhookEndpoint',
        summary: 'Create a webhook endpoint',
        description: `Scope \`webhooks:manage\`. Later events are sent to the URL. The signing secret is shown once. At most ${MOST_ENDPOINTS} endpoints.`,
        tags: ['events'],
        body: CreateBody,
        response: { 201: NewEndpointView, ...problemResponses(...WRITE_PROBLEMS, 'too_many_webhook_endpoints') },
      },
    },
    async (request, reply) => {
      const { url, description, event_types: eventTypes } = request.body
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const target = checkTarget(url, services.webhookTargets)
        if (target.kind === 'refused') return refusalOfUrl(target)
        const made = await createEndpoint(transaction, {
          url: formatTarget(target),
          description,
          eventTypes: eventTypes && unique(eventTypes),
        })
        if (made) return madeAnswer(201, made)
        return {
          problem: 'too_many_webhook_endpoints',
          detail: `there are ${MOST_ENDPOINTS} webhook endpoints, the most allowed: delete one first`,
        }
      })
    },
  )
  app.get(
    '/webhook-endpoints',
    {
      schema: {
        operationId: 'listWebhookEndpoints',
        summary: 'Every webhook endpoint',
        description: 'Scope `webhooks:manage`. Oldest first.',
        tags: ['events'],
        querystring: PageQuery,
        response: { 200: EndpointPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const pages = pagesOf(services, 'webhook-endpoints', {}, Position)
      const page = await pages.read(request.query, (limit, after) => listEndpoints(services.db, { limit, after }))
      if (!page) return refuseCursor(reply)
      return { webhook_endpoints: page.rows.map(endpointView), next_cursor: page.nextCursor }
    },
  )
  app.get(
    '/webhook-endpoints/:id',
    {
      schema: {
        operationId: 'getWebhookEndpoint',
        summary: 'One webhook endpoint',
        description: 'Scope `webhooks:manage`.',
        tags: ['events'],
        params: EndpointIdParameter,
        response: {
          200: EndpointView,
          ...problemResponses(...READ_PROBLEMS, 'webhook_endpoint_not_found', 'path_too_long'),
        },
      },
    },
    async (request, reply) => {
      const endpoint = await findEndpoint(services.db, request.params.id)
      return endpoint ? endpointView(endpoint) : sendProblem(reply, UNKNOWN_ENDPOINT.problem, UNKNOWN_ENDPOINT)
    },
  )
  app.patch(
    '/webhook-endpoints/:id',
    {
      schema: {
        operationId: 'updateWebhookEndpoint',
        summary: 'Change a webhook endpoint',
        description:
          'Scope `webhooks:manage`. Waiting deliveries go to the new URL; other event types apply to later events.',
        tags: ['events'],
        params: EndpointIdParameter,
        body: UpdateBody,
        response: { 200: EndpointView, ...problemResponses(...ENDPOINT_WRITE) },
      },
    },
    async (request, reply) => {
      const { url, description, event_types: eventTypes } = request.body
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const target = url === undefined ? undefined : checkTarget(url, services.webhookTargets)
        if (target?.kind === 'refused') return refusalOfUrl(target)
        const changes = {
          url: target && formatTarget(target),
          description,
          eventTypes: eventTypes && unique(eventTypes),
        }
        return answer(await updateEndpoint(transaction, request.params.id, changes))
      })
    },
  )
  app.delete(
    '/webhook-endpoints/:id',
    {
      schema: {
        operationId: 'deleteWebhookEndpoint',
        summary: 'Delete a webhook endpoint',
        description:
          'Scope `webhooks:manage`. Deletes its deliveries too, including waiting ones. Returns the deleted endpoint.',
        tags: ['events'],
        params: EndpointIdParameter,
        response: { 200: EndpointView, ...problemResponses(...ENDPOINT_WRITE) },
      },
    },
    async (request, reply) =>
      await inIdempotentWrite(services, request, reply, async (transaction) =>
        answer(await deleteEndpoint(transaction, request.params.id)),
      ),
  )
  app.post(
    '/webhook-endpoints/:id/rotate-secret',
    {
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Rotate the signing secret',
        description:
          'Scope `webhooks:manage`. For `overlap_seconds` messages are signed with both secrets, so that the receiver can switch.',
        tags: ['events'],
        params: EndpointIdParameter,
        body: RotateBody,
        response: { 201: NewEndpointView, ...problemResponses(...ENDPOINT_WRITE) },
      },
    },
    async (request, reply) =>
      await inIdempotentWrite(services, request, reply, async (transaction) => {
        const overlap = request.body.overlap_seconds
        const made = await rotateEndpointSecret(transaction, request.params.id, overlap)
        return made ? madeAnswer(201, made) : UNKNOWN_ENDPOINT
      }),
  )
  app.post(
    '/webhook-endpoints/:id/enable',
    {
      schema: {
        operationId: 'enableWebhookEndpoint',
        summary: 'Enable a webhook endpoint',
        description:
          'Scope `webhooks:manage`. Waiting deliveries are sent at once with a new retry schedule, and so are the events ' +
          'since it was disabled, unless `skip_missed`. Also ends a pause.',
        tags: ['events'],
        params: EndpointIdParameter,
        body: EnableBody,
        response: { 200: EndpointView, ...problemResponses(...ENDPOINT_WRITE) },
      },
    },
    async (request, reply) =>
      await inIdempotentWrite(services, request, reply, async (transaction) =>
        answer(await enableEndpoint(transaction, request.params.id, { skipMissed: request.body.skip_missed })),
      ),
  )
  app.post(
    '/webhook-endpoints/:id/disable',
    {
      schema: {
        operationId: 'disableWebhookEndpoint',
        summary: 'Disable a webhook endpoint',
        description: 'Scope `webhooks:manage`. Waiting deliveries and later events are kept until it is enabled.',
        tags: ['events'],
        params: EndpointIdParameter,
        response: { 200: EndpointView, ...problemResponses(...ENDPOINT_WRITE) },
      },
    },
    async (request, reply) =>
      await inIdempotentWrite(services, request, reply, async (transaction) =>
        answer(await disableEndpoint(transaction, request.params.id, 'by_hand')),
      ),
  )
}

function unique<Type>(types: readonly Type[]): readonly Type[] {
  return [...new Set(types)]
}

/** Only the URL itself has been checked: its host name is resolved and checked at every attempt. */
function refusalOfUrl({ reason: detail }: RefusedTarget): WriteAnswer {
  return { problem: 'invalid_request', detail: `url: ${detail}`, errors: [{ in: 'body', pointer: '#/url', detail }] }
}

function answer(endpoint: WebhookEndpoint | undefined): WriteAnswer {
  return endpoint ? { status: 200, body: endpointView(endpoint) } : UNKNOWN_ENDPOINT
}

function madeAnswer(status: 201, { endpoint, secret }: NewEndpoint): WriteAnswer {
  const headers = { location: `/v1/webhook-endpoints/${endpoint.endpointId}` }
  const body = { webhook_endpoint: endpointView(endpoint), secret: formatSecret(secret) }
  return { status, body, headers, target: endpoint.endpointId }
}
