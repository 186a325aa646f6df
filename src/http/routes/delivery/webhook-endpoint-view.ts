import { z } from 'zod'
import { WITHOUT_SECRETS } from '../../../core/base/secrets.ts'
import { DEFAULT_OVERLAP_SECONDS } from '../../../core/access/overlap.ts'
import { FEED_TYPES } from '../../../core/qualification/event-types.ts'
import { LONGEST_URL } from '../../../core/delivery/webhooks/target.ts'
import type { WebhookEndpoint } from '../../../store/delivery/webhooks.ts'
import { NextCursor } from '../../schemas/pages.ts'

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
export const EndpointView = z
  .strictObject({
    webhook_endpoint_id: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    event_types: z.array(z.enum(FEED_TYPES)).nullable().describe('Null: every type, including future ones.'),
    state: z.enum(['enabled', 'disabled']),
    disabled_because: z
      .enum(['by_hand', 'gone', 'failing'])
      .nullable()
      .describe('`gone`: the endpoint answered 410. `failing`: every attempt in five days failed.'),
    disabled_at: z.string().nullable(),
    failing_since: z.string().nullable().describe('Every attempt since this instant has failed.'),
    paused_until: z.string().nullable().describe('Set by a `Retry-After` of the endpoint.'),
    previous_secret_until: z
      .string()
      .nullable()
      .describe('Until this instant messages are also signed with the previous secret.'),
    created_at: z.string(),
  })
  .meta({ id: 'WebhookEndpoint', description: 'An address to which events are sent', examples: [EXAMPLE] })

export const NewEndpointView = z
  .strictObject({ webhook_endpoint: EndpointView, secret: z.string().describe('Shown only in this response.') })
  .meta({
    id: 'NewWebhookEndpoint',
    description: 'An endpoint with a new secret',
    examples: [{ webhook_endpoint: EXAMPLE, secret: 'whsec_…' }],
  })

const Url = z
  .string()
  .min(1)
  .max(LONGEST_URL)
  .describe('An https URL with a public address. It is stored as the URL standard writes it.')
  .meta({ examples: [EXAMPLE.url] })
const Description = z
  .string()
  .max(200)
  .refine(...WITHOUT_SECRETS)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL')
  .nullable()
const EventTypes = z.array(z.enum(FEED_TYPES)).min(1).max(FEED_TYPES.length).nullable()

export const CreateBody = z
  .strictObject({
    url: Url,
    description: Description.default(null),
    event_types: EventTypes.default(null).describe('Null or omitted: every type.'),
  })
  .meta({ examples: [{ url: EXAMPLE.url, description: 'Salesforce', event_types: EXAMPLE.event_types }] })
export const UpdateBody = z
  .strictObject({ url: Url.optional(), description: Description.optional(), event_types: EventTypes.optional() })
  .describe('Omitted fields are not changed.')
  .meta({ examples: [{ event_types: ['account.qualified'] }] })
export const RotateBody = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(DEFAULT_OVERLAP_SECONDS)
      .default(86_400)
      .describe('How long messages are also signed with the old secret. Default: a day; at most 7 days.'),
  })
  .meta({ examples: [{ overlap_seconds: 86_400 }] })
export const EnableBody = z
  .strictObject({
    skip_missed: z.boolean().default(false).describe('Do not send the events from the time when it was disabled.'),
  })
  .meta({ examples: [{ skip_missed: false }] })

export const EndpointPage = z
  .strictObject({ webhook_endpoints: z.array(EndpointView), next_cursor: NextCursor })
  .describe('A page of the endpoints, oldest first')
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

export function endpointView(endpoint: WebhookEndpoint): z.infer<typeof EndpointView> {
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
