import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { BOOTSTRAP_ACTOR } from '../../../core/access/actor.ts'
import { STATES } from '../../../core/qualification/state.ts'
import { REJECTION_REASONS, type SalesHandoff } from '../../../core/qualification/sales-handoff.ts'
import { type WorkOutcome, workAccount } from '../../../jobs/qualification/sales-handoff.ts'
import { type AccountKey, matchAccounts } from '../../../store/facts/accounts.ts'
import { ACCOUNT_ADDRESSES } from '../account-question.ts'
import { actorOf } from '../../plugins/actor.ts'
import { inIdempotentWrite, type WriteAnswer } from '../../plugins/idempotency.ts'
import { problemResponses, sendProblem, WRITE_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const WorkedAccount = z
  .strictObject({
    account_id: z.int(),
    motion: z.string(),
    state: z.enum(STATES),
    since: z.string(),
    owner: z.string().nullable().describe('Who works it.'),
    paused_until: z.string().nullable().describe('Rejected: it is not handed over again before.'),
    changed: z.boolean().describe('False when it had been done already, by the same person.'),
  })
  .meta({
    id: 'WorkedAccount',
    description: 'Where an account stands after somebody did something about it',
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
  .describe('On which list; by default the one that the account is on.')
  .meta({ examples: ['new_business'] })
const note = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL')
  .optional()
  .meta({ pattern: '\\S' })
  .describe('In words of your own. It goes into the event, and so to whoever reads the feed: name no people.')

const Plain = z.strictObject({ motion }).meta({ examples: [{}] })
const Rejection = z
  .strictObject({ reason: z.enum(REJECTION_REASONS), note, motion })
  .meta({ examples: [{ reason: 'bad_timing', note: 'Budget is decided in autumn' }] })

const WORK = [
  { kind: 'claim', operation: 'claimAccount', summary: 'Take an account of the list', body: Plain },
  { kind: 'contacted', operation: 'reportContact', summary: 'Say that an account was contacted', body: Plain },
  { kind: 'accept', operation: 'acceptAccount', summary: 'Say that an account is worth pursuing', body: Plain },
  { kind: 'reject', operation: 'rejectAccount', summary: 'Give an account back, and say why', body: Rejection },
] as const

const DESCRIPTION =
  'Scope `qualified:work`. Who acts is whom the key was made for, or `Winrate-Actor`; the first key (`bootstrap`) must name somebody. One person works an account at a time: ' +
  'of two at once one has it, and the other is told who. Asked twice it is done once. A rejection pauses delivery ' +
  '(models/policy.json says for how long) and changes nothing else.'

const RESPONSES = {
  200: WorkedAccount,
  ...problemResponses(...WRITE_PROBLEMS, 'account_not_listed', 'account_claimed', 'account_paused', 'path_too_long'),
}

/** What sales does about the accounts of the list. */
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
  if (actor === BOOTSTRAP_ACTOR) return sendProblem(reply, 'invalid_request', NOBODY_ACTS)
  return await inIdempotentWrite(services, request, reply, async (transaction): Promise<WriteAnswer> => {
    const [accountId] = (await matchAccounts(transaction, [key]))[0] ?? []
    if (accountId === undefined) return NOT_LISTED
    const outcome = await workAccount(transaction, services.policy, { accountId, work, actor, motion: asked })
    return outcome.kind === 'refused' ? refusal(outcome) : { status: 200, body: viewOf(accountId, outcome) }
  })
}

const NOBODY_ACTS = {
  detail: `Winrate-Actor: must name who works the account: the key "${BOOTSTRAP_ACTOR}" owns none`,
  errors: [{ in: 'header', pointer: '#/winrate-actor', detail: 'must name a person, or use the key of one' }],
} as const

/** One answer for all that is not on the list, whether we know it or not, and whatever keeps it off. */
const NOT_LISTED = {
  problem: 'account_not_listed',
  detail: 'no such account is on the list now: read the list again',
} as const

function refusal({ because, owner }: Extract<WorkOutcome, { readonly kind: 'refused' }>): WriteAnswer {
  switch (because) {
    case 'not_on_the_list':
      return NOT_LISTED
    case 'claimed_by_another':
      return { problem: 'account_claimed', detail: `${owner} works this account`, owner: owner ?? undefined }
    case 'paused':
      return { problem: 'account_paused', detail: 'it was rejected; it comes back onto the list when its pause ends' }
  }
}

function viewOf(
  accountId: number,
  { kind, motion: on, state }: Exclude<WorkOutcome, { readonly kind: 'refused' }>,
): z.infer<typeof WorkedAccount> {
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
