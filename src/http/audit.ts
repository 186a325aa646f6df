import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { insertAuditEntry } from '../store/audit.ts'
import type { Database } from '../store/schema.ts'
import { actorOf } from './actor.ts'
import { databaseProblem } from './error-handler.ts'
import { isWrite } from './scopes.ts'
import type { Services } from './services.ts'

const MOST_TARGET = 400

declare module 'fastify' {
  interface FastifyRequest {
    /** The audit log has it already, or needs no entry of it: nothing was written. */
    isAudited: boolean
  }
}

/** Every write with a good key is in the audit log: what had no effect, and so no transaction, before it is answered. */
export function auditWrites(app: FastifyInstance, { db, logger }: Pick<Services, 'db' | 'logger'>): void {
  app.decorateRequest('isAudited', false)
  app.addHook('onSend', async (request, reply) => {
    if (request.isAudited || !request.apiKey || reply.statusCode === 429) return
    if (!isWrite(request.method, request.routeOptions.url ?? '')) return
    // The answer says what happened; that it could not be noted does not change it.
    await noteWrite(db, request, reply.statusCode).catch((error: unknown) => {
      // With the database away there was no write either: the request was answered 503.
      const level = databaseProblem(error) === undefined ? 'error' : 'warn'
      logger[level]({ err: error }, 'a write is missing in the audit log')
    })
  })
}

/** @param target of what was made; otherwise the identifiers in the path */
export async function noteWrite(
  db: Kysely<Database>,
  request: FastifyRequest,
  status: number,
  target: string | null = targetOf(request),
): Promise<void> {
  if (!request.apiKey) throw new Error('only a route behind a key is audited')
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

/** An identifier that is an e-mail address is a person's: it is not kept. */
function targetOf({ params }: FastifyRequest): string | null {
  const values = typeof params === 'object' && params !== null ? Object.values(params).map(String) : []
  const shown = values.map((value) => (value.includes('@') ? '[e-mail]' : storable(value))).join(' ')
  return shown === '' ? null : shown.slice(0, MOST_TARGET).toWellFormed()
}

/** A path may hold NUL, which the database does not. */
function storable(value: string): string {
  return value.replaceAll('\0', '\u2400')
}
