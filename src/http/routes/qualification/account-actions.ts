import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { Action } from '../../../core/qualification/playbook/action.ts'
import { listActionsAt } from '../../../jobs/qualification/playbook.ts'
import { findExternalId } from '../../../store/facts/accounts.ts'
import { answerAboutAccount, refuseUnknown } from '../account-question.ts'
import { AccountId, InstantParameter } from '../../schemas/fields.ts'
import { refuseFuture } from '../../schemas/as-of.ts'
import type { Services } from '../../services.ts'

const ActionView = z.strictObject({ ...Action.shape, triggered_at: z.string(), expires_at: z.string() }).meta({
  id: 'Action',
  description: 'The next actions for an account: whom to contact, why, and until when',
  examples: [
    {
      rule: 'start_cadence',
      priority: 4,
      channel: 'bdr_cadence',
      do: 'Start the 21-touch cadence with Ada Lee (CFO)',
      person: {
        contact_external_id: '0035g00000AbCde',
        name: 'Ada Lee',
        title: 'CFO',
        role: 'economic_decision_maker',
        why: 'Economic decision maker, 3 activities in the last 90 days, the latest 2 days ago.',
      },
      role: 'economic_decision_maker',
      topic: 'data integration',
      message: 'data integration: what it brings and when it pays back',
      touches: 21,
      reason: 'In the decision stage, sales was last in touch 12 days ago and research on data integration is surging.',
      triggered_at: '2026-03-02T00:00:00.000000Z',
      expires_at: '2026-04-01T00:00:00.000000Z',
    },
  ],
})

const Actions = z
  .strictObject({ account_id: AccountId, as_of: z.string(), actions: z.array(ActionView) })
  .describe('The active actions, the next one first; none while the playbook is suppressed for the account')

export const accountActionRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  answerAboutAccount(
    app,
    services,
    {
      path: '/actions',
      operationId: 'listAccountActions',
      summary: 'The next actions for an account',
      description:
        'Scope `accounts:read`. The active actions of the playbook (docs/playbook.md), the next one first, without those ' +
        'that expired or ended. With `as_of`, the actions that were active at that instant.',
      tag: 'accounts',
      query: z.strictObject({
        as_of: InstantParameter.optional().describe('The state stored at this instant. Default: now.'),
      }),
      answer: Actions,
    },
    async ({ accountId, query, reply }) => {
      const now = services.now()
      const { as_of: at = now } = query
      if (at > now) return refuseFuture(reply, at)
      if ((await findExternalId(services.db, accountId, at)) === undefined) return refuseUnknown(reply)
      const actions = await listActionsAt(services.db, accountId, at)
      return {
        account_id: accountId,
        as_of: at,
        actions: actions.map(({ action, triggeredAt, expiresAt }) => {
          return { ...action, triggered_at: triggeredAt, expires_at: expiresAt }
        }),
      }
    },
  )
}
