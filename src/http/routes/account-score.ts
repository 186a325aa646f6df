import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Services } from '../services.ts'
import { matchAccounts } from '../../store/accounts.ts'
import type { Instant } from '../../core/time.ts'
import { listScoresAt } from '../../store/score-history.ts'
import { AccountIdParameter, ExternalId, InstantParameter } from '../fields.ts'
import { refuseFuture } from '../past.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../problems.ts'
import { AccountScore } from '../views.ts'

const RESPONSES = {
  200: AccountScore,
  ...problemResponses(...READ_PROBLEMS, 'account_not_found', 'no_champion', 'path_too_long'),
}
const DESCRIPTION =
  'Scope `score:read`. Computed for this request from everything known: never stale. With `as_of`, the score that was stored ' +
  'at that instant, without its contributions.'
const Query = z.strictObject({ as_of: InstantParameter.optional().describe('The score as it was stored then.') })

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
    async (request, reply) => await answerScore(services, reply, request.params.id, request.query.as_of),
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
      return await answerScore(services, reply, matches[0], request.query.as_of)
    },
  )
}

async function answerScore(services: Services, reply: FastifyReply, accountId: number | undefined, at?: Instant) {
  const now = services.now()
  if (at !== undefined) {
    if (at > now) return refuseFuture(reply, at)
    const [stored] = accountId === undefined ? [] : await listScoresAt(services.db, [accountId], at)
    if (!stored)
      return sendProblem(reply, 'account_not_found', { detail: `no score of this account was stored at ${at}` })
    return { account_id: stored.accountId, score: stored.score }
  }
  const champion = await services.loadChampion()
  if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
  const [scored] = accountId === undefined ? [] : await services.scoreAccounts(champion, [accountId], now)
  if (!scored) return sendProblem(reply, 'account_not_found', { detail: 'no account with this id is known' })
  return { account_id: scored.accountId, score: scored.score }
}
