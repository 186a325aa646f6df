import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { WITHOUT_SECRETS } from '../../../core/base/secrets.ts'
import { VERDICTS } from '../../../core/evaluation/registry/proof.ts'
import { AppError } from '../../../errors.ts'
import { promote, type PromotionOutcome, rollBack } from '../../../jobs/registry/promote.ts'
import { listPromotions, type Promotion } from '../../../store/registry/promotions.ts'
import { actorOf } from '../../plugins/actor.ts'
import { ExternalId } from '../../schemas/fields.ts'
import { inIdempotentWrite, type WriteAnswer } from '../../plugins/idempotency.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS, sendProblem, WRITE_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

export const VersionParameter = ExternalId.meta({ examples: ['m-0f1e2d3c4b5a6978'] })
export const VerdictView = z.enum(VERDICTS)

export const EXAMPLE_PROMOTION = {
  promotion_id: 7,
  kind: 'promote' as const,
  version: 'm-0f1e2d3c4b5a6978',
  replaced: 'm-a63f550993ced831',
  forced: false,
  verdict: 'proven' as const,
  promoted_by: 'data team',
  reason: 'quarterly',
  promoted_at: '2026-03-01T09:00:00.000000Z',
}
export const PromotionView = z
  .strictObject({
    promotion_id: z.int(),
    kind: z.enum(['promote', 'rollback']),
    version: z.string().describe('The new champion.'),
    replaced: z.string().nullable().describe('The previous champion; null if there was none.'),
    forced: z.boolean().describe('Whether the version was promoted without a proof.'),
    verdict: VerdictView.nullable().describe(
      'The verdict of its newest backtest at that instant; null if there was none.',
    ),
    promoted_by: z.string(),
    reason: z.string().nullable(),
    promoted_at: z.string(),
  })
  .meta({ id: 'Promotion', description: 'A change of champion', examples: [EXAMPLE_PROMOTION] })

const Reason = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .refine(...WITHOUT_SECRETS)
  .meta({ pattern: '\\S' })
const ExpectedChampion = ExternalId.describe('Change only if this version is the champion; the same as `If-Match`.')
const PromoteBody = z
  .strictObject({
    expected_champion: ExpectedChampion.nullable()
      .optional()
      .describe('Change only if this version is the champion; null: only if there is no champion.'),
    force: z.boolean().default(false).describe('Promote although the version is not proven. Requires a reason.'),
    reason: Reason.optional().describe('Kept in the history.'),
  })
  .refine(({ force, reason }) => !force || reason !== undefined, {
    path: ['reason'],
    message: 'is required if force is true',
  })
  .meta({ examples: [{ expected_champion: 'm-a63f550993ced831', reason: 'quarterly' }] })
const RollbackBody = z
  .strictObject({ expected_champion: ExpectedChampion.optional(), reason: Reason.optional() })
  .meta({ examples: [{ expected_champion: 'm-0f1e2d3c4b5a6978', reason: 'far too many qualified' }] })

const Outcome = z
  .strictObject({
    champion: z.string(),
    replaced: z.string().nullable().describe('The previous champion; null if there was none.'),
    changed: z.boolean().describe('False if it was the champion already.'),
  })
  .describe('The version is the champion')

const PromotionPage = z
  .strictObject({ promotions: z.array(PromotionView), next_cursor: NextCursor })
  .describe('A page of the history, newest first')
const Position = z.object({ promotionId: z.int() })

const CHANGE_PROBLEMS = [...WRITE_PROBLEMS, 'champion_changed', 'precondition_failed'] as const

