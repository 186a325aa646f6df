import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { grants } from '../../core/access/scopes.ts'
import { holdsSecret, API_KEY_PREFIX } from '../../core/base/secrets.ts'
import type { Services } from '../services.ts'
import { AppError } from '../../errors.ts'
import { batchLoader } from '../../async/batch-loader.ts'
import { type ApiKey, listApiKeysByText, touchApiKeys } from '../../store/access/api-keys.ts'
import { readActor } from './actor.ts'
import { sendProblem } from '../schemas/problems.ts'
import { countRequests } from './rate-limit.ts'
import { scopeOf } from '../scopes.ts'

const BEARER = /^Bearer +(\S+) *$/i
const TOUCH_AFTER_MS = 60_000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The path names an API key, by id or by the whole key. */
    namesKey?: boolean
  }
  interface FastifyRequest {
    /** The key of the request: set on every route under /v1 before its handler runs. */
    apiKey: ApiKey | undefined
    /** For long requests. @throws AppError KeyEnded if the key was revoked or has expired since the request began */
    requireKeyStill: () => Promise<void>
  }
}

/** Requires a key with the scope of the route on every route of the plugin, and applies the key's limits. */
export async function requireApiKey(
  app: FastifyInstance,
  services: Pick<Services, 'db' | 'logger' | 'now' | 'limits'>,
): Promise<void> {
  const { db, logger, now } = services
  const limits = await countRequests(app, services)
  // Looked up for every request: a revocation applies to the next request on every replica.
  const findKey = batchLoader((texts: readonly string[]) => listApiKeysByText(db, texts))
  const touchKey = batchLoader(async (keyIds: readonly string[]) => {
    await touchApiKeys(db, keyIds)
    return new Map<string, never>()
  })
  app.decorateRequest('apiKey', undefined)
  app.decorateRequest('namedActor', undefined)
  app.decorateRequest('requireKeyStill', async function requireKeyStill(this: FastifyRequest) {
    if (!(await findKey(keyTextOf(this) ?? ''))) throw new AppError('KeyEnded', 'the key was revoked or has expired')
  })
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) scopeOf(method, route.url)
  })
  app.addHook('onRequest', async (request, reply) => {
    if (hasKeyInQuery(request) || hasKeyInPath(request)) {
      return sendProblem(reply, 'api_key_in_query', { detail: KEY_IN_URL })
    }
    const text = keyTextOf(request)
    const key = text === undefined ? undefined : await findKey(text)
    // Only failures are counted by address: other clients behind the same proxy are not affected.
    if (!key) {
      return (await limits.refuseFailure(request, reply)) ? reply : refuse(reply, text !== undefined)
    }
    request.apiKey = key
    if (await limits.refuseRequest(request, reply)) return reply
    const scope = scopeOf(request.method, request.routeOptions.url ?? '')
    if (!grants(key.scopes, scope)) {
      reply.header('www-authenticate', `Bearer realm="winrate", error="insufficient_scope", scope="${scope}"`)
      return sendProblem(reply, 'insufficient_scope', { detail: `the request needs a key with the scope ${scope}` })
    }
    const actor = readActor(request, key)
    if (actor && 'problem' in actor) return sendProblem(reply, actor.problem, actor)
    request.namedActor = actor?.name
    if (key.lastUsedAt === null || Date.parse(now()) - Date.parse(key.lastUsedAt) > TOUCH_AFTER_MS) {
      // Reads continue if the database cannot write.
      await touchKey(key.keyId).catch((error: unknown) => logger.warn({ err: error }, 'api key use not noted'))
    }
  })
}

/** The key of the Authorization header. */
export function keyTextOf(request: FastifyRequest): string | undefined {
  return BEARER.exec(request.headers.authorization ?? '')?.[1]
}

const KEY_IN_URL = 'URLs are stored in logs and histories: revoke this key, and send keys as Authorization: Bearer'

function refuse(reply: FastifyReply, given: boolean): FastifyReply {
  reply.header('www-authenticate', `Bearer realm="winrate"${given ? ', error="invalid_token"' : ''}`)
  const detail = given ? 'the key is unknown, revoked or expired' : 'send Authorization: Bearer <key>'
  return sendProblem(reply, 'unauthenticated', { detail })
}

/** Whether the query has a parameter named like a key, or a key or webhook secret in any parameter. */
function hasKeyInQuery(request: FastifyRequest): boolean {
  const query = request.query
  if (typeof query !== 'object' || query === null) return false
  return Object.entries(query).some(
    ([name, value]) =>
      /^(?:api[-_]?key|access_token|token|key)$/i.test(name) ||
      String(value).includes(API_KEY_PREFIX) ||
      holdsSecret(String(value)),
  )
}

/** Whether a path parameter holds a key or a webhook secret. */
function hasKeyInPath({ params, routeOptions }: FastifyRequest): boolean {
  if (routeOptions.config.namesKey || typeof params !== 'object' || params === null) return false
  return Object.values(params).some((value) => holdsSecret(String(value)))
}
