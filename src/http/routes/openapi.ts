import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { toOpenApi30 } from '../openapi-3-0.ts'

const OpenApiDocument = z
  .looseObject({ openapi: z.string() })
  .describe('OpenAPI 3.1')
  .meta({ examples: [{ openapi: '3.1.0' }] })
const OpenApiDocument30 = z
  .looseObject({ openapi: z.string() })
  .describe('OpenAPI 3.0')
  .meta({ examples: [{ openapi: '3.0.3' }] })

export const openApiRoutes: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        summary: 'This description of the service',
        tags: ['operations'],
        security: [],
        response: { 200: OpenApiDocument },
      },
    },
    () => ({ ...app.swagger() }) as z.infer<typeof OpenApiDocument>,
  )
  let document30: z.infer<typeof OpenApiDocument> | undefined
  app.get(
    '/openapi-3.0.json',
    {
      schema: {
        operationId: 'getOpenApi30',
        summary: 'The same as OpenAPI 3.0, for what reads nothing newer',
        description: 'For Salesforce External Services and the like.',
        tags: ['operations'],
        security: [],
        response: { 200: OpenApiDocument30 },
      },
    },
    () => (document30 ??= toOpenApi30(app.swagger()) as z.infer<typeof OpenApiDocument>),
  )
}
