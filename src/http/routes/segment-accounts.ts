import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PublishedScore } from '../../core/scoring/published-score.ts'
import { listSegmentMembers } from '../../jobs/segments.ts'
import type { SegmentMember } from '../../store/segment-members.ts'
import { answerConditionally } from '../conditional.ts'
import { EXAMPLE_REASON } from '../examples.ts'
import { InstantParameter } from '../fields.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../pages.ts'
import { refuseFuture } from '../past.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../problems.ts'
import type { Services } from '../services.ts'
import { ScoreReason } from '../views.ts'
import { NOT_FOUND } from './segments.ts'

const TOP_REASONS = 3
const { shape } = PublishedScore

const SegmentAccountView = z
  .strictObject({
    account_id: z.int(),
    external_id: z.string(),
    name: shape.account_name,
    member_since: z.string(),
    qualified_probability: shape.qualified_probability,
    in_market_probability: shape.in_market_probability,
    win_probability: shape.win_probability,
    buying_stage: shape.buying_stage,
    scores: shape.scores,
    grades: shape.grades,
    fit_intent: shape.fit_intent,
    expected_amount: shape.expected_amount,
    expected_value: shape.expected_value,
    currency: shape.currency,
    declared_intent: shape.declared_intent,
    evidence: shape.evidence,
    not_scored_because: shape.not_scored_because,
    reasons: z.array(ScoreReason).max(TOP_REASONS).describe('The strongest first.'),
    as_of: z.string().describe('Everything known before this instant counted.'),
    scored_at: z.string(),
    model_version: z.string(),
  })
  .meta({
    id: 'SegmentAccount',
    description: 'An account that is in a segment',
    examples: [
      {
        account_id: 4711,
        external_id: '0015g00000XyZab',
        name: 'Acme GmbH',
        member_since: '2026-02-27T00:00:00.000000Z',
        qualified_probability: 0.093,
        in_market_probability: 0.31,
        win_probability: 0.3,
        buying_stage: 'decision',
        scores: { account_fit: 71, contact_fit: 64, engagement: 93, intent: 48 },
        grades: { account_fit: 'B', contact_fit: 'B', engagement: 'A', intent: 'C' },
        fit_intent: { fit: 'moderate', intent: 'strong' },
        expected_amount: 50_000,
        expected_value: 4_650,
        currency: 'USD',
        declared_intent: [{ kind: 'demo_request', days_ago: 3 }],
        evidence: 'high',
        not_scored_because: null,
        reasons: [EXAMPLE_REASON],
        as_of: '2026-03-02T00:00:00.000000Z',
        scored_at: '2026-03-02T00:04:11.120000Z',
        model_version: 'm-0f1e2d3c4b5a6978',
      },
    ],
  })

const SegmentAccountPage = z
  .strictObject({ accounts: z.array(SegmentAccountView), next_cursor: NextCursor })
  .describe('A page of the accounts in a segment')

const Query = PageQuery.extend({
  as_of: InstantParameter.optional().describe('Who was in it, by what was stored at this instant.'),
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
          'Scope `segments:read`. In the order of their ids, which no new score changes: reading page by page misses nobody ' +
          'and repeats nobody. The ETag may be sent back as `If-None-Match`.',
        tags: ['segments'],
        params: Parameters,
        querystring: Query,
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
    qualified_probability: score.qualified_probability,
    in_market_probability: score.in_market_probability,
    win_probability: score.win_probability,
    buying_stage: score.buying_stage,
    scores: score.scores,
    grades: score.grades,
    fit_intent: score.fit_intent,
    expected_amount: score.expected_amount,
    expected_value: score.expected_value,
    currency: score.currency,
    declared_intent: score.declared_intent,
    evidence: score.evidence,
    not_scored_because: score.not_scored_because,
    reasons: score.reasons.slice(0, TOP_REASONS),
    as_of: score.as_of,
    scored_at: scoredAt,
    model_version: score.model_version,
  }
}
