import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { withOptionalBodies } from './empty-bodies.ts'
import { constantDocument, sendConstant } from '../schemas/constant-document.ts'
import type { Document } from './openapi-document.ts'
import { withExamples } from './openapi-examples.ts'
import { withHeaders } from './openapi-headers.ts'

const DESCRIPTION = `Which accounts to work now, why, and on what evidence.

Every call under \`/v1\` needs an API key with the scope named in its description, sent as \`Authorization: Bearer wrk_…\`.
Every error is a problem document (RFC 9457) with a stable \`code\`. Instants are UTC with microseconds.`

const PAGES = '/docs'

/** Serves OpenAPI 3.1, made from the schemas of the routes, and pages at /docs without external resources. */
export async function registerOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Winrate',
        version: '0.1.0',
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: [
        {
          name: 'facts',
          description: 'Accounts, contacts, activities, opportunities and other facts, in batches or streams',
        },
        { name: 'scores', description: 'Probabilities of accounts, with reasons' },
        { name: 'qualified accounts', description: 'The list of accounts for sales' },
        { name: 'models', description: 'Model versions: champion, challengers, promotion and rollback' },
        { name: 'training runs', description: 'Training of new model versions' },
        { name: 'events', description: 'Events as a feed and as webhooks' },
        { name: 'keys', description: 'API keys and the audit log' },
        { name: 'operations', description: 'For operators; no key needed' },
      ],
      components: {
        securitySchemes: {
          api_key: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key: `npm run api-key -- create --scopes …`',
          },
        },
      },
      security: [{ api_key: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) =>
      withOptionalBodies(
        withExamples(withHeaders(withoutUnusedSchemas(jsonSchemaTransformObject(document) as Document))),
      ),
  })
  // Swagger UI would serialize its two copies of the document for every request.
  const copies: Readonly<Record<string, ReturnType<typeof constantDocument>>> = {
    [`${PAGES}/json`]: constantDocument('application/json', () => JSON.stringify(app.swagger())),
    [`${PAGES}/yaml`]: constantDocument('application/x-yaml', () => app.swagger({ yaml: true })),
  }
  await app.register(swaggerUi, {
    routePrefix: PAGES,
    uiHooks: {
      preHandler: async (request, reply) => {
        const copy = copies[request.routeOptions.url ?? '']
        return copy && sendConstant(request, reply, copy())
      },
    },
    uiConfig: { url: '/openapi.json', validatorUrl: null, persistAuthorization: false },
    staticCSP: DOCS_CONTENT_SECURITY_POLICY,
    theme: { title: 'Winrate API' },
  })
}

/** Swagger UI uses style attributes and data: URLs for icons; scripts come from our files only. */
const DOCS_CONTENT_SECURITY_POLICY =
  "default-src 'none'; connect-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; " +
  "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Removes unused schemas: each named schema is written as input and as output, and usually one is not used. */
function withoutUnusedSchemas(document: Document): Document {
  const all = Object.entries(document.components?.schemas ?? {})
  const used = new Set<string>()
  const follow = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      follow(all.find(([candidate]) => candidate === name)?.[1] ?? null)
    }
  }
  follow(document.paths ?? {})
  const schemas = Object.fromEntries(all.filter(([name]) => used.has(name)))
  return { ...document, components: { ...document.components, schemas } }
}
