import type { FastifyReply, FastifyRequest } from 'fastify'
import { etagOf, hasAlready } from './conditional.ts'

/** A document that is constant while the process runs and is serialized once. */
export interface ConstantDocument {
  readonly text: string
  readonly mediaType: string
  readonly etag: string
}

/** @param write called for the first request, when all routes are known */
export function constantDocument(mediaType: string, write: () => string): () => ConstantDocument {
  let document: ConstantDocument | undefined
  return () => {
    if (!document) {
      const text = write()
      document = { text, mediaType, etag: etagOf(text) }
    }
    return document
  }
}

/** Answers 304 without a body if the request has the ETag. */
export function sendConstant(
  request: FastifyRequest,
  reply: FastifyReply,
  { text, mediaType, etag }: ConstantDocument,
): FastifyReply {
  reply.headers({ etag, 'cache-control': 'no-cache' })
  if (hasAlready(request, etag)) return reply.code(304).send()
  return reply.header('content-type', `${mediaType}; charset=utf-8`).send(text)
}
