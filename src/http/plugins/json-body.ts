import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseFacts } from '../../core/facts/import/json-text.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type JsonLimits, shapeProblem } from '../../core/base/json-shape.ts'
import { AppError } from '../../errors.ts'
import { mayBeEmpty } from '../openapi/empty-bodies.ts'
import { pointerTo } from './validation.ts'

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i

/** More than any request needs: `POST /v1/scores` with 20,000 activities. */
const LIMITS: JsonLimits = { keys: 1000, members: 100_000 }
/** A row of too many keys is to be refused by itself, unless it is out of all proportion. */
const LIMITS_OF_FACTS: JsonLimits = { keys: 10_000, members: 250_000 }
/** A larger body is decoded, parsed and checked in a turn of the event loop each. */
const ONE_TURN_BYTES = 65_536

/**
 * JSON in UTF-8 is the only body there is. What `JSON.parse` would let through and something behind it would stumble
 * over is refused here: bytes that are not UTF-8, NUL, half a surrogate pair, deep nesting, more values than any request has.
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
 * Facts as JSON: rows are refused one by one, and not the whole body for what one of them holds. A number of more digits than
 * a double holds is kept as it is written.
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
    throw new AppError('BodyRefused', 'the body must be one JSON value that is complete')
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

/** @throws AppError for what is not text, or more than may be */
async function readText({ headers }: FastifyRequest, body: Buffer, limits: JsonLimits): Promise<string> {
  const refusal = refusedHeaders(headers['content-type'], headers['content-encoding'])
  if (refusal) throw refusal
  const text = decodeUtf8(body)
  const problem = shapeProblem(text, limits)
  if (problem !== undefined) throw new AppError('BodyRefused', `the body ${problem}`)
  await unlessSmall(body)
  return text
}

/** Lets others go first. */
async function unlessSmall(body: Buffer): Promise<void> {
  if (body.length > ONE_TURN_BYTES) await nextTurn()
}

function refusedHeaders(contentType = '', contentEncoding = 'identity'): AppError | undefined {
  const charset = CHARSET.exec(contentType)?.[1]
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    return new AppError('MediaTypeRefused', `the body must be UTF-8, its charset says ${JSON.stringify(charset)}`)
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

/** PostgreSQL stores neither; a lone surrogate would silently become another character. */
function badText(text: string, path: readonly string[]): AppError | undefined {
  const at = () => ({ pointer: pointerTo(path) })
  if (text.includes('\0')) return new AppError('BodyRefused', 'must not contain NUL', at())
  if (text.isWellFormed()) return undefined
  return new AppError('BodyRefused', 'must not contain half of a surrogate pair', at())
}
