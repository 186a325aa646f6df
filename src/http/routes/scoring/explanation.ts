import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Services } from '../../services.ts'
import { answerAboutAccount, refuseUnknown } from '../account-question.ts'
import { AccountExplanation } from '../../schemas/explanation-view.ts'
import { InstantParameter } from '../../schemas/fields.ts'
import { sendProblem } from '../../schemas/problems.ts'

const DESCRIPTION =
  'Scope `score:read`. Computed for this request from all stored facts. `since` adds what has changed the score since then: ' +
  'time passing, new facts, a new version. `as_of` explains the score that was stored at that instant.'

const Query = z.strictObject({
  since: InstantParameter.optional().describe(
    'Explain the changes since this instant, which must lie before `as_of` (default: now).',
  ),
  as_of: InstantParameter.optional().describe(
    'Explain the score stored at this instant, which must not lie in the future.',
  ),
})
type Query = z.infer<typeof Query>

export const explanationRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  answerAboutAccount(
    app,
    services,
    {
      path: '/explanation',
      operationId: 'getAccountExplanation',
      summary: 'Why an account has its score',
      description: DESCRIPTION,
      tag: 'scores',
      query: Query,
      answer: AccountExplanation,
      problems: ['no_champion', 'model_unusable'],
    },
    async ({ accountId, query, reply }) => await answerExplanation(services, reply, accountId, query),
  )
}

async function answerExplanation(
  services: Services,
  reply: FastifyReply,
  accountId: number,
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
  const explanation = await services.explainAccount(champion, accountId, { since, asOf, now })
  return explanation ? { account_id: accountId, explanation } : refuseUnknown(reply)
}
