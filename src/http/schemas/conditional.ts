import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

/** The request headers of a route that answers 304. */
export const ConditionalHeaders = z.looseObject({
  'if-none-match': z
    .string()
    .optional()
    .describe('The `ETag` of an earlier response: the answer is 304 while it is current.'),
})

/**
 * An `onSend` hook for lists that are polled: a strong ETag of the content, unless the route has set one, and 304 without a
 * body if the request has it. The tag does not depend on the API key, so caches stay valid when a key is replaced.
 */
export async function answerConditionally(request: FastifyRequest, reply: FastifyReply, payload: unknown) {
  if (reply.statusCode !== 200 || typeof payload !== 'string') return payload
  const etag = String(reply.getHeader('etag') ?? etagOf(payload))
  tag(reply, etag)
  if (!hasAlready(request, etag)) return payload
  reply.code(304).removeHeader('content-type').removeHeader('content-length')
  return ''
}

/** A strong ETag. */
export function etagOf(content: string): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`
}

/** Whether If-None-Match lists the tag, by weak comparison (RFC 9110, 13.1.2). */
export function hasAlready({ headers }: FastifyRequest, etag: string): boolean {
  const header = headers['if-none-match']
  if (header === undefined) return false
  return header.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === etag)
}

/** Only the caller may cache the answer, and must revalidate it. */
export function tag(reply: FastifyReply, etag: string): FastifyReply {
  return reply.headers({ etag, 'cache-control': 'private, no-cache', vary: 'authorization' })
}
