import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Services } from '../../services.ts'
import type { Instant } from '../../../core/base/time.ts'
import { NOT_STORED } from '../../../store/scoring/current-scores.ts'
import { listScoresAt } from '../../../store/scoring/score-history.ts'
import { InstantParameter } from '../../schemas/fields.ts'
import { sendJsonText } from '../../schemas/json-text.ts'
import { refuseFuture } from '../../schemas/as-of.ts'
import { sendProblem } from '../../schemas/problems.ts'
import { AccountScore } from '../../schemas/views.ts'
import { answerAboutAccount, refuseUnknown } from '../account-question.ts'

const DESCRIPTION =
  'Scope `score:read`. The score is computed for this request from all stored facts. `stored=true` returns the stored score ' +
  'that the list shows, which is many times faster; `as_of` returns the score that was stored at that instant. A stored ' +
  'score has no contributions.'
const Query = z.strictObject({
  as_of: InstantParameter.optional().describe('Return the score that was stored at this instant.'),
  stored: z
    .enum(['true', 'false'])
    .optional()
    .describe('Return the score as it is stored now; its `as_of` is the instant of its facts.'),
})

export const accountScoreRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  answerAboutAccount(
    app,
    services,
    {
      path: '/score',
      operationId: 'getAccountScore',
      summary: 'The score of an account',
      description: DESCRIPTION,
      tag: 'scores',
      query: Query,
      answer: AccountScore,
      problems: ['no_champion', 'model_unusable'],
    },
    async ({ accountId, query, reply }) => {
      if (query.as_of !== undefined) return await answerPastScore(services, reply, accountId, query.as_of)
      return query.stored === 'true'
        ? await answerStoredScore(services, reply, accountId)
        : await answerScore(services, reply, accountId)
    },
  )
}

async function answerScore(services: Services, reply: FastifyReply, accountId: number) {
  const now = services.now()
  const champion = await services.loadChampion()
  if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
  const [scored] = await services.scoreAccounts(champion, [accountId], now)
  return scored ? { account_id: scored.accountId, score: scored.score } : refuseUnknown(reply)
}

async function answerPastScore(services: Services, reply: FastifyReply, accountId: number, at: Instant) {
  if (at > services.now()) return refuseFuture(reply, at)
  const [stored] = await listScoresAt(services.db, [accountId], at)
  if (!stored)
    return sendProblem(reply, 'account_not_found', { detail: `no score of this account was stored at ${at}` })
  return { account_id: stored.accountId, score: stored.score }
}

async function answerStoredScore(services: Services, reply: FastifyReply, accountId: number) {
  const score = await services.findCurrentScore(accountId)
  if (score === undefined) return sendProblem(reply, 'account_not_found', { detail: NOT_STORED })
  return sendJsonText(reply, `{"account_id":${accountId},"score":${score}}`)
}
