import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PublishedScore } from '../../../core/scoring/published-score.ts'
import { listSegmentMembers } from '../../../jobs/qualification/segments.ts'
import type { SegmentMember } from '../../../store/qualification/segment-members.ts'
import { answerConditionally, ConditionalHeaders } from '../../schemas/conditional.ts'
import { EXAMPLE_REASON, EXAMPLE_SCORE } from '../../schemas/examples.ts'
import { InstantParameter } from '../../schemas/fields.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { refuseFuture } from '../../schemas/as-of.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { ScoreReason } from '../../schemas/views.ts'
import { NOT_FOUND } from './segments.ts'

const TOP_REASONS = 3

/** The fields of a score that a segment shows, besides the reasons. */
const SHOWN = z.object(
  PublishedScore.pick({
    qualified_probability: true,
    in_market_probability: true,
    win_probability: true,
    buying_stage: true,
    scores: true,
    grades: true,
    fit_intent: true,
    expected_amount: true,
    expected_value: true,
    currency: true,
    declared_intent: true,
    evidence: true,
    not_scored_because: true,
    model_version: true,
  }).shape,
)

const SegmentAccountView = z
  .strictObject({
    account_id: z.int(),
    external_id: z.string(),
    name: PublishedScore.shape.account_name,
    member_since: z.string(),
    ...SHOWN.shape,
    reasons: z.array(ScoreReason).max(TOP_REASONS).describe('Strongest first.'),
    as_of: z.string().describe('The score uses the facts known before this instant.'),
    scored_at: z.string(),
  })
  .meta({
    id: 'SegmentAccount',
    description: 'An account in a segment',
    examples: [
      {
        account_id: 4711,
        external_id: '0015g00000XyZab',
        name: 'Acme GmbH',
        member_since: '2026-02-27T00:00:00.000000Z',
        ...SHOWN.parse(EXAMPLE_SCORE),
        reasons: [EXAMPLE_REASON],
        as_of: EXAMPLE_SCORE.as_of,
        scored_at: '2026-03-02T09:30:04.120000Z',
      },
    ],
  })

const SegmentAccountPage = z
  .strictObject({ accounts: z.array(SegmentAccountView), next_cursor: NextCursor })
  .describe('A page of the accounts in a segment')

const Query = PageQuery.extend({
  as_of: InstantParameter.optional().describe('The members at this instant.'),
})
const Parameters = z.strictObject({
  name: z
    .string()
    .max(100)
    .meta({ examples: ['buying-now-germany'] }),
})
const Position = z.object({ accountId: z.int() })

export const segmentAccountRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/segments/:name/accounts',
    {
      onSend: answerConditionally,
      schema: {
        operationId: 'listSegmentAccounts',
        summary: 'The accounts in a segment',
        description:
          'Scope `segments:read`. Ordered by account id, which new scores do not change: no account is missed or repeated ' +
          'between pages. Send the ETag back as `If-None-Match`.',
        tags: ['segments'],
        params: Parameters,
        querystring: Query,
        headers: ConditionalHeaders,
        response: {
          200: SegmentAccountPage,
          304: z.undefined().describe('Unchanged since the ETag given'),
          ...problemResponses(...READ_PROBLEMS, 'invalid_cursor', 'segment_not_found', 'path_too_long'),
        },
      },
    },
    async (request, reply) => {
      const { name } = request.params
      const { as_of: at, ...query } = request.query
      if (at !== undefined && at > services.now()) return refuseFuture(reply, at)
      let isKnown = true
      const pages = pagesOf(services, 'segment-accounts', { name, at: at ?? '' }, Position)
      const page = await pages.read(query, async (limit, after) => {
        const members = await listSegmentMembers(services.db, name, { limit, after: after?.accountId, at })
        isKnown = members !== undefined
        return members ?? []
      })
      if (!page) return refuseCursor(reply)
      if (!isKnown) return sendProblem(reply, NOT_FOUND.problem, NOT_FOUND)
      return { accounts: page.rows.map(toView), next_cursor: page.nextCursor }
    },
  )
}

function toView({ accountId, externalId, since, score, scoredAt }: SegmentMember): z.infer<typeof SegmentAccountView> {
  return {
    account_id: accountId,
    external_id: externalId,
    name: score.account_name,
    member_since: since,
    ...SHOWN.parse(score),
    reasons: score.reasons.slice(0, TOP_REASONS),
    as_of: score.as_of,
    scored_at: scoredAt,
  }
}
