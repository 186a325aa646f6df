import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { Actor } from '../../../core/access/actor.ts'
import { parseApiKey } from '../../../core/access/api-key.ts'
import { DEFAULT_OVERLAP_SECONDS, LONGEST_OVERLAP_SECONDS } from '../../../core/access/overlap.ts'
import { SCOPES } from '../../../core/access/scopes.ts'
import {
  type ApiKey,
  createApiKey,
  findApiKey,
  listApiKeys,
  type NewApiKey,
  revokeApiKey,
  rotateApiKey,
} from '../../../store/access/api-keys.ts'
import { inIdempotentWrite, type WriteAnswer } from '../../plugins/idempotency.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS, sendProblem, WRITE_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const EXAMPLE = {
  key_id: 'k3x9v0q2m1za',
  scopes: ['qualified:read', 'qualified:work'],
  actor: 'BDR tool',
  actor_per_request: true,
  created_at: '2026-03-01T09:00:00.000000Z',
  last_used_at: '2026-03-02T08:41:07.000000Z',
  expires_at: null,
  revoked_at: null,
  replaces: null,
}
const KeyView = z
  .strictObject({
    key_id: z.string(),
    scopes: z.array(z.string()),
    actor: z.string().nullable().describe('The person or system that acts with it.'),
    actor_per_request: z.boolean().describe('Whether its requests may name another actor in `Winrate-Actor`.'),
    created_at: z.string(),
    last_used_at: z.string().nullable().describe('Updated at most once a minute.'),
    expires_at: z.string().nullable().describe('Set when another key replaces it; both keys are valid until then.'),
    revoked_at: z.string().nullable(),
    replaces: z.string().nullable().describe('The id of the key that it replaced.'),
  })
  .meta({ id: 'ApiKey', description: 'An API key, without its secret', examples: [EXAMPLE] })

const NewKeyView = z.strictObject({ api_key: KeyView, key: z.string().describe('Shown only in this response.') }).meta({
  id: 'NewApiKey',
  description: 'A new key',
  examples: [{ api_key: { ...EXAMPLE, last_used_at: null }, key: 'wrk_k3x9v0q2m1za_…' }],
})

const CreateBody = z
  .strictObject({
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
    actor: Actor.optional().describe('The person or system that will use it.'),
    actor_per_request: z.boolean().default(false).describe('Allow `Winrate-Actor` although it has an actor.'),
  })
  .meta({ examples: [{ scopes: ['qualified:read', 'qualified:work'], actor: 'BDR tool', actor_per_request: true }] })

const RotateBody = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(LONGEST_OVERLAP_SECONDS)
      .default(DEFAULT_OVERLAP_SECONDS)
      .describe('How long the old key stays valid. Default: 7 days; at most a year.'),
  })
  .meta({ examples: [{ overlap_seconds: 86_400 }] })

const KeyPage = z
  .strictObject({ api_keys: z.array(KeyView), next_cursor: NextCursor })
  .describe('A page of the keys, oldest first')
const Position = z.object({ createdAt: z.string(), keyId: z.string() })
const IdParameter = z.strictObject({
  id: z
    .string()
    .max(100)
    .transform((text) => parseApiKey(text)?.keyId ?? text)
    .describe('The id of the key. The whole key is also accepted, so that a leaked key can be revoked without its id.')
    .meta({ type: 'string', maxLength: 100, examples: ['k3x9v0q2m1za'] }),
})
/** The secret of a whole key is ignored. */
const NAMES_KEY = { namesKey: true }
const UNKNOWN_KEY = { problem: 'api_key_not_found', detail: 'GET /v1/api-keys lists them' } as const

