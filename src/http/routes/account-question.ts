import type { FastifyReply, FastifySchema } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { matchAccounts } from '../../store/facts/accounts.ts'
import { AccountIdParameter, ExternalId } from '../schemas/fields.ts'
import { type ProblemCode, problemResponses, READ_PROBLEMS, sendProblem } from '../schemas/problems.ts'
import type { Services } from '../services.ts'

/** The two addresses of an account: by our id, and by the CRM's id. */
export const ACCOUNT_ADDRESSES = [
  {
    path: ':id',
    suffix: '',
    words: '',
    hint: '',
    params: z.strictObject({ id: AccountIdParameter }),
  },
  {
    path: 'by-external-id/:external_id',
    suffix: 'ByExternalId',
    words: ", by the CRM's id",
    hint: ' Percent-encode the id. The id of a merged account returns the account that it was merged into.',
    params: z.strictObject({ external_id: ExternalId.meta({ examples: ['0015g00000XyZab'] }) }),
  },
] as const

/** A GET operation about one account. */
interface Question<Query extends z.ZodType, Answer extends z.ZodType> {
  /** Below the account's own address, such as `/timeline`. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tag: string
  readonly query: Query
  readonly answer: Answer
  /** Besides the problems of every call and `account_not_found`. */
  readonly problems?: readonly ProblemCode[]
}

interface Asked<Query extends z.ZodType> {
  readonly accountId: number
  readonly query: z.output<Query>
  readonly reply: FastifyReply
}

/** Registers a GET about one account under both addresses. `respond` receives an id that may belong to no account. */
export function answerAboutAccount<Query extends z.ZodType, Answer extends z.ZodType>(
  app: Parameters<FastifyPluginAsyncZod>[0],
  { db }: Pick<Services, 'db'>,
  question: Question<Query, Answer>,
  respond: (asked: Asked<Query>) => Promise<z.output<Answer> | FastifyReply>,
): void {
  const { path, operationId, summary, description, tag, query: querystring, answer, problems = [] } = question
  const response = {
    200: answer,
    ...problemResponses(...READ_PROBLEMS, 'account_not_found', 'path_too_long', ...problems),
  }
  for (const address of ACCOUNT_ADDRESSES) {
    // Untyped: the compiler cannot infer the schema's types through a generic. `Question` has them.
    const schema: FastifySchema = {
      operationId: `${operationId}${address.suffix}`,
      summary: `${summary}${address.words}`,
      description: `${description}${address.hint}`,
      tags: [tag],
      params: address.params,
      querystring,
      response,
    }
    app.get(`/accounts/${address.path}${path}`, { schema }, async (request, reply) => {
      const params = request.params as Params
      const accountId = 'id' in params ? params.id : await findByExternalId(db, params)
      if (accountId === undefined) return refuseUnknown(reply)
      return await respond({ accountId, query: request.query as z.output<Query>, reply })
    })
  }
}

type Params = z.output<(typeof ACCOUNT_ADDRESSES)[number]['params']>

async function findByExternalId(db: Services['db'], key: Exclude<Params, { readonly id: number }>) {
  const [matches = []] = await matchAccounts(db, [key])
  return matches[0]
}

export function refuseUnknown(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 'account_not_found', {
    detail: 'no account has this id, or none had it at the requested instant',
  })
}
