import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { FEED_TYPES, type FeedType } from '../../../core/qualification/event-types.ts'
import { EventMessage, toEventMessage } from '../../../core/delivery/webhooks/event-message.ts'
import { openFeed } from '../../../jobs/delivery/event-feed.ts'
import { integerParameter } from '../../schemas/fields.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const LONGEST_WAIT_SECONDS = 30
/** The longest wait plus the usual limit of a handler. */
const HANDLER_TIMEOUT_MS = 45_000

const EXAMPLE: z.input<typeof EventMessage> = {
  event_id: 90_211,
  sequence: 81_544,
  type: 'account.qualified',
  timestamp: '2026-03-02T00:04:11.120000Z',
  account_id: 4711,
  motion: 'new_business',
  as_of: '2026-03-02T00:00:00.000000Z',
  model_version: 'm-0f1e2d3c4b5a6978',
  actor: null,
  data: {
    reason: 'entered',
    external_id: '0015g00000XyZab',
    name: 'Acme GmbH',
    qualified_probability: 0.093,
    buying_stage: 'decision',
    reasons: [{ direction: 'up', sentence: '3 pricing page visits in the last 30 days' }],
    threshold: { enter: 0.05, exit: 0.03 },
  },
}
const EventView = EventMessage.meta({ id: 'Event', description: 'An event of the change feed', examples: [EXAMPLE] })

const EventPage = z
  .strictObject({
    events: z.array(EventView),
    next_after: z.int().describe('The `after` of the next request. It also skips events that `types` left out.'),
    more: z.boolean().describe('Whether more events are available now.'),
  })
  .describe('A page of events, in order')

const TYPE_PATTERN = FEED_TYPES.map((type) => type.replaceAll('.', '\\.')).join('|')
const TypeList = z
  .string()
  .transform((text, context) => {
    const types = text.split(',')
    if (areTypes(types)) return types
    context.addIssue({ code: 'custom', message: `must be event types separated by commas: ${FEED_TYPES.join(', ')}` })
    return z.NEVER
  })
  .meta({
    pattern: `^(?:${TYPE_PATTERN})(?:,(?:${TYPE_PATTERN}))*$`,
    examples: ['account.qualified,account.disqualified'],
  })

function areTypes(types: readonly string[]): types is readonly FeedType[] {
  return types.every((type) => (FEED_TYPES as readonly string[]).includes(type))
}

const Query = z.strictObject({
  after: integerParameter(z.int().min(0))
    .default(0)
    .describe('`next_after` of the previous page, or the `sequence` of the last event that you have.'),
  types: TypeList.optional().describe('Only these types, separated by commas. Default: every type.'),
  limit: integerParameter(z.int().min(1).max(1000)).default(100),
  wait: integerParameter(z.int().min(0).max(LONGEST_WAIT_SECONDS))
    .default(0)
    .describe('Seconds to wait for an event if there is none yet.'),
})

export const eventRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  const feed = openFeed(services.db)
  let isClosing = false
  // Waiting requests are answered before the service stops.
  app.addHook('preClose', async () => {
    isClosing = true
    feed.close()
  })
  app.get(
    '/events',
    {
      handlerTimeout: HANDLER_TIMEOUT_MS,
      schema: {
        operationId: 'listEvents',
        summary: 'The change feed: the events after a position, in order',
        description:
          'Scope `events:read`. Start with `after=0` and continue with `next_after`: no event is lost and none comes twice. ' +
          'With `wait` the request waits for the next event.',
        tags: ['events'],
        querystring: Query,
        response: { 200: EventPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const { wait, ...query } = request.query
      const page = await feed.read({ ...query, waitMs: wait * 1000, signal: request.signal })
      // The key may have been revoked while the request waited.
      if (wait > 0) await request.requireKeyStill()
      if (page.kind === 'beyond') {
        const detail = `after=${query.after} lies beyond the last event, ${page.last}: it is from another database; start again with after=0`
        return sendProblem(reply, 'invalid_cursor', { detail })
      }
      // An open connection would delay the stop.
      if (isClosing) reply.header('connection', 'close')
      return { events: page.events.map(toEventMessage), next_after: page.nextAfter, more: page.more }
    },
  )
}