export const apiKeyRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.post(
    '/api-keys',
    {
      schema: {
        operationId: 'createApiKey',
        summary: 'Create an API key',
        description:
          'Scope `admin`. The key is shown once; only a digest of it is stored. A caller with this scope can create a key ' +
          'with any scope.',
        tags: ['keys'],
        body: CreateBody,
        response: { 201: NewKeyView, ...problemResponses(...WRITE_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const { scopes, actor, actor_per_request: actorPerRequest } = request.body
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const made = await createApiKey(transaction, { scopes: [...new Set(scopes)], actor, actorPerRequest })
        return madeAnswer(made, await findApiKey(transaction, made.keyId))
      })
    },
  )
  app.get(
    '/api-keys',
    {
      schema: {
        operationId: 'listApiKeys',
        summary: 'Every API key',
        description: 'Scope `admin`. Oldest first, including revoked keys.',
        tags: ['keys'],
        querystring: PageQuery,
        response: { 200: KeyPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const pages = pagesOf(services, 'api-keys', {}, Position)
      const page = await pages.read(request.query, (limit, after) => listApiKeys(services.db, { limit, after }))
      if (!page) return refuseCursor(reply)
      return { api_keys: page.rows.map(keyView), next_cursor: page.nextCursor }
    },
  )
  app.get(
    '/api-keys/:id',
    {
      config: NAMES_KEY,
      schema: {
        operationId: 'getApiKey',
        summary: 'One API key',
        description: 'Scope `admin`.',
        tags: ['keys'],
        params: IdParameter,
        response: { 200: KeyView, ...problemResponses(...READ_PROBLEMS, 'api_key_not_found', 'path_too_long') },
      },
    },
    async (request, reply) => {
      const key = await findApiKey(services.db, request.params.id)
      return key ? keyView(key) : sendProblem(reply, UNKNOWN_KEY.problem, UNKNOWN_KEY)
    },
  )
  app.post(
    '/api-keys/:id/rotate',
    {
      config: NAMES_KEY,
      schema: {
        operationId: 'rotateApiKey',
        summary: 'Replace an API key',
        description:
          'Scope `admin`. The new key has the scopes of the old key, which stays valid for `overlap_seconds`. A key is ' +
          'replaced once; its replacement can be replaced in turn.',
        tags: ['keys'],
        params: IdParameter,
        body: RotateBody,
        response: {
          201: NewKeyView,
          ...problemResponses(
            ...WRITE_PROBLEMS,
            'api_key_not_found',
            'api_key_ended',
            'api_key_replaced',
            'path_too_long',
          ),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const rotation = await rotateApiKey(transaction, id, request.body.overlap_seconds)
        switch (rotation.kind) {
          case 'rotated':
            return madeAnswer(rotation.replacement, await findApiKey(transaction, rotation.replacement.keyId))
          case 'not_found':
            return UNKNOWN_KEY
          case 'ended':
            return { problem: 'api_key_ended', detail: `key ${id} was revoked or has expired: create a new key` }
          case 'replaced':
            return {
              problem: 'api_key_replaced',
              detail: `key ${rotation.by} has replaced it: use that key, or rotate it`,
            }
        }
      })
    },
  )
  app.post(
    '/api-keys/:id/revoke',
    {
      config: NAMES_KEY,
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        description:
          'Scope `admin`. In force from the next request, on every replica. A key that replaced it stays valid.',
        tags: ['keys'],
        params: IdParameter,
        response: { 200: KeyView, ...problemResponses(...WRITE_PROBLEMS, 'api_key_not_found', 'path_too_long') },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        await revokeApiKey(transaction, id)
        const key = await findApiKey(transaction, id)
        return key ? { status: 200, body: keyView(key) } : UNKNOWN_KEY
      })
    },
  )
}

function madeAnswer({ key }: NewApiKey, made: ApiKey | undefined): WriteAnswer {
  if (!made) throw new Error('the created key was not found')
  const headers = { location: `/v1/api-keys/${made.keyId}` }
  return { status: 201, body: { api_key: keyView(made), key }, headers, target: made.keyId }
}

function keyView(key: ApiKey): z.infer<typeof KeyView> {
  return {
    key_id: key.keyId,
    scopes: [...key.scopes],
    actor: key.actor,
    actor_per_request: key.actorPerRequest,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    replaces: key.replaces,
  }
}
