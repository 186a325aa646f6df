import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Document, eachOperation, resolvedSchema, type Schema } from './openapi-document.ts'

/** Whether `{}` is a body that the route takes: it declares none, or no field of it is required. */
export function mayBeEmpty({ routeOptions: { schema, config } }: FastifyRequest): boolean {
  const body: unknown = schema?.body
  return !config.streams && (body === undefined || (body instanceof z.ZodType && body.safeParse({}).success))
}

/** Where no field of a body is required, nothing sent counts as `{}`, whatever Content-Type comes with it. */
export function takeNothingForEmpty(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { headers } = request
    const isChunked = headers['transfer-encoding'] !== undefined
    const hasBody = isChunked || Number(headers['content-length'] ?? 0) > 0
    if (!hasBody && mayBeEmpty(request)) delete headers['content-type']
  })
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && mayBeEmpty(request)) request.body = {}
  })
}

/** Says the same in the document. */
export function withOptionalBodies(document: Document): Document {
  eachOperation(document, ({ requestBody }) => {
    if (!requestBody || '$ref' in requestBody) return
    const { schema } = requestBody.content['application/json'] ?? {}
    if (!schema) return
    const { type, required = [] } = resolvedSchema(document, schema as Schema)
    if (type === 'object' && required.length === 0) requestBody.required = false
  })
  return document
}
