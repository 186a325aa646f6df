import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { LoadedModel } from '../../../core/scoring/artifact/model-artifact.ts'
import { type InlineAccount, inlineProblems } from '../../../core/scoring/inline-account.ts'
import type { Instant } from '../../../core/base/time.ts'
import type { Services } from '../../services.ts'
import { type AccountKey, matchAccounts } from '../../../store/facts/accounts.ts'
import { listCurrentScores, NOT_STORED } from '../../../store/scoring/current-scores.ts'
import { AccountId, Domain, ExternalId } from '../../schemas/fields.ts'
import { sendJsonText } from '../../schemas/json-text.ts'
import { FieldError, problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import { Score, InlineAccountBody } from '../../schemas/views.ts'

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
  contributions: z.boolean().default(false).describe('Return the contribution of each feature to the log-odds.'),
}
const Accounts = z.array(AccountKeyBody).min(1).max(1000)
const ScoreRequest = z
  .union(
    [
      z.strictObject({ accounts: Accounts, stored: z.literal(false).optional(), ...Wanted }),
      z.strictObject({
        accounts: Accounts,
        stored: z.literal(true).describe('Return the stored scores: many times faster, without contributions.'),
      }),
      z.strictObject({ inline: z.array(InlineAccountBody).min(1).max(100), ...Wanted }),
    ],
    { error: 'must have exactly one of accounts, inline' },
  )
  .meta({ examples: [{ accounts: [{ external_id: '0015g00000XyZab' }, { domain: 'acme.com' }] }] })

const ResultBase = { key: AccountKeyBody.nullable().describe('The key of the request; null for an inline account.') }
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
  .meta({ id: 'ScoreResult', description: 'The result for one account: its score, or why it has none' })
type ScoreResult = z.infer<typeof ScoreResult>

const ScoreResponse = z
  .strictObject({
    as_of: z
      .string()
      .nullable()
      .describe('The scores use the facts known before this instant. Null for stored scores, which have their own.'),
    model_version: z.string().nullable().describe('Null for stored scores, which have their own.'),
    results: z.array(ScoreResult).describe('One per account, in the order of the request.'),
  })
  .describe('One result per account')

export const scoreRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.post(
    '/scores',
    {
      schema: {
        operationId: 'createScores',
        summary: 'Score up to 1,000 stored accounts, or up to 100 described inline',
        description:
          'Scope `score:read`. Scores are computed for this request from all stored facts and are not stored; `stored` ' +
          'returns the stored scores that the list shows. An account that cannot be scored has its own status and does not ' +
          'fail the request.',
        tags: ['scores'],
        body: ScoreRequest,
        response: {
          200: ScoreResponse,
          ...problemResponses(
            ...READ_PROBLEMS,
            'malformed_body',
            'invalid_value',
            'no_champion',
            'model_unusable',
            'body_too_large',
            'unsupported_media_type',
          ),
        },
      },
    },
    async (request, reply) => {
      const { body } = request
      if ('stored' in body && body.stored) return sendJsonText(reply, await storedScores(services, body.accounts))
      const asOf = services.now()
      const champion = await services.loadChampion()
      if (!champion) return sendProblem(reply, 'no_champion', { detail: 'train a model and promote it' })
      const isWanted = 'contributions' in body && body.contributions
      const answered = (result: ScoreResult) => written(isWanted ? result : withoutContributions(result))
      const results =
        'inline' in body
          ? await inTurns(body.inline, 1, (account, index) =>
              answered(scoreInline(services, champion, account, index, asOf)),
            )
          : await inTurns(await scoreKnown(services, champion, body.accounts, asOf), ACCOUNTS_A_TURN, answered)
      const head = JSON.stringify({ as_of: asOf, model_version: champion.version })
      return sendJsonText(reply, `${head.slice(0, -1)},"results":[${results.join(',')}]}`)
    },
  )
}

/** Yields to other requests in between. */
const ACCOUNTS_A_TURN = 50

async function inTurns<Item>(
  items: readonly Item[],
  itemsATurn: number,
  write: (item: Item, index: number) => string,
): Promise<readonly string[]> {
  const results: string[] = []
  for (const [index, item] of items.entries()) {
    results.push(write(item, index))
    if (results.length % itemsATurn === 0) await nextTurn()
  }
  return results
}

/** As JSON text, validated against the response schema. */
function written(result: ScoreResult): string {
  return JSON.stringify(z.encode(ScoreResult, result))
}

function withoutContributions(result: ScoreResult): ScoreResult {
  if (result.status !== 'scored') return result
  const { contributions: _, ...score } = result.score
  return { ...result, score }
}

async function scoreKnown(
  services: Services,
  champion: LoadedModel,
  keys: readonly AccountKey[],
  asOf: Instant,
): Promise<ScoreResult[]> {
  const { accountIds, named } = await nameAccounts(services, keys)
  const scored = await services.scoreAccounts(champion, accountIds, asOf)
  const scores = new Map(scored.flatMap((one) => (one ? [[one.accountId, one.score] as const] : [])))
  return named.map(({ key, accountId, unnamed }) => {
    if (unnamed) return unnamed
    const score = scores.get(accountId)
    if (!score) return notFound(key, `the account was not known before ${asOf}`)
    return { key, status: 'scored', account_id: accountId, score }
  })
}

/** The whole answer as text: scores stored as JSON are not parsed and serialized again. */
async function storedScores(services: Services, keys: readonly AccountKey[]): Promise<string> {
  const { accountIds, named } = await nameAccounts(services, keys)
  const scores = await listCurrentScores(services.db, accountIds)
  const results = named.map(({ key, accountId, unnamed }) => {
    const score = unnamed ? undefined : scores.get(accountId)
    if (score === undefined) return JSON.stringify(unnamed ?? notFound(key, NOT_STORED))
    return `{"key":${JSON.stringify(key)},"status":"scored","account_id":${accountId},"score":${score}}`
  })
  return `{"as_of":null,"model_version":null,"results":[${results.join(',')}]}`
}

type Named = { readonly key: AccountKey } & (
  | { readonly accountId: number; readonly unnamed?: never }
  | { readonly accountId?: never; readonly unnamed: ScoreResult }
)

/** The account of each key, or why there is none, in the order of the request; and the distinct accounts. */
async function nameAccounts({ db }: Services, keys: readonly AccountKey[]) {
  const matches = await matchAccounts(db, keys)
  const named = keys.map((key, index): Named => {
    const [accountId, ...others] = matches[index] ?? []
    if (accountId === undefined) return { key, unnamed: notFound(key, 'no account has this key') }
    if (others.length === 0) return { key, accountId }
    const detail = `${others.length + 1} accounts share this domain: use id or external_id`
    return { key, unnamed: { key, status: 'ambiguous', detail } }
  })
  return { named, accountIds: [...new Set(named.flatMap(({ accountId }) => accountId ?? []))] }
}

function notFound(key: AccountKey, detail: string): ScoreResult {
  return { key, status: 'not_found', detail }
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
