import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'

const OpenApiDocument = z.looseObject({ openapi: z.string() }).describe('OpenAPI 3.1')

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
}
