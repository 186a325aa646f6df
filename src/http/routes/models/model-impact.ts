import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { STAGES } from '../../../core/scoring/stages/stages.ts'
import type { Mover } from '../../../core/qualification/impact.ts'
import { modelImpact } from '../../../jobs/scoring/model-impact.ts'
import { findRegisteredModel } from '../../../store/registry/registered-models.ts'
import { withExclusiveWork } from '../../../store/scoring/score-freshness.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { VersionParameter } from './promotions.ts'

/** The most accounts listed of each kind; the counts cover all. */
const NAMED = 100

const MoverView = z.strictObject({
  account_id: z.int(),
  external_id: z.string().nullable(),
  name: z.string().nullable(),
  motion: z.string().nullable(),
  qualified_probability: z.number().nullable().describe('According to that version.'),
})
const StageMoveView = MoverView.omit({ motion: true }).extend({
  from: z.enum(STAGES).nullable(),
  to: z.enum(STAGES).nullable(),
})
const Impact = z
  .strictObject({
    version: z.string(),
    scored: z.int(),
    counts: z.strictObject({ enter: z.int(), leave: z.int(), change_stage: z.int() }),
    enter: z.array(MoverView).max(NAMED),
    leave: z.array(MoverView.extend({ because: z.string().nullable() })).max(NAMED),
    change_stage: z.array(StageMoveView).max(NAMED),
  })
  .meta({
    id: 'ModelImpact',
    description: 'The accounts that would move if the version became champion now; at most 100 of each kind',
    examples: [
      {
        version: 'm-0f1e2d3c4b5a6978',
        scored: 20_000,
        counts: { enter: 1, leave: 0, change_stage: 0 },
        enter: [
          {
            account_id: 4711,
            external_id: '0015g00000XyZab',
            name: 'Acme GmbH',
            motion: 'new_business',
            qualified_probability: 0.093,
          },
        ],
        leave: [],
        change_stage: [],
      },
    ],
  })

export const modelImpactRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/models/:version/impact',
    {
      schema: {
        operationId: 'getModelImpact',
        summary: 'The accounts that would move if a version became champion',
        description:
          'Scope `models:read`. Scores every account with the version and applies the policy, without storing anything. ' +
          'One request runs at a time. For very many accounts use `npm run promote -- VERSION --dry-run`.',
        tags: ['models'],
        params: z.strictObject({ version: VersionParameter }),
        response: {
          200: Impact,
          ...problemResponses(...READ_PROBLEMS, 'model_not_found', 'model_unusable', 'path_too_long', 'conflict'),
        },
      },
    },
    async (request, reply) => {
      const { version } = request.params
      if (!(await findRegisteredModel(services.db, version)))
        return sendProblem(reply, 'model_not_found', { detail: 'GET /v1/models lists them' })
      const done = await withExclusiveWork(services.db, 'winrate.model-impact', () =>
        modelImpact(services.db, version, services.policy, services.now()),
      )
      if (!done) return sendProblem(reply, 'conflict', { detail: 'another impact request is running: try again later' })
      const { scored, enter, leave, changeStage } = done.result
      return {
        version,
        scored,
        counts: { enter: enter.length, leave: leave.length, change_stage: changeStage.length },
        enter: enter.slice(0, NAMED).map((mover) => ({ ...viewOf(mover), motion: mover.motion })),
        leave: leave
          .slice(0, NAMED)
          .map((mover) => ({ ...viewOf(mover), motion: mover.motion, because: mover.because })),
        change_stage: changeStage
          .slice(0, NAMED)
          .map((mover) => ({ ...viewOf(mover), from: mover.from, to: mover.to })),
      }
    },
  )
}

function viewOf({ accountId, externalId, name, qualifiedProbability }: Mover) {
  return { account_id: accountId, external_id: externalId, name, qualified_probability: qualifiedProbability }
}
