import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { IdealCustomerProfile } from '../../../core/scoring/profile/ideal-customer-profile.ts'
import { findVersionProfile } from '../../../jobs/training/customer-profile.ts'
import { problemResponses, READ_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { VersionParameter } from './promotions.ts'

const share = (value: number, low: number, high: number) => ({ value, low, high })
const ProfileView = z
  .strictObject({
    version: z.string().describe('The model version.'),
    as_of: z.string().describe('The profile uses the facts known before this instant.'),
    profile: IdealCustomerProfile,
  })
  .meta({
    id: 'IdealCustomerProfile',
    description:
      'Win rate by attribute value with 95% intervals, the outcomes of customers, and the effect in the model',
    examples: [
      {
        version: 'm-0f1e2d3c4b5a6978',
        as_of: '2026-03-01T00:00:00.000000Z',
        profile: {
          win_rate: 0.31,
          deals: 2140,
          attributes: [
            {
              attribute: 'industry',
              noun: 'industry',
              values: [
                {
                  value: 'software',
                  deals: { count: 410, good: 176, share: share(0.429, 0.382, 0.478) },
                  customers: { count: 92, good: 81, share: share(0.88, 0.799, 0.931) },
                  overall: { count: 502, good: 257, share: share(0.512, 0.468, 0.556) },
                  stands_out: 'above',
                  model_log_odds: 0.41,
                },
              ],
              left_out: { values: 3, deals: 21, customers: 4 },
            },
          ],
          compared: 64,
        },
      },
    ],
  })

export const icpRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/reports/icp',
    {
      schema: {
        operationId: 'getIdealCustomerProfile',
        summary: 'The ideal customer profile, from the company’s own deals and customers',
        description:
          'Scope `reports:read`. From the training data of a version: by default the champion, else the newest version. ' +
          'docs/icp.md explains it.',
        tags: ['reports'],
        querystring: z.strictObject({ version: VersionParameter.optional() }),
        response: { 200: ProfileView, ...problemResponses(...READ_PROBLEMS, 'model_not_found') },
      },
    },
    async (request) => {
      const { version, profile } = await findVersionProfile(services.db, request.query.version)
      return { version, as_of: profile.as_of, profile: profile.profile }
    },
  )
}
