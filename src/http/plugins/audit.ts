import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { decodingsOf, holdsSecret, redactSecrets } from '../../core/base/secrets.ts'
import { insertAuditEntry } from '../../store/access/audit.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { actorOf } from './actor.ts'
import { databaseProblem } from '../../store/database/database-problem.ts'
import { isWrite } from '../scopes.ts'
import type { Services } from '../services.ts'

const MOST_TARGET = 400
/** Of one key, by one process. */
export const MOST_REFUSALS_A_MINUTE = 60
const MINUTE_MS = 60_000

declare module 'fastify' {
  interface FastifyRequest {
    /** An entry exists already, or none is needed. */
    isAudited: boolean
  }
}

/**
 * Writes an audit log entry for every write request with a valid key. Requests without effect have no transaction: their
 * entry is written before the answer. Refused requests are limited per minute, so that a faulty client cannot fill the disk.
 */
export function auditWrites(app: FastifyInstance, { db, logger }: Pick<Services, 'db' | 'logger'>): void {
  const isWithinLimit = countRefusals()
  app.decorateRequest('isAudited', false)
  app.addHook('onSend', async (request, reply) => {
    if (request.isAudited || !request.apiKey || reply.statusCode === 429) return
    if (!isWrite(request.method, request.routeOptions.url ?? '')) return
    if (reply.statusCode >= 400 && !isWithinLimit(request.apiKey.keyId)) return
    // A failed audit entry does not change the answer.
    await noteWrite(db, request, reply.statusCode).catch((error: unknown) => {
      // If the database is unavailable there was no write: the answer was 503.
      const level = databaseProblem(error) === undefined ? 'error' : 'warn'
      logger[level]({ err: error }, 'audit log entry not written')
    })
  })
}

function countRefusals(): (keyId: string) => boolean {
  const counts = new Map<string, number>()
  let began = performance.now()
  return (keyId) => {
    if (performance.now() - began > MINUTE_MS) {
      counts.clear()
      began = performance.now()
    }
    const count = (counts.get(keyId) ?? 0) + 1
    counts.set(keyId, count)
    return count <= MOST_REFUSALS_A_MINUTE
  }
}

/** @param target the id of the created object; default: the identifiers in the path */
export async function noteWrite(
  db: Kysely<Database>,
  request: FastifyRequest,
  status: number,
  target: string | null = targetOf(request),
): Promise<void> {
  if (!request.apiKey) throw new Error('a route without an API key is not audited')
  await insertAuditEntry(db, {
    requestId: request.id,
    keyId: request.apiKey.keyId,
    actor: actorOf(request),
    method: request.method,
    route: request.routeOptions.url ?? '',
    target,
    status,
  })
}

/** E-mail addresses, keys and secrets in identifiers are redacted. */
function targetOf({ params }: FastifyRequest): string | null {
  const values = typeof params === 'object' && params !== null ? Object.values(params).map(String) : []
  const shown = values.map(shownValue).join(' ')
  return shown === '' ? null : shown.slice(0, MOST_TARGET).toWellFormed()
}

function shownValue(value: string): string {
  if (decodingsOf(value).some((text) => text.includes('@'))) return '[e-mail]'
  const redacted = redactSecrets(storable(value))
  return holdsSecret(redacted) ? '[redacted]' : redacted
}

/** PostgreSQL does not store NUL. */
function storable(value: string): string {
  return value.replaceAll('\0', '\u2400')
}
