import type { FastifyBaseLogger } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { epochMsOf } from '../../../core/base/time.ts'
import { AppError } from '../../../errors.ts'
import { type Readiness, readReadiness } from '../../../store/database/readiness.ts'
import { databaseProblem } from '../../../store/database/database-problem.ts'
import { problemResponses, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const DATABASE_ANSWERS_WITHIN_MS = 2000
/** Webhook signatures, certificates and logs use this machine's clock. */
const MOST_SKEW_SECONDS = 60

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
        summary: 'Liveness of the process',
        description: 'Does not query the database: a restart of the service would not help while it is down.',
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
        summary: 'Readiness for traffic',
        description:
          'Ready if the database answers within 2 seconds and has all migrations, its clock differs from that of this machine ' +
          `by at most ${MOST_SKEW_SECONDS} seconds, and the champion, if there is one, is loaded.`,
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
      const because = whyNotReady(services, readiness) ?? (await whyChampionFails(services, request.log))
      if (because !== undefined) return sendProblem(reply, 'not_ready', { detail: because })
      return { status: 'ready' as const, champion: readiness.champion ?? null }
    },
  )
}

function whyNotReady({ lastMigration }: Services, { migration, clock }: Readiness): string | undefined {
  if (lastMigration > migration)
    return `the database lacks ${lastMigration - migration} migrations: run npm run migrate`
  const skewSeconds = clock === undefined ? 0 : Math.round((Date.now() - epochMsOf(clock)) / 1000)
  if (Math.abs(skewSeconds) <= MOST_SKEW_SECONDS) return undefined
  const difference = `${Math.abs(skewSeconds)} seconds ${skewSeconds > 0 ? 'ahead of' : 'behind'}`
  return `this machine's clock is ${difference} the database's, at most ${MOST_SKEW_SECONDS} are allowed: set both by NTP`
}

/** Loads the champion, so that the first score request does not wait for it. */
async function whyChampionFails(services: Services, log: FastifyBaseLogger): Promise<string | undefined> {
  try {
    await within(DATABASE_ANSWERS_WITHIN_MS, services.loadChampion())
    return undefined
  } catch (error) {
    const isKnown = error instanceof AppError || databaseProblem(error) !== undefined
    log[isKnown ? 'warn' : 'error']({ err: error }, 'the champion cannot be loaded')
    return error instanceof AppError ? error.message : 'the champion cannot be loaded: see the log'
  }
}

async function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs)
  })
  return await Promise.race([work, limit]).finally(() => clearTimeout(timer))
}
