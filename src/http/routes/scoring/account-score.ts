import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Services } from '../../services.ts'
import { matchAccounts } from '../../../store/facts/accounts.ts'
import type { Instant } from '../../../core/base/time.ts'
import { NOT_STORED } from '../../../store/scoring/current-scores.ts'
import { listScoresAt } from '../../../store/scoring/score-history.ts'
import { AccountIdParameter, ExternalId, InstantParameter } from '../../schemas/fields.ts'
import { sendJsonText } from '../../schemas/json-text.ts'
import { refuseFuture } from '../../schemas/as-of.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import { AccountScore } from '../../schemas/views.ts'

const RESPONSES = {
  200: AccountScore,
  ...problemResponses(...READ_PROBLEMS, 'account_not_found', 'no_champion', 'model_unusable', 'path_too_long'),
}
const DESCRIPTION =
  'Scope `score:read`. Computed for this request from everything known: never stale. With `stored=true`, the score that the ' +
  'list shows, many times as fast; with `as_of`, the one that was stored at that instant. What is stored has no contributions.'
const Query = z.strictObject({
  as_of: InstantParameter.optional().describe('The score as it was stored then.'),
  stored: z
    .enum(['true', 'false'])
    .optional()
    .describe('Whether to answer the score as it is stored now. Its own `as_of` says what counted.'),
})
type Query = z.infer<typeof Query>

export const accountScoreRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/accounts/:id/score',
    {
      schema: {
        operationId: 'getAccountScore',
        summary: 'The score of an account, by its id',
        description: DESCRIPTION,
        tags: ['scores'],
        params: z.strictObject({ id: AccountIdParameter }),
        querystring: Query,
        response: RESPONSES,
      },
    },
    async (request, reply) => await answerScore(services, reply, request.params.id, request.query),
  )
  app.get(
    '/accounts/by-external-id/:external_id/score',
    {
      schema: {
        operationId: 'getAccountScoreByExternalId',
        summary: "The score of an account, by the CRM's id",
        description: `${DESCRIPTION} Percent-encode the id.`,
        tags: ['scores'],
        params: z.strictObject({ external_id: ExternalId.meta({ examples: ['0015g00000XyZab'] }) }),
        querystring: Query,
        response: RESPONSES,
      },
    },
    async (request, reply) => {
      const [matches = []] = await matchAccounts(services.db, [{ external_id: request.params.external_id }])
      return await answerScore(services, reply, matches[0], request.query)
    },
  )
}

async function answerScore(services: Services, reply: FastifyReply, accountId: number | undefined, query: Query) {
  const now = services.now()
  if (query.as_of !== undefined) return await answerPastScore(services, reply, accountId, query.as_of)
  if (query.stored === 'true') return await answerStoredScore(services, reply, accountId)
  const champion = await services.loadChampion()
  if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
  const [scored] = accountId === undefined ? [] : await services.scoreAccounts(champion, [accountId], now)
  if (!scored) return sendProblem(reply, 'account_not_found', { detail: 'no account with this id is known' })
  return { account_id: scored.accountId, score: scored.score }
}

async function answerPastScore(services: Services, reply: FastifyReply, accountId: number | undefined, at: Instant) {
  if (at > services.now()) return refuseFuture(reply, at)
  const [stored] = accountId === undefined ? [] : await listScoresAt(services.db, [accountId], at)
  if (!stored)
    return sendProblem(reply, 'account_not_found', { detail: `no score of this account was stored at ${at}` })
  return { account_id: stored.accountId, score: stored.score }
}

async function answerStoredScore(services: Services, reply: FastifyReply, accountId: number | undefined) {
  const score = accountId === undefined ? undefined : await services.findCurrentScore(accountId)
  if (score === undefined) return sendProblem(reply, 'account_not_found', { detail: NOT_STORED })
  return sendJsonText(reply, `{"account_id":${accountId},"score":${score}}`)
}
