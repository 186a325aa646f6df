import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

/** Of a route that answers 304. */
export const ConditionalHeaders = z.looseObject({
  'if-none-match': z.string().optional().describe('The `ETag` of the answer that you have: 304 while it is the same.'),
})

/**
 * An `onSend` hook for lists that are polled: a strong ETag of the content, and 304 without a body when the caller has it.
 * The tag does not depend on the key, so that replacing a key does not empty a cache.
 */
export async function answerConditionally(request: FastifyRequest, reply: FastifyReply, payload: unknown) {
  if (reply.statusCode !== 200 || typeof payload !== 'string') return payload
  const etag = etagOf(payload)
  tag(reply, etag)
  if (!hasAlready(request, etag)) return payload
  reply.code(304).removeHeader('content-type').removeHeader('content-length')
  return ''
}

/** A strong one. */
export function etagOf(content: string): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`
}

/** Whether the caller has what bears this tag: RFC 9110 13.1.2, a weak comparison with any in a list. */
export function hasAlready({ headers }: FastifyRequest, etag: string): boolean {
  const header = headers['if-none-match']
  if (header === undefined) return false
  return header.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === etag)
}

/** May be kept by the caller alone, and is asked for anew each time. */
export function tag(reply: FastifyReply, etag: string): FastifyReply {
  return reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'authorization' })
}
