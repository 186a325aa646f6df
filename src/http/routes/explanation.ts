import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Services } from '../services.ts'
import { matchAccounts } from '../../store/accounts.ts'
import { AccountExplanation } from '../explanation-view.ts'
import { AccountIdParameter, ExternalId, InstantParameter } from '../fields.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../problems.ts'

const RESPONSES = {
  200: AccountExplanation,
  ...problemResponses(...READ_PROBLEMS, 'account_not_found', 'no_champion', 'path_too_long'),
}
const DESCRIPTION =
  'Scope `score:read`. Computed for this request from everything on record. With `since`, also what changed the score from ' +
  'then on: time passing, new facts, a new version. With `as_of`, the score that stood on record just before then.'

const Query = z.strictObject({
  since: InstantParameter.optional().describe('Explain what changed since then; before `as_of`, else before now.'),
  as_of: InstantParameter.optional().describe('Explain the score that was stored then; not in the future.'),
})
type Query = z.infer<typeof Query>

export const explanationRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/accounts/:id/explanation',
    {
      schema: {
        operationId: 'getAccountExplanation',
        summary: 'Why an account has its score, by its id',
        description: DESCRIPTION,
        tags: ['scores'],
        params: z.strictObject({ id: AccountIdParameter }),
        querystring: Query,
        response: RESPONSES,
      },
    },
    async (request, reply) => await answerExplanation(services, reply, request.params.id, request.query),
  )
  app.get(
    '/accounts/by-external-id/:external_id/explanation',
    {
      schema: {
        operationId: 'getAccountExplanationByExternalId',
        summary: "Why an account has its score, by the CRM's id",
        description: `${DESCRIPTION} Percent-encode the id.`,
        tags: ['scores'],
        params: z.strictObject({ external_id: ExternalId.meta({ examples: ['0015g00000XyZab'] }) }),
        querystring: Query,
        response: RESPONSES,
      },
    },
    async (request, reply) => {
      const [matches = []] = await matchAccounts(services.db, [{ external_id: request.params.external_id }])
      return await answerExplanation(services, reply, matches[0], request.query)
    },
  )
}

async function answerExplanation(
  services: Services,
  reply: FastifyReply,
  accountId: number | undefined,
  { since, as_of: asOf }: Query,
) {
  const now = services.now()
  const wrong =
    asOf !== undefined && asOf > now
      ? { pointer: '#/as_of', detail: `as_of must not lie in the future, got ${asOf}` }
      : since !== undefined && since >= (asOf ?? now)
        ? { pointer: '#/since', detail: `since must lie before ${asOf ?? now}, got ${since}` }
        : undefined
  if (wrong) return sendProblem(reply, 'invalid_request', { detail: wrong.detail, errors: [{ in: 'query', ...wrong }] })
  const champion = await services.loadChampion()
  if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
  const explanation =
    accountId === undefined ? undefined : await services.explainAccount(champion, accountId, { since, asOf, now })
  if (!explanation || accountId === undefined) {
    return sendProblem(reply, 'account_not_found', { detail: 'no account with this id was known then' })
  }
  return { account_id: accountId, explanation }
}
