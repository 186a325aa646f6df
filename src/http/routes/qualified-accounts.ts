import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { STATES } from '../../core/qualification/state.ts'
import { PublishedScore } from '../../core/scoring/published-score.ts'
import { listQualifiedAt, positionOf } from '../../jobs/qualified-at.ts'
import type { Services } from '../services.ts'
import { listQualified, type QualifiedAccount } from '../../store/scores.ts'
import { answerConditionally } from '../conditional.ts'
import { CURSOR } from '../cursor.ts'
import { EXAMPLE_REASON } from '../examples.ts'
import { InstantParameter } from '../fields.ts'
import { NextCursor, pagesOf, refuseCursor } from '../pages.ts'
import { refuseFuture } from '../past.ts'
import { problemResponses, READ_PROBLEMS } from '../problems.ts'
import { ScoreReason } from '../views.ts'

const TOP_REASONS = 3

const { shape } = PublishedScore
const QualifiedAccountView = z
  .strictObject({
    account_id: z.int(),
    external_id: z.string(),
    name: shape.account_name,
    motion: z.string().describe('Which list it is on, as the policy names it: new business, expansion.'),
    state: z.enum(STATES),
    qualified_since: z.string(),
    qualified_probability: shape.qualified_probability.unwrap(),
    qualified_interval: shape.qualified_interval.unwrap(),
    in_market_probability: shape.in_market_probability.unwrap(),
    in_market_interval: shape.in_market_interval.unwrap(),
    win_probability: shape.win_probability,
    win_interval: shape.win_interval,
    buying_stage: shape.buying_stage,
    scores: shape.scores,
    grades: shape.grades,
    fit_intent: shape.fit_intent,
    expected_amount: shape.expected_amount,
    expected_value: shape.expected_value,
    currency: shape.currency,
    declared_intent: shape.declared_intent,
    evidence: shape.evidence,
    evidence_gaps: shape.evidence_gaps,
    reasons: z.array(ScoreReason).max(TOP_REASONS).describe('The strongest first.'),
    as_of: z.string().describe('Everything known before this instant counted.'),
    scored_at: z.string(),
    model_version: z.string(),
  })
  .meta({
    id: 'QualifiedAccount',
    description: 'An account worth working now, and why',
    examples: [
      {
        account_id: 4711,
        external_id: '0015g00000XyZab',
        name: 'Acme GmbH',
        motion: 'new_business',
        state: 'qualified',
        qualified_since: '2026-02-27T00:00:00.000000Z',
        qualified_probability: 0.093,
        qualified_interval: { low: 0.071, high: 0.122 },
        in_market_probability: 0.31,
        in_market_interval: { low: 0.26, high: 0.36 },
        win_probability: 0.3,
        win_interval: { low: 0.24, high: 0.37 },
        buying_stage: 'decision',
        scores: { account_fit: 71, contact_fit: 64, engagement: 93, intent: 48 },
        grades: { account_fit: 'B', contact_fit: 'B', engagement: 'A', intent: 'C' },
        fit_intent: { fit: 'moderate', intent: 'strong' },
        expected_amount: 50_000,
        expected_value: 4_650,
        currency: 'USD',
        declared_intent: [{ kind: 'demo_request', days_ago: 3 }],
        evidence: 'high',
        evidence_gaps: [],
        reasons: [EXAMPLE_REASON],
        as_of: '2026-03-02T00:00:00.000000Z',
        scored_at: '2026-03-02T00:04:11.120000Z',
        model_version: 'm-0f1e2d3c4b5a6978',
      },
    ],
  })

const QualifiedPage = z
  .strictObject({
    accounts: z.array(QualifiedAccountView),
    minimum_probability: z.number().describe('As asked; 0 when nothing was.'),
    next_cursor: NextCursor,
  })
  .describe('A page of the list')

const Query = z.strictObject({
  limit: z.coerce.number<string>().int().min(1).max(500).default(100),
  cursor: CURSOR.optional().describe('`next_cursor` of the page before, asked with the same parameters.'),
  minimum_probability: z.coerce
    .number<string>()
    .min(0)
    .max(1)
    .optional()
    .describe('Of the list, only what is at or above it.'),
  as_of: InstantParameter.optional().describe('The list as it was stored at this instant.'),
})

const Position = z.object({ qualifiedProbability: z.number(), externalId: z.string(), motion: z.string() })

export const qualifiedAccountRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/qualified-accounts',
    {
      onSend: answerConditionally,
      schema: {
        operationId: 'listQualifiedAccounts',
        summary: 'The accounts to work now, best first',
        description:
          'Scope `qualified:read`. The accounts that the policy hands to sales, that nobody has claimed and whose delivery no ' +
          'rejection has paused; by qualified probability, ties by external id. To poll, send the ETag back as `If-None-Match`: an unchanged page is answered 304 without a body. ' +
          'The order moves when accounts are scored anew; start again from the first page then.',
        tags: ['qualified accounts'],
        querystring: Query,
        response: {
          200: QualifiedPage,
          304: z.undefined().describe('Unchanged since the ETag given'),
          ...problemResponses(...READ_PROBLEMS, 'invalid_cursor'),
        },
      },
    },
    async (request, reply) => {
      const { minimum_probability: minimumProbability = 0, as_of: at, ...query } = request.query
      const now = services.now()
      if (at !== undefined && at > now) return refuseFuture(reply, at)
      const pages = pagesOf(services, 'qualified-accounts', { minimumProbability, at: at ?? '' }, Position)
      const page = await pages.read(query, async (limit, after) => {
        const asked = { minimumProbability, limit, after }
        const found =
          at === undefined
            ? await listQualified(services.db, { ...asked, now })
            : await listQualifiedAt(services.db, { ...asked, at })
        return found.map((account) => ({ ...account, ...positionOf(account) }))
      })
      if (!page) return refuseCursor(reply)
      return { accounts: page.rows.map(toView), minimum_probability: minimumProbability, next_cursor: page.nextCursor }
    },
  )
}

function toView(account: QualifiedAccount): z.infer<typeof QualifiedAccountView> {
  const { accountId, externalId, score, scoredAt } = account
  return {
    account_id: accountId,
    external_id: externalId,
    name: score.account_name,
    motion: account.motion,
    state: account.state,
    qualified_since: account.qualifiedSince,
    qualified_probability: score.qualified_probability,
    qualified_interval: score.qualified_interval,
    in_market_probability: score.in_market_probability,
    in_market_interval: score.in_market_interval,
    win_probability: score.win_probability,
    win_interval: score.win_interval,
    buying_stage: score.buying_stage,
    scores: score.scores,
    grades: score.grades,
    fit_intent: score.fit_intent,
    expected_amount: score.expected_amount,
    expected_value: score.expected_value,
    currency: score.currency,
    declared_intent: score.declared_intent,
    evidence: score.evidence,
    evidence_gaps: score.evidence_gaps,
    reasons: score.reasons.slice(0, TOP_REASONS),
    as_of: score.as_of,
    scored_at: scoredAt,
    model_version: score.model_version,
  }
}
