import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { PROBLEM_CODES, PROBLEMS, type ProblemCode, problemResponses, sendProblem } from '../../schemas/problems.ts'

const ProblemType = z.strictObject({
  code: z.enum(PROBLEM_CODES),
  status: z.number().int(),
  title: z.string(),
})

/** The pages that the `type` of a problem refers to. */
export const problemRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/problems/:code',
    {
      schema: {
        operationId: 'getProblemType',
        summary: 'What a kind of problem means',
        tags: ['operations'],
        security: [],
        params: z.strictObject({
          code: z
            .string()
            .max(100)
            .meta({ examples: ['no_champion'] }),
        }),
        response: {
          200: ProblemType.describe('The kind of problem'),
          ...problemResponses('bad_request', 'invalid_request', 'problem_not_found'),
        },
      },
    },
    async (request, reply) => {
      const { code } = request.params
      if (!isProblemCode(code))
        return sendProblem(reply, 'problem_not_found', { detail: 'docs/api.md lists the codes' })
      const { status, title } = PROBLEMS[code]
      return { code, status, title }
    },
  )
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code)
}
