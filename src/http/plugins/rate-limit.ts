import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { limitConcurrency } from '../../async/limit-concurrency.ts'
import { sendProblem } from '../schemas/problems.ts'
import type { Services } from '../services.ts'

const WINDOW_SECONDS = 60

export interface RequestLimits {
  /** Counts a request with a valid key. @returns whether the limit was exceeded and 429 was sent */
  refuseRequest(request: FastifyRequest, reply: FastifyReply): Promise<boolean>
  /** Counts a request without a valid key. @returns whether the limit was exceeded and 429 was sent */
  refuseFailure(request: FastifyRequest, reply: FastifyReply): Promise<boolean>
}

/**
 * Counts in memory, in windows of a minute from the first request: limits apply per process, and counting needs no query.
 * The headers follow draft-ietf-httpapi-ratelimit-headers-09; the plugin's own follow an earlier draft.
 */
export async function countRequests(
  app: FastifyInstance,
  { limits }: Pick<Services, 'limits'>,
): Promise<RequestLimits> {
  await app.register(rateLimit, { global: false })
  const timeWindow = WINDOW_SECONDS * 1000
  const requestsOfKey = app.createRateLimit({
    max: limits.requestsPerMinute,
    timeWindow,
    keyGenerator: ({ apiKey }) => apiKey?.keyId ?? '',
  })
  // Serialized: the plugin returns a shared count, so concurrent callers would all see the last one.
  const inTurn = limitConcurrency(1)
  // By address; IPv6 by /64 network, since one client has a whole /64.
  const failuresOfClient = app.createRateLimit({ max: limits.failedKeysPerMinute, timeWindow })
  return {
    async refuseRequest(request, reply) {
      const count = await inTurn(() => requestsOfKey(request))
      if (count.isAllowed) return false
      const resetSeconds = Math.max(1, count.ttlInSeconds)
      reply.headers({
        'ratelimit-policy': `"requests";q=${count.max};w=${WINDOW_SECONDS}`,
        ratelimit: `"requests";r=${count.remaining};t=${resetSeconds}`,
      })
      if (!count.isExceeded) return false
      const detail = `this key has reached its limit of ${count.max} requests per minute: wait ${resetSeconds} seconds`
      sendProblem(reply.header('retry-after', resetSeconds), 'rate_limited', { detail })
      return true
    },
    async refuseFailure(request, reply) {
      const count = await inTurn(() => failuresOfClient(request))
      if (count.isAllowed || !count.isExceeded) return false
      const detail = `this address has sent more than ${count.max} requests without a valid key in this minute`
      sendProblem(reply.header('retry-after', Math.max(1, count.ttlInSeconds)), 'rate_limited', { detail })
      return true
    },
  }
}
