import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendProblem } from '../schemas/problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Lets the body take as long as the connection may. For routes that read it as it comes. */
    allowSlowBody: (() => void) | undefined
  }
}

/**
 * A body that has not arrived in time is answered 408, and its connection closed. Node's own limit holds for the whole
 * server, and has to leave room for streams.
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
