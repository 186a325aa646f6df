import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { DEFAULT_OVERLAP_SECONDS } from '../../../core/access/overlap.ts'
import { FEED_TYPES } from '../../../core/qualification/event-types.ts'
import { formatSecret } from '../../../core/delivery/webhooks/sign.ts'
import { checkTarget, LONGEST_URL } from '../../../core/delivery/webhooks/target.ts'
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
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS, sendProblem, WRITE_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const EXAMPLE = {
  webhook_endpoint_id: 'whe_5a0c2f6f0d3b8e91a7c4',
  url: 'https://crm.example.com/hooks/winrate',
  description: 'Salesforce',
  event_types: ['account.qualified' as const, 'account.disqualified' as const],
  state: 'enabled' as const,
  disabled_because: null,
  disabled_at: null,
  failing_since: null,
  paused_until: null,
  previous_secret_until: null,
  created_at: '2026-03-01T09:00:00.000000Z',
}
const EndpointView = z
  .strictObject({
    webhook_endpoint_id: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    event_types: z.array(z.enum(FEED_TYPES)).nullable().describe('Null: every type, also those to come.'),
    state: z.enum(['enabled', 'disabled']),
    disabled_because: z
      .enum(['by_hand', 'gone', 'failing'])
      .nullable()
      .describe('`gone`: it answered 410. `failing`: every attempt of five days failed.'),
    disabled_at: z.string().nullable(),
    failing_since: z.string().nullable().describe('Every attempt since then has failed.'),
    paused_until: z.string().nullable().describe('As it asked by `Retry-After`.'),
    previous_secret_until: z.string().nullable().describe('Until then the secret that was replaced signs too.'),
    created_at: z.string(),
  })
  .meta({ id: 'WebhookEndpoint', description: 'Where events are sent', examples: [EXAMPLE] })

const NewEndpointView = z
  .strictObject({ webhook_endpoint: EndpointView, secret: z.string().describe('Shown only now: keep it.') })
  .meta({
    id: 'NewWebhookEndpoint',
    description: 'An endpoint with a secret just made',
    examples: [{ webhook_endpoint: EXAMPLE, secret: 'whsec_…' }],
  })

const Url = z
  .string()
  .min(1)
  .max(LONGEST_URL)
  .describe('By https, to a public address.')
  .meta({ examples: [EXAMPLE.url] })
const Description = z
  .string()
  .max(200)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL')
  .nullable()
const EventTypes = z.array(z.enum(FEED_TYPES)).min(1).max(FEED_TYPES.length).nullable()

const CreateBody = z
  .strictObject({
    url: Url,
    description: Description.default(null),
    event_types: EventTypes.default(null).describe('Null, or left out: every type.'),
  })
  .meta({ examples: [{ url: EXAMPLE.url, description: 'Salesforce', event_types: EXAMPLE.event_types }] })
const UpdateBody = z
  .strictObject({ url: Url.optional(), description: Description.optional(), event_types: EventTypes.optional() })
  .describe('What is left out stays as it is.')
  .meta({ examples: [{ event_types: ['account.qualified'] }] })
const RotateBody = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(DEFAULT_OVERLAP_SECONDS)
      .default(86_400)
      .describe('For how long the old secret signs as well. Default: a day; at most 7 days.'),
  })
  .meta({ examples: [{ overlap_seconds: 86_400 }] })
const EnableBody = z
  .strictObject({ skip_missed: z.boolean().default(false).describe('Leave out what happened while it was disabled.') })
  .meta({ examples: [{ skip_missed: false }] })

const EndpointPage = z
  .strictObject({ webhook_endpoints: z.array(EndpointView), next_cursor: NextCursor })
  .describe('A page of the endpoints, the oldest first')
