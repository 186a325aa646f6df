import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { WITHOUT_SECRETS } from '../../../core/base/secrets.ts'
import { BOOTSTRAP_ACTOR } from '../../../core/access/actor.ts'
import { STATES } from '../../../core/qualification/state.ts'
import { REJECTION_REASONS, type SalesHandoff } from '../../../core/qualification/sales-handoff.ts'
import { type HandoffOutcome, recordHandoff } from '../../../jobs/qualification/sales-handoff.ts'
import { type AccountKey, matchAccounts } from '../../../store/facts/accounts.ts'
import { ACCOUNT_ADDRESSES } from '../account-question.ts'
import { actorOf } from '../../plugins/actor.ts'
import { inIdempotentWrite, type WriteAnswer } from '../../plugins/idempotency.ts'
import { problemResponses, sendProblem, WRITE_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const HandoffResult = z
  .strictObject({
    account_id: z.int(),
    motion: z.string(),
    state: z.enum(STATES),
    since: z.string(),
    owner: z.string().nullable().describe('The person who works the account.'),
    paused_until: z.string().nullable().describe('After a rejection: the account is not listed before this instant.'),
    changed: z.boolean().describe('False if the same person had already done it.'),
  })
  .meta({
    id: 'HandoffResult',
    description: 'The state of an account after a sales handoff',
    examples: [
      {
        account_id: 4711,
        motion: 'new_business',
        state: 'claimed',
        since: '2026-03-02T09:12:00.000000Z',
        owner: 'Kim',
        paused_until: null,
        changed: true,
      },
    ],
  })

const motion = z
  .string()
  .max(40)
  .optional()
  .describe('The motion. Default: the motion whose list the account is on.')
  .meta({ examples: ['new_business'] })
const note = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .refine(...WITHOUT_SECRETS)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL')
  .optional()
  .meta({ pattern: '\\S' })
  .describe('Free text. It is published in the event: name no people.')

const Plain = z.strictObject({ motion }).meta({ examples: [{}] })
const Rejection = z
  .strictObject({ reason: z.enum(REJECTION_REASONS), note, motion })
  .meta({ examples: [{ reason: 'bad_timing', note: 'Budget is decided in autumn' }] })

const WORK = [
  { kind: 'claim', operation: 'claimAccount', summary: 'Claim an account of the list', body: Plain },
  { kind: 'contacted', operation: 'reportContact', summary: 'Report that an account was contacted', body: Plain },
  { kind: 'accept', operation: 'acceptAccount', summary: 'Accept an account as worth pursuing', body: Plain },
  { kind: 'reject', operation: 'rejectAccount', summary: 'Reject an account with a reason', body: Rejection },
] as const

const DESCRIPTION =
  'Scope `qualified:work`. The actor is that of the key, or `Winrate-Actor`; with the first key (`bootstrap`) the header is ' +
  'required. One person works an account at a time: if two claim it, one gets it and the other receives `account_claimed` ' +
  'with the owner. Repeating a request has no effect. A rejection takes the account off the list for `rejection_pause_days` ' +
  '(models/policy.json) and changes nothing else.'

const RESPONSES = {
  200: HandoffResult,
  ...problemResponses(...WRITE_PROBLEMS, 'account_not_listed', 'account_claimed', 'account_paused', 'path_too_long'),
}

/** Claim, contact, accept and reject accounts of the list. */
export const qualifiedWorkRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  for (const { kind, operation, summary, body } of WORK) {
    for (const { path, suffix, words, params } of ACCOUNT_ADDRESSES) {
      app.post(
        `/qualified-accounts/${path}/${kind}`,
        {
          schema: {
            operationId: `${operation}${suffix}`,
            summary: `${summary}${words}`,
            description: DESCRIPTION,
            tags: ['qualified accounts'],
            params,
            body,
            response: RESPONSES,
          },
        },
        async (request, reply) => {
          const { motion: asked, ...said } = request.body
          const work = { kind, ...said } as SalesHandoff
          return await answer(services, request, reply, { key: keyOf(request.params), work, motion: asked })
        },
      )
    }
  }
}

function keyOf(params: { readonly id: number } | { readonly external_id: string }): AccountKey {
  return params
}

interface Asked {
  readonly key: AccountKey
  readonly work: SalesHandoff
  readonly motion: string | undefined
}

async function answer(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { key, work, motion: asked }: Asked,
): Promise<FastifyReply> {
  const actor = actorOf(request)
  if (actor?.toLowerCase() === BOOTSTRAP_ACTOR) return sendProblem(reply, 'invalid_request', NOBODY_ACTS)
  return await inIdempotentWrite(services, request, reply, async (transaction): Promise<WriteAnswer> => {
    const [accountId] = (await matchAccounts(transaction, [key]))[0] ?? []
    if (accountId === undefined) return NOT_LISTED
    const outcome = await recordHandoff(transaction, services.policy, { accountId, work, actor, motion: asked })
    return outcome.kind === 'refused' ? refusal(outcome) : { status: 200, body: viewOf(accountId, outcome) }
  })
}

const NOBODY_ACTS = {
  detail: `Winrate-Actor: must name the person who works the account: the actor "${BOOTSTRAP_ACTOR}" cannot own accounts`,
  errors: [
    {
      in: 'header',
      pointer: '#/winrate-actor',
      detail: 'must name a person; or send the request with the key of a person',
    },
  ],
} as const

/** The same answer for unknown, unlisted and control-group accounts: it must not reveal the holdout. */
const NOT_LISTED = {
  problem: 'account_not_listed',
  detail: 'the account is not on the list: read the list again',
} as const

function refusal({ because, owner }: Extract<HandoffOutcome, { readonly kind: 'refused' }>): WriteAnswer {
  switch (because) {
    case 'not_on_the_list':
      return NOT_LISTED
    case 'claimed_by_another':
      return {
        problem: 'account_claimed',
        detail: `${owner} works this account: choose another`,
        owner: owner ?? undefined,
      }
    case 'paused':
      return {
        problem: 'account_paused',
        detail: 'the account was rejected; it returns to the list when its pause ends',
      }
  }
}

function viewOf(
  accountId: number,
  { kind, motion: on, state }: Exclude<HandoffOutcome, { readonly kind: 'refused' }>,
): z.infer<typeof HandoffResult> {
  return {
    account_id: accountId,
    motion: on,
    state: state.state,
    since: state.since,
    owner: state.owner,
    paused_until: state.pausedUntil,
    changed: kind === 'done',
  }
}