export const promotionRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.post(
    '/models/:version/promote',
    {
      schema: {
        operationId: 'promoteModel',
        summary: 'Promote a version to champion',
        description:
          'Scope `models:promote`. The newest backtest of the version must be `proven`, unless `force` is given with a ' +
          'reason. The history keeps who promoted it, why and whether it was forced. A running worker recomputes the stored ' +
          'scores within 30 seconds.',
        tags: ['models'],
        params: z.strictObject({ version: VersionParameter }),
        body: PromoteBody,
        response: {
          200: Outcome,
          ...problemResponses(
            ...CHANGE_PROBLEMS,
            'model_not_found',
            'model_not_proven',
            'model_unusable',
            'path_too_long',
          ),
        },
      },
    },
    async (request, reply) => {
      const { expected_champion: inBody, force, reason = null } = request.body
      const expected = readExpected(request, inBody)
      if ('refusal' in expected) return sendProblem(reply, 'invalid_request', { detail: expected.refusal })
      const { version } = request.params
      const asked = { promotedBy: actorOf(request), reason, force, expectedChampion: expected.champion }
      return await inIdempotentWrite(services, request, reply, (transaction) =>
        answerChange(expected, () => promote(transaction, version, asked)),
      )
    },
  )
  app.post(
    '/models/rollback',
    {
      schema: {
        operationId: 'rollBackModel',
        summary: 'Roll back to the previous champion',
        description:
          'Scope `models:promote`. The champion to roll back must be named in `If-Match` or `expected_champion`, so that two ' +
          'concurrent requests roll back once. The scores equal those before the promotion exactly. Each rollback goes back ' +
          'one champion.',
        tags: ['models'],
        body: RollbackBody,
        response: {
          200: Outcome,
          ...problemResponses(...CHANGE_PROBLEMS, 'nothing_to_roll_back', 'model_unusable', 'precondition_required'),
        },
      },
    },
    async (request, reply) => {
      const { expected_champion: inBody, reason = null } = request.body
      const expected = readExpected(request, inBody)
      if ('refusal' in expected) return sendProblem(reply, 'invalid_request', { detail: expected.refusal })
      if (typeof expected.champion !== 'string') {
        const detail = 'name the champion to roll back in If-Match or expected_champion'
        return sendProblem(reply, 'precondition_required', { detail })
      }
      const asked = { promotedBy: actorOf(request), reason, expectedChampion: expected.champion }
      return await inIdempotentWrite(services, request, reply, (transaction) =>
        answerChange(expected, () => rollBack(transaction, asked)),
      )
    },
  )
  app.get(
    '/promotions',
    {
      schema: {
        operationId: 'listPromotions',
        summary: 'The history of promotions and rollbacks',
        description: 'Scope `models:read`. Newest first.',
        tags: ['models'],
        querystring: PageQuery,
        response: { 200: PromotionPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const pages = pagesOf(services, 'promotions', {}, Position)
      const page = await pages.read(request.query, (limit, after) =>
        listPromotions(services.db, { limit, before: after?.promotionId }),
      )
      if (!page) return refuseCursor(reply)
      return { promotions: page.rows.map(promotionView), next_cursor: page.nextCursor }
    },
  )
}

interface Expected {
  /** Undefined: any. */
  readonly champion: string | null | undefined
  readonly inHeader: boolean
}

/** If-Match (RFC 9110, 13.1.1) with one strong tag: the ETag of GET /v1/models/champion. */
function readExpected(
  request: FastifyRequest,
  inBody: string | null | undefined,
): Expected | { readonly refusal: string } {
  const header = request.headers['if-match']
  if (header === undefined) return { champion: inBody, inHeader: false }
  const champion = /^"([^"]+)"$/.exec(header.trim())?.[1]
  if (champion === undefined) return { refusal: 'If-Match must be the ETag of GET /v1/models/champion' }
  if (inBody === undefined || inBody === champion) return { champion, inHeader: true }
  return { refusal: 'If-Match and expected_champion must name the same version' }
}

async function answerChange({ inHeader }: Expected, change: () => Promise<PromotionOutcome>): Promise<WriteAnswer> {
  try {
    return { status: 200, body: await change() }
  } catch (error) {
    const hasChanged = error instanceof AppError && error.code === 'ChampionChanged'
    if (!hasChanged || !inHeader) throw error
    return { problem: 'precondition_failed', detail: error.message }
  }
}

export function promotionView(promotion: Promotion): z.infer<typeof PromotionView> {
  const { promotionId, promotedBy, promotedAt, ...rest } = promotion
  return { ...rest, promotion_id: promotionId, promoted_by: promotedBy, promoted_at: promotedAt }
}
