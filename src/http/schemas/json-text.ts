import type { FastifyReply } from 'fastify'

/** Answers JSON that is text already, as it stands: what was checked when it was stored is not checked again. */
export function sendJsonText(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(text)
}
