import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseFacts } from '../../core/facts/import/json-text.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type JsonLimits, shapeProblem } from '../../core/base/json-shape.ts'
import { AppError } from '../../errors.ts'
import { mayBeEmpty } from '../openapi/empty-bodies.ts'
import { pointerTo } from './validation.ts'

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i

/** Above the largest request: `POST /v1/scores` with 20,000 activities. */
const LIMITS: JsonLimits = { keys: 1000, members: 100_000 }
/** A row with too many keys is rejected by itself; only far more keys reject the body. */
const LIMITS_OF_FACTS: JsonLimits = { keys: 10_000, members: 250_000 }
/** A larger body is decoded, parsed and checked in separate turns of the event loop. */
const ONE_TURN_BYTES = 65_536

/**
 * Accepts JSON in UTF-8 only. Refuses input that `JSON.parse` accepts but later code cannot handle: invalid UTF-8, NUL, half
 * a surrogate pair, deep nesting, too many values.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  // Refuses `__proto__` and `constructor.prototype`.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (body.length === 0 && mayBeEmpty(request)) return undefined
    const text = await readText(request, body, LIMITS)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    void parseJson(request, text, (error, value) => (error ? reject(error) : resolve(value)))
    const value = await promise
    await unlessSmall(body)
    const bad = findBadText(value, [])
    if (bad) throw bad
    await unlessSmall(body)
    return value
  })
}

/**
 * Parses facts: invalid values reject single rows, not the whole body. A number with more digits than a double holds is
 * kept as text.
 */
export function acceptFactsAsJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const text = await readText(request, body, LIMITS_OF_FACTS)
    const value = parseBody(text)
    await unlessSmall(body)
    return value
  })
}

function parseBody(text: string): unknown {
  try {
    return parseFacts(text)
  } catch {
    throw new AppError('BodyRefused', 'the body must be one complete JSON value')
  }
}

/** Lines of JSON, as they arrive. */
export function acceptLinesOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-ndjson', (request, payload, done) => {
    const refusal = refusedHeaders(request.headers['content-type'], request.headers['content-encoding'])
    done(refusal ?? null, payload)
  })
}

/** @throws AppError if the body is not UTF-8 or exceeds the limits */
async function readText({ headers }: FastifyRequest, body: Buffer, limits: JsonLimits): Promise<string> {
  const refusal = refusedHeaders(headers['content-type'], headers['content-encoding'])
  if (refusal) throw refusal
  const text = decodeUtf8(body)
  const problem = shapeProblem(text, limits)
  if (problem !== undefined) throw new AppError('BodyRefused', `the body ${problem}`)
  await unlessSmall(body)
  return text
}

/** Yields to other requests. */
async function unlessSmall(body: Buffer): Promise<void> {
  if (body.length > ONE_TURN_BYTES) await nextTurn()
}

function refusedHeaders(contentType = '', contentEncoding = 'identity'): AppError | undefined {
  const charset = CHARSET.exec(contentType)?.[1]
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    return new AppError('MediaTypeRefused', `the body must be UTF-8, but its charset is ${JSON.stringify(charset)}`)
  }
  if (contentEncoding.toLowerCase() === 'identity') return undefined
  return new AppError('MediaTypeRefused', 'the body must not be compressed')
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new AppError('BodyRefused', 'the body must be UTF-8')
  }
}

function findBadText(value: unknown, path: readonly string[]): AppError | undefined {
  if (typeof value === 'string') return badText(value, path)
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, member] of Object.entries(value)) {
    const bad = badText(key, path) ?? findBadText(member, [...path, key])
    if (bad) return bad
  }
  return undefined
}

/** PostgreSQL stores neither NUL nor lone surrogates, which would silently become another character. */
function badText(text: string, path: readonly string[]): AppError | undefined {
  const at = () => ({ pointer: pointerTo(path) })
  if (text.includes('\0')) return new AppError('BodyRefused', 'must not contain NUL', at())
  if (text.isWellFormed()) return undefined
  return new AppError('BodyRefused', 'must not contain half of a surrogate pair', at())
}
