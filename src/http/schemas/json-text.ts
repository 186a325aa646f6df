import type { FastifyReply } from 'fastify'

/** Sends JSON text unchanged: stored values were validated when they were stored. */
export function sendJsonText(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(text)
}
