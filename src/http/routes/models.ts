import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { Bundle } from '../../core/scoring/bundle.ts'
import type { Services } from '../services.ts'
import { findModel } from '../../store/models.ts'
import { problemResponses, sendProblem } from '../problems.ts'

const Champion = z
  .strictObject({
    version: z.string(),
    as_of: z.string().describe('It learned from what was known before this instant.'),
    created_at: z.string(),
    data_sha256: Bundle.shape.data_sha256,
    specification_sha256: Bundle.shape.specification_sha256,
    cohorts: Bundle.shape.cohorts.describe(
      'How many examples each model learned from, and how many were left out, by reason.',
    ),
  })
  .meta({
    id: 'Champion',
    description: 'The model version in use',
    examples: [
      {
        version: 'm-0f1e2d3c4b5a6978',
        as_of: '2026-03-01T00:00:00.000000Z',
        created_at: '2026-03-01T06:12:40.000000Z',
        data_sha256: '9f'.repeat(32),
        specification_sha256: 'a1'.repeat(32),
        cohorts: [{ model: 'win', rows: 2140, won: 518, accounts: 1702, excluded: { too_short: 37 } }],
      },
    ],
  })

export const modelRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/models/champion',
    {
      schema: {
        operationId: 'getChampion',
        summary: 'The model in use',
        description: 'Scope `models:read`.',
        tags: ['models'],
        response: {
          200: Champion,
          ...problemResponses(
            'unauthenticated',
            'api_key_in_query',
            'insufficient_scope',
            'no_champion',
            'internal_error',
            'database_unavailable',
            'timeout',
          ),
        },
      },
    },
    async (_request, reply) => {
      const champion = await services.loadChampion()
      const stored = champion && (await findModel(services.db, champion.version))
      if (!champion || !stored) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
      const { as_of, data_sha256, specification_sha256, cohorts } = champion.bundle
      return {
        version: champion.version,
        as_of,
        created_at: stored.createdAt,
        data_sha256,
        specification_sha256,
        cohorts,
      }
    },
  )
}
