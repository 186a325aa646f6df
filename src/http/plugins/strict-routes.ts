import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { sendProblem } from '../schemas/problems.ts'

/** Refuses parameters and bodies on routes that declare none, instead of ignoring them. */
export function refuseWhatIsNotDeclared(app: FastifyInstance): void {
  app.addHook('onRoute', ({ schema }) => {
    if (schema) schema.querystring ??= z.strictObject({})
  })
  app.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.streams || request.headers['idempotency-key'] === undefined) return
    const detail = 'must be omitted: a stream can be repeated safely, because its rows have ids'
    const errors = [{ in: 'header' as const, pointer: '#/idempotency-key', detail }]
    return sendProblem(reply, 'invalid_request', { detail: `Idempotency-Key: ${detail}`, errors })
  })
  app.addHook('preValidation', async (request, reply) => {
    if (request.routeOptions.schema?.body !== undefined || isEmpty(request.body)) return
    const detail = 'must be omitted or {}'
    return sendProblem(reply, 'invalid_request', {
      detail: `body: ${detail}`,
      errors: [{ in: 'body', pointer: '#', detail }],
    })
  })
}

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return true
  return typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0
}
