import type { FastifyRequest } from 'fastify'

/** Who asks, for the record: whom the key was made for, else the key. */
export function actorOf({ apiKey }: FastifyRequest): string {
  if (!apiKey) throw new Error('only a route behind a key has an actor')
  return apiKey.actor ?? `key ${apiKey.keyId}`
}
