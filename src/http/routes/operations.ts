import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Services } from '../services.ts'
import { readReadiness } from '../../store/readiness.ts'
import { problemResponses, sendProblem } from '../problems.ts'

const DATABASE_ANSWERS_WITHIN_MS = 2000

const Live = z.strictObject({ status: z.literal('live') }).describe('The process answers')
const Ready = z
  .strictObject({
    status: z.literal('ready'),
    champion: z.string().nullable().describe('The model version in use; null before the first promotion.'),
  })
  .meta({ description: 'Ready for traffic', examples: [{ status: 'ready', champion: 'm-0f1e2d3c4b5a6978' }] })

export const operationsRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/livez',
    {
      schema: {
        operationId: 'getLiveness',
        summary: 'Does the process answer',
        description: 'Asks nothing of the database: a database that is down is no reason to restart the service.',
        tags: ['operations'],
        security: [],
        response: { 200: Live },
      },
    },
    () => ({ status: 'live' as const }),
  )
  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'May traffic be sent here',
        description: 'The database answers within 2 seconds and has all migrations. Says whether there is a champion.',
        tags: ['operations'],
        security: [],
        response: { 200: Ready, ...problemResponses('not_ready') },
      },
    },
    async (request, reply) => {
      const readiness = await within(DATABASE_ANSWERS_WITHIN_MS, readReadiness(services.db)).catch((error: unknown) => {
        request.log.warn({ err: error }, 'database does not answer')
        return undefined
      })
      if (!readiness) return sendProblem(reply, 'not_ready', { detail: 'the database does not answer' })
      const missing = services.lastMigration - readiness.migration
      if (missing > 0) return sendProblem(reply, 'not_ready', { detail: `the database lacks ${missing} migrations` })
      return { status: 'ready' as const, champion: readiness.champion ?? null }
    },
  )
}

async function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs)
  })
  return await Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
