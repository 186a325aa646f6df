import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PublishedScore } from '../../../core/scoring/published-score.ts'
import { findVersionProfile } from '../../../jobs/training/customer-profile.ts'
import { listLookalikes, type Lookalike } from '../../../jobs/scoring/lookalikes.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const { shape } = PublishedScore
const LookalikeView = z
  .strictObject({
    account_id: z.int(),
    external_id: z.string(),
    name: shape.account_name,
    win_probability: shape.win_probability.unwrap().describe('The probability of a win if an opportunity opens.'),
    win_interval: shape.win_interval,
    in_market_probability: shape.in_market_probability,
    resembles: z
      .array(
        z.strictObject({
          external_id: z.string(),
          name: z.string().nullable(),
          similarity: z.number().min(0).max(1),
          in_common: z.array(z.string()),
        }),
      )
      .describe('Won accounts, the most similar first, and what they have in common.'),
    as_of: z.string(),
    model_version: z.string(),
  })
  .meta({
    id: 'Lookalike',
    description: 'An account outside the CRM and the won accounts that it resembles',
    examples: [
      {
        account_id: 9120,
        external_id: 'ref-77120',
        name: 'Example Logistics GmbH',
        win_probability: 0.44,
        win_interval: { low: 0.35, high: 0.53 },
        in_market_probability: 0.02,
        resembles: [
          {
            external_id: '0015g00000XyZab',
            name: 'Acme GmbH',
            similarity: 0.87,
            in_common: ['same industry (software)', 'similar number of employees (240 and 310)'],
          },
        ],
        as_of: '2026-03-02T00:00:00.000000Z',
        model_version: 'm-0f1e2d3c4b5a6978',
      },
    ],
  })
const LookalikePage = z
  .strictObject({ accounts: z.array(LookalikeView), next_cursor: NextCursor })
  .describe('A page of the list')

const Position = z.object({ winProbability: z.number(), externalId: z.string() })

export const lookalikeRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/lookalikes',
    {
      schema: {
        operationId: 'listLookalikes',
        summary: 'Accounts outside the CRM that resemble won accounts, the highest win probability first',
        description:
          'Scope `accounts:read`. Accounts of the reference universe (`in_crm` false), ordered by the champion’s win ' +
          'probability, without those that must not be contacted.',
        tags: ['accounts'],
        querystring: PageQuery,
        response: {
          200: LookalikePage,
          ...problemResponses(...READ_PROBLEMS, 'invalid_cursor', 'no_champion', 'model_unusable', 'model_not_found'),
        },
      },
    },
    async (request, reply) => {
      const champion = await services.loadChampion()
      if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
      const { profile } = await findVersionProfile(services.db, champion.version)
      const pages = pagesOf(services, 'lookalikes', {}, Position)
      const page = await pages.read(request.query, (limit, after) =>
        listLookalikes(services.db, champion, profile, { limit, after }),
      )
      if (!page) return refuseCursor(reply)
      return { accounts: page.rows.map(toView), next_cursor: page.nextCursor }
    },
  )
}

function toView({ accountId, externalId, score, winProbability, resembles }: Lookalike): z.infer<typeof LookalikeView> {
  return {
    account_id: accountId,
    external_id: externalId,
    name: score.account_name,
    win_probability: winProbability,
    win_interval: score.win_interval,
    in_market_probability: score.in_market_probability,
    resembles: resembles.map((one) => ({
      external_id: one.externalId,
      name: one.name,
      similarity: one.similarity,
      in_common: [...one.inCommon],
    })),
    as_of: score.as_of,
    model_version: score.model_version,
  }
}
