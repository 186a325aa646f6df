import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Services } from '../services.ts'
import { matchAccounts } from '../../store/accounts.ts'
import { AccountIdParameter, ExternalId } from '../fields.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../problems.ts'
import { AccountScore } from '../views.ts'

const RESPONSES = {
  200: AccountScore,
  ...problemResponses(...READ_PROBLEMS, 'account_not_found', 'no_champion', 'path_too_long'),
}
const DESCRIPTION = 'Scope `score:read`. Computed for this request from everything known: never stale.'

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
        response: RESPONSES,
      },
    },
    async (request, reply) => await answerScore(services, reply, request.params.id),
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
        response: RESPONSES,
      },
    },
    async (request, reply) => {
      const [matches = []] = await matchAccounts(services.db, [{ external_id: request.params.external_id }])
      return await answerScore(services, reply, matches[0])
    },
  )
}

async function answerScore(services: Services, reply: FastifyReply, accountId: number | undefined) {
  const champion = await services.loadChampion()
  if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
  const [scored] = accountId === undefined ? [] : await services.scoreAccounts(champion, [accountId], services.now())
  if (!scored) return sendProblem(reply, 'account_not_found', { detail: 'no account with this id is known' })
  return { account_id: scored.accountId, score: scored.score }
}
