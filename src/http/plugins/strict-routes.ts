import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { sendProblem } from '../schemas/problems.ts'

/** A route that declares no parameters, or no body, takes none: what would be dropped silently is refused. */
export function refuseWhatIsNotDeclared(app: FastifyInstance): void {
  app.addHook('onRoute', ({ schema }) => {
    if (schema) schema.querystring ??= z.strictObject({})
  })
  app.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.streams || request.headers['idempotency-key'] === undefined) return
    const detail = 'must be left out: what streams is repeated safely by the ids of its rows'
    const errors = [{ in: 'header' as const, pointer: '#/idempotency-key', detail }]
    return sendProblem(reply, 'invalid_request', { detail: `Idempotency-Key: ${detail}`, errors })
  })
  app.addHook('preValidation', async (request, reply) => {
    if (request.routeOptions.schema?.body !== undefined || isEmpty(request.body)) return
    const detail = 'must be left out, or be {}'
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
