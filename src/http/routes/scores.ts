import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { LoadedModel } from '../../core/scoring/bundle.ts'
import { type InlineAccount, inlineProblems } from '../../core/scoring/inline-account.ts'
import type { Instant } from '../../core/time.ts'
import type { Services } from '../services.ts'
import { type AccountKey, matchAccounts } from '../../store/accounts.ts'
import { AccountId, Domain, ExternalId } from '../fields.ts'
import { FieldError, problemResponses, READ_PROBLEMS, sendProblem } from '../problems.ts'
import { Score, InlineAccountBody } from '../views.ts'

const AccountKeyBody = z
  .union(
    [
      z.strictObject({ id: AccountId }),
      z.strictObject({ external_id: ExternalId }),
      z.strictObject({ domain: Domain }),
    ],
    { error: 'must have exactly one of id, external_id, domain' },
  )
  .meta({ id: 'AccountKey', description: 'Names an account', examples: [{ domain: 'acme.com' }] })

const Wanted = {
  contributions: z.boolean().default(false).describe('Also answer what each feature adds to the log-odds.'),
}
const ScoreRequest = z
  .union(
    [
      z.strictObject({ accounts: z.array(AccountKeyBody).min(1).max(1000), ...Wanted }),
      z.strictObject({ inline: z.array(InlineAccountBody).min(1).max(100), ...Wanted }),
    ],
    { error: 'must have exactly one of accounts, inline' },
  )
  .meta({ examples: [{ accounts: [{ external_id: '0015g00000XyZab' }, { domain: 'acme.com' }] }] })

const ResultBase = { key: AccountKeyBody.nullable().describe('As it was asked; null for an inline account.') }
const ScoreResult = z
  .discriminatedUnion('status', [
    z.strictObject({
      ...ResultBase,
      status: z.literal('scored'),
      account_id: z.int().nullable().describe('Null for an inline account.'),
      score: Score,
    }),
    z.strictObject({
      ...ResultBase,
      status: z.enum(['not_found', 'ambiguous', 'invalid']),
      detail: z.string(),
      errors: z.array(FieldError).optional(),
    }),
  ])
  .meta({ id: 'ScoreResult', description: 'One account: scored, or why not' })
type ScoreResult = z.infer<typeof ScoreResult>

const ScoreResponse = z
  .strictObject({
    as_of: z.string().describe('Everything known before this instant counted.'),
    model_version: z.string(),
    results: z.array(ScoreResult).describe('One per account, in the order of the request.'),
  })
  .describe('A result for every account, also when some cannot be scored')

export const scoreRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.post(
    '/scores',
    {
      schema: {
        operationId: 'createScores',
        summary: 'Score up to 1,000 stored accounts, or up to 100 described inline',
        description:
          'Scope `score:read`. Scores are computed for this request from everything known, and are not stored. ' +
          'An account that cannot be scored has its own status and does not fail the others.',
        tags: ['scores'],
        body: ScoreRequest,
        response: {
          200: ScoreResponse,
          ...problemResponses(
            ...READ_PROBLEMS,
            'malformed_body',
            'invalid_value',
            'no_champion',
            'body_too_large',
            'unsupported_media_type',
          ),
        },
      },
    },
    async (request, reply) => {
      const asOf = services.now()
      const champion = await services.loadChampion()
      if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
      const { body } = request
      const results =
        'inline' in body
          ? body.inline.map((account, index) => scoreInline(services, champion, account, index, asOf))
          : await scoreStored(services, champion, body.accounts, asOf)
      const answered = body.contributions ? results : results.map(withoutContributions)
      return { as_of: asOf, model_version: champion.version, results: answered }
    },
  )
}

function withoutContributions(result: ScoreResult): ScoreResult {
  if (result.status !== 'scored') return result
  const { contributions: _, ...score } = result.score
  return { ...result, score }
}

async function scoreStored(
  services: Services,
  champion: LoadedModel,
  keys: readonly AccountKey[],
  asOf: Instant,
): Promise<ScoreResult[]> {
  const matches = await matchAccounts(services.db, keys)
  const accountIds = [
    ...new Set(matches.flatMap(([accountId, ...others]) => (others.length > 0 ? [] : (accountId ?? [])))),
  ]
  const scored = await services.scoreAccounts(champion, accountIds, asOf)
  const scores = new Map(scored.flatMap((one) => (one ? [[one.accountId, one.score] as const] : [])))
  return keys.map((key, index) => {
    const [accountId, ...others] = matches[index] ?? []
    const account = accountId === undefined ? undefined : scores.get(accountId)
    if (others.length > 0) {
      const detail = `${others.length + 1} accounts share this domain: ask by id or external_id`
      return { key, status: 'ambiguous', detail }
    }
    if (accountId === undefined) return { key, status: 'not_found', detail: 'no account has this key' }
    if (!account) return { key, status: 'not_found', detail: `the account was not known before ${asOf}` }
    return { key, status: 'scored', account_id: accountId, score: account }
  })
}

function scoreInline(
  services: Services,
  champion: LoadedModel,
  account: InlineAccount,
  index: number,
  asOf: Instant,
): ScoreResult {
  const errors = inlineProblems(account, asOf).map(({ pointer, message }) => ({
    in: 'body' as const,
    pointer: `#/inline/${index}${pointer}`,
    detail: message,
  }))
  const [first] = errors
  if (first) return { key: null, status: 'invalid', detail: first.detail, errors: errors.slice(0, 20) }
  return { key: null, status: 'scored', account_id: null, score: services.scoreInline(champion, account, asOf) }
}
