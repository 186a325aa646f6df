import type { FastifyReply } from 'fastify'
import type { Instant } from '../../core/base/time.ts'
import { sendProblem } from './problems.ts'

/** Refuses a future `as_of`. */
export function refuseFuture(reply: FastifyReply, asOf: Instant): FastifyReply {
  const detail = `as_of must not lie in the future, got ${asOf}`
  return sendProblem(reply, 'invalid_request', { detail, errors: [{ in: 'query', pointer: '#/as_of', detail }] })
}
