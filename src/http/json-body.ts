import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseFacts } from '../core/import/json-text.ts'
import { isDeeperThan, MOST_LEVELS } from '../core/json-depth.ts'
import { AppError } from '../errors.ts'
import { mayBeEmpty } from './empty-bodies.ts'
import { pointerTo } from './validation.ts'

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i

/**
 * JSON in UTF-8 is the only body there is. What `JSON.parse` would let through and something behind it would stumble
 * over is refused here: bytes that are not UTF-8, NUL, half a surrogate pair, deep nesting.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  // Refuses `__proto__` and `constructor.prototype`.
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0 && mayBeEmpty(request)) return done(null, undefined)
    const text = textOf(request, body)
    if (text instanceof AppError) return done(text)
    void parseJson(request, text, (error, value) => {
      if (error) return done(error)
      const bad = findBadText(value, [])
      return bad ? done(bad) : done(null, value)
    })
  })
}

/**
 * Facts as JSON: rows are refused one by one, and not the whole body for what one of them holds. A number of more digits than
 * a double holds is kept as it is written.
 */
export function acceptFactsAsJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const text = textOf(request, body)
    if (text instanceof AppError) return done(text)
    try {
      done(null, parseFacts(text))
    } catch {
      done(new AppError('BodyRefused', 'the body must be one JSON value that is complete'))
    }
  })
}

/** Lines of JSON, as they arrive. */
export function acceptLinesOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-ndjson', (request, payload, done) => {
    const refusal = refusedHeaders(request.headers['content-type'], request.headers['content-encoding'])
    done(refusal ?? null, payload)
  })
}

function textOf({ headers }: FastifyRequest, body: Buffer): string | AppError {
  const refusal = refusedHeaders(headers['content-type'], headers['content-encoding'])
  const text = refusal ?? decodeUtf8(body)
  if (text instanceof AppError || !isDeeperThan(text, MOST_LEVELS)) return text
  return new AppError('BodyRefused', `the body must not nest deeper than ${MOST_LEVELS} levels`)
}

function refusedHeaders(contentType = '', contentEncoding = 'identity'): AppError | undefined {
  const charset = CHARSET.exec(contentType)?.[1]
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    return new AppError('MediaTypeRefused', `the body must be UTF-8, its charset says ${JSON.stringify(charset)}`)
  }
  if (contentEncoding.toLowerCase() === 'identity') return undefined
  return new AppError('MediaTypeRefused', 'the body must not be compressed')
}

function decodeUtf8(body: Buffer): string | AppError {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return new AppError('BodyRefused', 'the body must be UTF-8')
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
