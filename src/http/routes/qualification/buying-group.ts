import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { BuyingGroup } from '../../../core/scoring/people/buying-group.ts'
import { findBuyingGroup } from '../../../jobs/qualification/buying-groups.ts'
import { answerAboutAccount, refuseUnknown } from '../account-question.ts'
import { AccountId, InstantParameter } from '../../schemas/fields.ts'
import { refuseFuture } from '../../schemas/as-of.ts'
import { sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const DESCRIPTION =
  'Scope `accounts:read`. Which buying roles matter in the won and lost deals; which roles are engaged, silent or missing ' +
  'in this account; whom to contact, in order, and why; which roles to find a person for. People marked do-not-contact, and ' +
  'people without consent where consent is recorded, are left out. With `as_of`, by the facts known at that instant.'

const Query = z.strictObject({
  as_of: InstantParameter.optional().describe(
    'Use the facts known before this instant and the present champion; must not be in the future.',
  ),
})

export const buyingGroupRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  answerAboutAccount(
    app,
    services,
    {
      path: '/buying-group',
      operationId: 'getBuyingGroup',
      summary: 'The buying group of an account',
      description: DESCRIPTION,
      tag: 'scores',
      query: Query,
      answer: z.strictObject({ account_id: AccountId, buying_group: BuyingGroup }),
      problems: ['no_champion', 'model_unusable'],
    },
    async ({ accountId, query, reply }) => {
      const now = services.now()
      const { as_of: at = now } = query
      if (at > now) return refuseFuture(reply, at)
      const champion = await services.loadChampion()
      if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
      const group = await findBuyingGroup(services.db, champion, accountId, at)
      return group ? { account_id: accountId, buying_group: group } : refuseUnknown(reply)
    },
  )
}
