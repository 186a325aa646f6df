import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ConditionalHeaders } from '../../schemas/conditional.ts'
import { constantDocument, sendConstant } from '../../schemas/constant-document.ts'
import { toOpenApi30 } from '../../openapi/openapi-3-0.ts'

const OpenApiDocument = z
  .looseObject({ openapi: z.string() })
  .describe('OpenAPI 3.1')
  .meta({ examples: [{ openapi: '3.1.0' }] })
const OpenApiDocument30 = z
  .looseObject({ openapi: z.string() })
  .describe('OpenAPI 3.0')
  .meta({ examples: [{ openapi: '3.0.3' }] })
const UNCHANGED = z.undefined().describe('Unchanged since the ETag given')

/** The OpenAPI documents. They are constant while the service runs and need no key. */
export const openApiRoutes: FastifyPluginAsyncZod = async (app) => {
  const document = constantDocument('application/json', () => JSON.stringify(app.swagger()))
  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        summary: 'This description of the service',
        tags: ['operations'],
        security: [],
        headers: ConditionalHeaders,
        response: { 200: OpenApiDocument, 304: UNCHANGED },
      },
    },
    async (request, reply) => await sendConstant(request, reply, document()),
  )
  const document30 = constantDocument('application/json', () => JSON.stringify(toOpenApi30(app.swagger())))
  app.get(
    '/openapi-3.0.json',
    {
      schema: {
        operationId: 'getOpenApi30',
        summary: 'The description as OpenAPI 3.0',
        description: 'For readers without support for 3.1, such as Salesforce External Services.',
        tags: ['operations'],
        security: [],
        headers: ConditionalHeaders,
        response: { 200: OpenApiDocument30, 304: UNCHANGED },
      },
    },
    async (request, reply) => await sendConstant(request, reply, document30()),
  )
}
