import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { limitConcurrency } from '../../async/limit-concurrency.ts'
import { sendProblem } from '../schemas/problems.ts'
import type { Services } from '../services.ts'

const WINDOW_SECONDS = 60

export interface RequestLimits {
  /** Counts a request with a good key. @returns whether it was answered 429: the key has had its share of this minute */
  refuseRequest(request: FastifyRequest, reply: FastifyReply): Promise<boolean>
  /** Counts a request with a bad key. @returns whether it was answered 429: its sender has had too many */
  refuseFailure(request: FastifyRequest, reply: FastifyReply): Promise<boolean>
}

/**
 * Counts in this process's memory, in windows of a minute that begin with the first request of each: so limits hold per
 * replica, and a count costs no query. Headers as draft-ietf-httpapi-ratelimit-headers-09 has them; the plugin's own are
 * those of an earlier draft.
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
  // One after the other: the plugin hands out the count that its next caller raises, so who counts at the same moment would
  // all see the last of them.
  const inTurn = limitConcurrency(1)
  // By address; of IPv6 by network of 64 bits, since that is what one client has.
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
      const detail = `this key has had its ${count.max} requests of this minute`
      sendProblem(reply.header('retry-after', resetSeconds), 'rate_limited', { detail })
      return true
    },
    async refuseFailure(request, reply) {
      const count = await inTurn(() => failuresOfClient(request))
      if (count.isAllowed || !count.isExceeded) return false
      const detail = `more than ${count.max} requests of this minute came from this address without a valid key`
      sendProblem(reply.header('retry-after', Math.max(1, count.ttlInSeconds)), 'rate_limited', { detail })
      return true
    },
  }
}