const Position = z.object({ createdAt: z.string(), endpointId: z.string() })
export const EndpointIdParameter = z.strictObject({
  id: z
    .string()
    .max(100)
    .meta({ examples: [EXAMPLE.webhook_endpoint_id] }),
})
export const UNKNOWN_ENDPOINT = {
  problem: 'webhook_endpoint_not_found',
  detail: 'GET /v1/webhook-endpoints lists them',
} as const

const ENDPOINT_WRITE = [...WRITE_PROBLEMS, 'webhook_endpoint_not_found', 'path_too_long'] as const

export const webhookEndpointRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.post(
    '/webhook-endpoints',
    {
      schema: {
        operationId: 'createWebhookEndpoint',
        summary: 'Have events sent to a URL',
        description: `Scope \`webhooks:manage\`. From now on. The secret that signs what is sent is shown once. At most ${MOST_ENDPOINTS}.`,
        tags: ['events'],
        body: CreateBody,
        response: { 201: NewEndpointView, ...problemResponses(...WRITE_PROBLEMS, 'too_many_webhook_endpoints') },
      },
    },
    async (request, reply) => {
      const { url, description, event_types: eventTypes } = request.body
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const refusal = refusalOfUrl(url, services)
        if (refusal) return refusal
        const made = await createEndpoint(transaction, {
          url,
          description,
          eventTypes: eventTypes && unique(eventTypes),
        })
        if (made) return madeAnswer(201, made)
        return { problem: 'too_many_webhook_endpoints', detail: `at most ${MOST_ENDPOINTS}: delete one first` }
      })
    },
  )
  app.get(
    '/webhook-endpoints',
    {
      schema: {
        operationId: 'listWebhookEndpoints',
        summary: 'Every webhook endpoint',
        description: 'Scope `webhooks:manage`. The oldest first.',
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
        description: 'Scope `webhooks:manage`. What waits goes to the new URL; other types count from now on.',
        tags: ['events'],
        params: EndpointIdParameter,
        body: UpdateBody,
        response: { 200: EndpointView, ...problemResponses(...ENDPOINT_WRITE) },
      },
    },
    async (request, reply) => {
      const { event_types: eventTypes, ...rest } = request.body
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const refusal = rest.url === undefined ? undefined : refusalOfUrl(rest.url, services)
        if (refusal) return refusal
        const changes = { ...rest, eventTypes: eventTypes && unique(eventTypes) }
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
        description: 'Scope `webhooks:manage`. With its deliveries, those that wait too. Answers what it was.',
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
        summary: 'Replace the secret that signs',
        description:
          'Scope `webhooks:manage`. For `overlap_seconds` both secrets sign, so that the receiver can change over in between.',
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
        summary: 'Send to a webhook endpoint again',
        description:
          'Scope `webhooks:manage`. What waits is sent at once, with its whole schedule before it, and what happened ' +
          'meanwhile too, unless `skip_missed`. Also ends a pause.',
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
        summary: 'Send nothing to a webhook endpoint for now',
        description: 'Scope `webhooks:manage`. What waits, and what happens meanwhile, is kept until it is enabled.',
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

/** The URL as far as it tells by itself; its name is resolved and checked at every sending. */
function refusalOfUrl(url: string, { webhookTargets }: Services): WriteAnswer | undefined {
  const target = checkTarget(url, webhookTargets)
  if (target.kind === 'allowed') return undefined
  const { reason: detail } = target
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

function endpointView(endpoint: WebhookEndpoint): z.infer<typeof EndpointView> {
  return {
    webhook_endpoint_id: endpoint.endpointId,
    url: endpoint.url,
    description: endpoint.description,
    event_types: endpoint.eventTypes && [...endpoint.eventTypes],
    state: endpoint.disabledBecause === null ? 'enabled' : 'disabled',
    disabled_because: endpoint.disabledBecause,
    disabled_at: endpoint.disabledAt,
    failing_since: endpoint.failingSince,
    paused_until: endpoint.pausedUntil,
    previous_secret_until: endpoint.previousSecretUntil,
    created_at: endpoint.createdAt,
  }
}
