import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendProblem } from '../schemas/problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Applies the connection's limit to the body, for routes that read it as a stream. */
    allowSlowBody: (() => void) | undefined
  }
}

/**
 * Answers 408 and closes the connection if the body has not arrived in time. Node's own limit applies to the whole server
 * and must leave room for streams.
 */
export function refuseSlowBodies(app: FastifyInstance, timeoutMs: number): void {
  app.decorateRequest('allowSlowBody', undefined)
  app.addHook('onRequest', async (request, reply) => {
    if (!hasBody(request)) return
    const timer = setTimeout(() => {
      if (request.raw.complete) return
      if (!reply.sent) sendProblem(reply.header('connection', 'close'), 'request_timeout')
      if (reply.raw.writableFinished) request.raw.destroy()
      else reply.raw.once('finish', () => request.raw.destroy())
    }, timeoutMs)
    timer.unref()
    const stop = () => clearTimeout(timer)
    request.raw.once('end', stop).once('close', stop)
    request.allowSlowBody = stop
  })
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}
