import type { FastifyRequest } from 'fastify'
import { Actor } from '../../core/access/actor.ts'
import type { ApiKey } from '../../store/access/api-keys.ts'
import type { FieldError, ProblemCode } from '../schemas/problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom the request names as acting, where its key allows that. */
    namedActor: string | undefined
  }
}

/** Who asks, for the record: whom the request names, else whom the key was made for, else the key. */
export function actorOf({ apiKey, namedActor }: FastifyRequest): string {
  if (!apiKey) throw new Error('only a route behind a key has an actor')
  return namedActor ?? apiKey.actor ?? `key ${apiKey.keyId}`
}

interface ActorRefusal {
  readonly problem: ProblemCode
  readonly detail: string
  readonly errors?: readonly FieldError[]
}

/** The header Winrate-Actor; beyond ASCII it is percent-encoded UTF-8, as headers carry nothing else safely. */
export function readActor(request: FastifyRequest, key: ApiKey): { readonly name: string } | ActorRefusal | undefined {
  const header = request.headers['winrate-actor']
  if (header === undefined) return undefined
  if (key.actor !== null && !key.actorPerRequest) {
    return { problem: 'actor_not_allowed', detail: `this key acts as "${key.actor}" only: leave Winrate-Actor out` }
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
