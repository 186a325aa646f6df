import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ModelArtifact } from '../../../core/scoring/artifact/model-artifact.ts'
import {
  findRegisteredModel,
  listRegisteredModels,
  type RegisteredModel,
} from '../../../store/registry/registered-models.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { FindingsView } from '../../schemas/training-findings.ts'
import { EXAMPLE_PROMOTION, promotionView, PromotionView, VerdictView, VersionParameter } from './promotions.ts'

const shape = {
  version: z.string(),
  as_of: z.string().describe('It learned from what was known before this instant.'),
  created_at: z.string(),
  data_sha256: ModelArtifact.shape.data_sha256,
  specification_sha256: ModelArtifact.shape.specification_sha256,
  cohorts: ModelArtifact.shape.cohorts.describe(
    'How many examples each model learned from, and how many were left out, by reason.',
  ),
}
const EXAMPLE = {
  version: 'm-0f1e2d3c4b5a6978',
  as_of: '2026-03-01T00:00:00.000000Z',
  created_at: '2026-03-01T06:12:40.000000Z',
  data_sha256: '9f'.repeat(32),
  specification_sha256: 'a1'.repeat(32),
  cohorts: [{ model: 'win' as const, rows: 2140, won: 518, accounts: 1702, excluded: { too_short: 37 } }],
}

const Champion = z
  .strictObject(shape)
  .meta({ id: 'Champion', description: 'The model version in use', examples: [EXAMPLE] })

const ModelView = z
  .strictObject({
    ...shape,
    status: z
      .enum(['champion', 'challenger', 'retired'])
      .describe('A challenger has never been in use and knows the history at least as far as the champion.'),
    backtest: z
      .strictObject({
        verdict: VerdictView,
        created_at: z.string(),
        reasons: z.array(
          z.strictObject({
            model: z.enum(['win', 'in_market']),
            condition: z.string(),
            passed: z.boolean(),
            sentence: z.string(),
          }),
        ),
      })
      .nullable()
      .describe('The newest; null when there never was any.'),
    findings: FindingsView.nullable().describe(
      'What its training found out about the data; null for versions from before trainings looked.',
    ),
    promotions: z.array(PromotionView).describe('Each time that it was put in use, the oldest first.'),
  })
  .meta({
    id: 'Model',
    description: 'A model version and what became of it',
    examples: [
      {
        ...EXAMPLE,
        status: 'champion',
        backtest: {
          verdict: 'proven',
          created_at: '2026-03-01T06:20:02.000000Z',
          reasons: [
            {
              model: 'win',
              condition: 'log_loss_mql_points',
              passed: true,
              sentence: 'Δ log loss vs. MQL points: -0.013 (95% interval -0.021 to -0.006)',
            },
          ],
        },
        findings: { ready: true, readiness: [], leakage: [] },
        promotions: [EXAMPLE_PROMOTION],
      },
    ],
  })

const ModelPage = z
  .strictObject({ models: z.array(ModelView), next_cursor: NextCursor })
  .describe('A page of the versions, the newest first')

const Position = z.object({ createdAt: z.string(), version: z.string() })

export const modelRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/models/champion',
    {
      schema: {
        operationId: 'getChampion',
        summary: 'The model in use',
        description: 'Scope `models:read`. The ETag is what a promotion or a rollback may name in `If-Match`.',
        tags: ['models'],
        response: { 200: Champion, ...problemResponses(...READ_PROBLEMS, 'no_champion', 'model_unusable') },
      },
    },
    async (_request, reply) => {
      const champion = await services.loadChampion()
      const stored = champion && (await findRegisteredModel(services.db, champion.version))
      if (!stored) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
      const { status: _, backtest: __, findings: ___, promotions: ____, ...view } = modelView(stored)
      reply.header('etag', `"${stored.version}"`)
      return view
    },
  )
  app.get(
    '/models',
    {
      schema: {
        operationId: 'listModels',
        summary: 'Every model version: champion, challengers and retired ones',
        description: 'Scope `models:read`. The newest first.',
        tags: ['models'],
        querystring: PageQuery,
        response: { 200: ModelPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const pages = pagesOf(services, 'models', {}, Position)
      const page = await pages.read(request.query, (limit, after) =>
        listRegisteredModels(services.db, { limit, after }),
      )
      if (!page) return refuseCursor(reply)
      return { models: page.rows.map(modelView), next_cursor: page.nextCursor }
    },
  )
  app.get(
    '/models/:version',
    {
      schema: {
        operationId: 'getModel',
        summary: 'One model version',
        description: 'Scope `models:read`.',
        tags: ['models'],
        params: z.strictObject({ version: VersionParameter }),
        response: { 200: ModelView, ...problemResponses(...READ_PROBLEMS, 'model_not_found', 'path_too_long') },
      },
    },
    async (request, reply) => {
      const model = await findRegisteredModel(services.db, request.params.version)
      if (!model) return sendProblem(reply, 'model_not_found', { detail: 'GET /v1/models lists them' })
      return modelView(model)
    },
  )
}

function modelView(model: RegisteredModel): z.infer<typeof ModelView> {
  const { backtest } = model
  return {
    version: model.version,
    status: model.status,
    as_of: model.asOf,
    created_at: model.createdAt,
    data_sha256: model.dataSha256,
    specification_sha256: model.specificationSha256,
    cohorts: model.cohorts,
    backtest: backtest
      ? { verdict: backtest.verdict, created_at: backtest.createdAt, reasons: backtest.reasons }
      : null,
    findings: model.findings ?? null,
    promotions: model.promotions.map(promotionView),
  }
}
