import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Document, eachOperation, resolvedSchema, type Schema } from './openapi-document.ts'

/** Whether the route accepts `{}`: it declares no body, or no field of it is required. */
export function mayBeEmpty({ routeOptions: { schema, config } }: FastifyRequest): boolean {
  const body: unknown = schema?.body
  return !config.streams && (body === undefined || (body instanceof z.ZodType && body.safeParse({}).success))
}

/** Treats an empty body as `{}` if no field is required, with any Content-Type. */
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

/** Marks these bodies as optional in the document. */
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
