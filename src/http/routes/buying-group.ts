import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { BuyingGroup } from '../../core/people/buying-group.ts'
import { findBuyingGroup } from '../../jobs/buying-group.ts'
import { matchAccounts } from '../../store/accounts.ts'
import { AccountId, AccountIdParameter, ExternalId, InstantParameter } from '../fields.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../problems.ts'
import type { Services } from '../services.ts'

const RESPONSES = {
  200: z.strictObject({ account_id: AccountId, buying_group: BuyingGroup }),
  ...problemResponses(...READ_PROBLEMS, 'account_not_found', 'no_champion', 'path_too_long'),
}
const DESCRIPTION =
  'Scope `accounts:read`. Which buying roles matter, by the won and lost deals of the company; which are known, engaged or ' +
  'missing here; whom to reach, first come first, and why; which roles to find somebody for. Nobody marked do-not-contact, ' +
  'or without a consent where consent is recorded, is among the people to reach. With `as_of`, by the facts known then.'

const Query = z.strictObject({
  as_of: InstantParameter.optional().describe(
    'By the facts known before then, by the version in use now; not in the future.',
  ),
})
type Query = z.infer<typeof Query>

export const buyingGroupRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/accounts/:id/buying-group',
    {
      schema: {
        operationId: 'getBuyingGroup',
        summary: 'The buying group of an account, by its id',
        description: DESCRIPTION,
        tags: ['scores'],
        params: z.strictObject({ id: AccountIdParameter }),
        querystring: Query,
        response: RESPONSES,
      },
    },
    async (request, reply) => await answer(services, reply, request.params.id, request.query),
  )
  app.get(
    '/accounts/by-external-id/:external_id/buying-group',
    {
      schema: {
        operationId: 'getBuyingGroupByExternalId',
        summary: "The buying group of an account, by the CRM's id",
        description: `${DESCRIPTION} Percent-encode the id.`,
        tags: ['scores'],
        params: z.strictObject({ external_id: ExternalId.meta({ examples: ['0015g00000XyZab'] }) }),
        querystring: Query,
        response: RESPONSES,
      },
    },
    async (request, reply) => {
      const [matches = []] = await matchAccounts(services.db, [{ external_id: request.params.external_id }])
      return await answer(services, reply, matches[0], request.query)
    },
  )
}

async function answer(services: Services, reply: FastifyReply, accountId: number | undefined, { as_of: at }: Query) {
  const now = services.now()
  if (at !== undefined && at > now) {
    const detail = `as_of must not lie in the future, got ${at}`
    return sendProblem(reply, 'invalid_request', { detail, errors: [{ in: 'query', pointer: '#/as_of', detail }] })
  }
  const champion = await services.loadChampion()
  if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
  const group = accountId === undefined ? undefined : await findBuyingGroup(services.db, champion, accountId, at ?? now)
  if (!group || accountId === undefined)
    return sendProblem(reply, 'account_not_found', { detail: 'no account with this id was known then' })
  return { account_id: accountId, buying_group: group }
}
