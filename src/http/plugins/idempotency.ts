import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import {
  ANSWERS_ARE_KEPT_HOURS,
  type ClientWrite,
  findKeptAnswer,
  keepAnswer,
  tryToBegin,
} from '../../store/access/idempotency.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inTransactionIf } from '../../store/database/transactions.ts'
import { noteWrite } from './audit.ts'
import { keyTextOf } from './authentication.ts'
import { sendJsonText } from '../schemas/json-text.ts'
import { type ProblemCode, type ProblemOccurrence, problemResponses, sendProblem } from '../schemas/problems.ts'
import { type Answer, fingerprintOf, openAnswer, sealAnswer, sha256Bytes } from './encrypted-answer.ts'
import { isWrite } from '../scopes.ts'
import type { Services } from '../services.ts'

/** draft-ietf-httpapi-idempotency-key-header: a quoted string; many clients omit the quotes. */
export const IdempotencyKey = z
  .string()
  .max(257)
  .regex(
    /^(?:"[!#-+\--[\]-~]{1,255}"|[!#-+\--[\]-~]{1,255})$/,
    'must be 1 to 255 visible ASCII characters without comma, quote or backslash',
  )
  .describe(
    'Identifies this write, so that it can be repeated safely: for ' +
      `${ANSWERS_ARE_KEPT_HOURS} hours a repetition returns the first answer and has no effect. Use a UUID.`,
  )
  .meta({ examples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'] })

const WriteHeaders = z.looseObject({
  'idempotency-key': IdempotencyKey.optional(),
  'winrate-actor': z
    .string()
    .optional()
    .describe('The actor, if the key allows naming one: a name or an id, with non-ASCII characters percent-encoded.'),
})

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route stores rows with ids of their own in several transactions and does not accept Idempotency-Key. */
    streams?: boolean
  }
}

/** Adds these headers to every write of the plugin, and 429 to every route. */
export function describeWrites(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (!route.schema) return
    const isNamed = [route.method].flat().every((method) => isWrite(method, route.url)) && !route.config?.streams
    const codes: ProblemCode[] = isNamed ? ['rate_limited', 'idempotency_key_reused'] : ['rate_limited']
    route.schema.response = { ...problemResponses(...codes), ...objectOf(route.schema.response) }
    if (isNamed) route.schema.headers ??= WriteHeaders
  })
}

function objectOf(response: unknown): object {
  return typeof response === 'object' && response !== null ? response : {}
}

export type WriteAnswer =
  | {
      readonly status: 200 | 201 | 202
      /** Matches the response schema of this status. */
      readonly body: unknown
      readonly headers?: Readonly<Record<string, string>>
      /** The id of the created object, for the audit log. Default: the ids in the path. */
      readonly target?: string
    }
  | (ProblemOccurrence & { readonly problem: ProblemCode; readonly headers?: Readonly<Record<string, string>> })

/**
 * Answers a write: `work`, the entry in the audit log and, with an Idempotency-Key, the kept answer are one transaction.
 * `work` writes through the transaction that it is given and nothing else. When it throws or answers a problem nothing has
 * happened, and nothing is kept: the same key may be used for another try.
 */
export async function inIdempotentWrite(
  { db }: Pick<Services, 'db'>,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (transaction: Kysely<Database>) => Promise<WriteAnswer>,
): Promise<FastifyReply> {
  const named = namedWrite(request)
  const kept = named && (await findKeptAnswer(db, named.write))
  const result = kept
    ? replay(named, kept)
    : await inTransactionIf<WriteResult>(
        db,
        ({ isKept }) => isKept,
        async (transaction) => {
          if (named && !(await tryToBegin(transaction, named.write))) return { isKept: false, ...IN_PROGRESS }
          // It may have been answered since the first lookup.
          const keptSince = named && (await findKeptAnswer(transaction, named.write))
          if (keptSince) return replay(named, keptSince)
          return await perform(transaction, request, reply, work, named)
        },
      )
  request.isAudited = result.isKept || result.isReplay === true
  return send(reply, result)
}

interface NamedWrite {
  readonly write: ClientWrite
  readonly keyText: string
  readonly fingerprint: Buffer
}

type WriteResult = { readonly isKept: boolean; readonly isReplay?: boolean } & (
  | { readonly answer: Answer }
  | { readonly answer?: never; readonly problem: Extract<WriteAnswer, { readonly problem: ProblemCode }> }
)

const IN_PROGRESS = {
  problem: {
    problem: 'idempotency_in_progress',
    detail: 'the first request with this Idempotency-Key is still running: repeat the request after Retry-After',
    headers: { 'retry-after': '1' },
  },
} as const
const REUSED = {
  problem: {
    problem: 'idempotency_key_reused',
    detail: 'this Idempotency-Key was used for another request: use a new one for a new write',
  },
} as const

function namedWrite(request: FastifyRequest): NamedWrite | undefined {
  const header = request.headers['idempotency-key']
  const keyText = keyTextOf(request)
  if (header === undefined || !request.apiKey || keyText === undefined) return undefined
  const idempotencyKey = String(header).replaceAll('"', '')
  const { method, url, body = null } = request
  const { 'if-match': ifMatch = null, 'winrate-actor': actor = null } = request.headers
  return {
    write: { keyId: request.apiKey.keyId, idempotencyKeySha256: sha256Bytes(idempotencyKey) },
    keyText,
    fingerprint: fingerprintOf(keyText, [method, url, ifMatch, actor, body]),
  }
}

function replay(
  { keyText, fingerprint }: NamedWrite,
  kept: { readonly fingerprint: Buffer; readonly sealedAnswer: Buffer },
): WriteResult {
  if (!kept.fingerprint.equals(fingerprint)) return { isKept: false, ...REUSED }
  return { isKept: false, isReplay: true, answer: openAnswer(keyText, kept.sealedAnswer) }
}

async function perform(
  transaction: Kysely<Database>,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (transaction: Kysely<Database>) => Promise<WriteAnswer>,
  named: NamedWrite | undefined,
): Promise<WriteResult> {
  const answered = await work(transaction)
  if ('problem' in answered) return { isKept: false, problem: answered }
  const { status, headers = {}, target } = answered
  // Serialized before the commit: an answer that does not match its schema rolls the write back.
  const body = reply.code(status).serialize(answered.body)
  if (typeof body !== 'string') throw new TypeError('a write must be answered with JSON')
  const answer = { status, headers: { ...headers }, body }
  await noteWrite(transaction, request, status, target)
  if (named) {
    const sealedAnswer = sealAnswer(named.keyText, answer)
    await keepAnswer(transaction, named.write, { fingerprint: named.fingerprint, sealedAnswer })
  }
  return { isKept: true, answer }
}

function send(reply: FastifyReply, result: WriteResult): FastifyReply {
  if (!result.answer) {
    const { problem, headers = {}, ...occurrence } = result.problem
    return sendProblem(reply.headers(headers), problem, occurrence)
  }
  const { status, headers, body } = result.answer
  if (result.isReplay) reply.header('idempotency-replayed', 'true')
  return sendJsonText(reply.code(status).headers(headers), body)
}
