import type { FastifyReply, FastifySchema } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { AccountIdParameter, ExternalId } from '../schemas/fields.ts'
import { type ProblemCode, problemResponses, READ_PROBLEMS, sendProblem } from '../schemas/problems.ts'
import type { Services } from '../services.ts'

const OF_A_MERGED_ACCOUNT = 'The id of a merged account returns the account that it was merged into.'

/** The two addresses of an account: by our id, and by the CRM's id. Either id of a merged account names its survivor. */
export const ACCOUNT_ADDRESSES = [
  {
    path: ':id',
    suffix: '',
    words: '',
    hint: ` ${OF_A_MERGED_ACCOUNT}`,
    params: z.strictObject({ id: AccountIdParameter }),
  },
  {
    path: 'by-external-id/:external_id',
    suffix: 'ByExternalId',
    words: ", by the CRM's id",
    hint: ` Percent-encode the id. ${OF_A_MERGED_ACCOUNT}`,
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

/** Registers a GET about one account under both addresses. `respond` receives the id of an account, which may be later than `as_of`. */
export function answerAboutAccount<Query extends z.ZodType, Answer extends z.ZodType>(
  app: Parameters<FastifyPluginAsyncZod>[0],
  { findAccountId }: Pick<Services, 'findAccountId'>,
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
      const accountId = await findAccountId(request.params as Params)
      if (accountId === undefined) return refuseUnknown(reply)
      return await respond({ accountId, query: request.query as z.output<Query>, reply })
    })
  }
}

type Params = z.output<(typeof ACCOUNT_ADDRESSES)[number]['params']>

export function refuseUnknown(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 'account_not_found', {
    detail: 'no account has this id, or none had it at the requested instant',
  })
}
