import type { FastifyRequest } from 'fastify'
import { Actor } from '../../core/access/actor.ts'
import type { ApiKey } from '../../store/access/api-keys.ts'
import type { FieldError, ProblemCode } from '../schemas/problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The actor that the request names, if its key allows that. */
    namedActor: string | undefined
  }
}

/** The actor of a request, for records: from the request, else from the key, else the key id. */
export function actorOf({ apiKey, namedActor }: FastifyRequest): string {
  if (!apiKey) throw new Error('a route without an API key has no actor')
  return namedActor ?? apiKey.actor ?? `key ${apiKey.keyId}`
}

interface ActorRefusal {
  readonly problem: ProblemCode
  readonly detail: string
  readonly errors?: readonly FieldError[]
}

/** The header Winrate-Actor; non-ASCII characters are percent-encoded UTF-8. */
export function readActor(request: FastifyRequest, key: ApiKey): { readonly name: string } | ActorRefusal | undefined {
  const header = request.headers['winrate-actor']
  if (header === undefined) return undefined
  if (key.actor !== null && !key.actorPerRequest) {
    return { problem: 'actor_not_allowed', detail: `this key acts as "${key.actor}" only: omit Winrate-Actor` }
  }
  const actor = Actor.safeParse(decoded(String(header)))
  if (actor.success) return { name: actor.data }
  const detail = actor.error.issues[0]?.message ?? 'is no name'
  const errors = [{ in: 'header' as const, pointer: '#/winrate-actor', detail }]
  return { problem: 'invalid_request', detail: `Winrate-Actor: ${detail}`, errors }
}

function decoded(header: string): string {
  try {
    return decodeURIComponent(header)
  } catch {
    return '\0'
  }
}
