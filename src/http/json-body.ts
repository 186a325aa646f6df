import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'
import { pointerTo } from './validation.ts'

const MOST_LEVELS = 32
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
    const refusal = refusedHeaders(request.headers['content-type'], request.headers['content-encoding'])
    if (refusal) return done(refusal)
    const text = decodeUtf8(body)
    if (text instanceof AppError) return done(text)
    if (isDeeperThan(text, MOST_LEVELS)) {
      return done(new AppError('BodyRefused', `the body must not nest deeper than ${MOST_LEVELS} levels`))
    }
    void parseJson(request, text, (error, value) => {
      if (error) return done(error)
      const bad = findBadText(value, [])
      return bad ? done(bad) : done(null, value)
    })
  })
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

/** Counts brackets outside of strings, before anything recursive sees them. */
function isDeeperThan(json: string, limit: number): boolean {
  let level = 0
  let inString = false
  for (let index = 0; index < json.length; index += 1) {
    const character = json.charAt(index)
    if (inString) {
      if (character === '\\') index += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') {
      level += 1
      if (level > limit) return true
    } else if (character === '}' || character === ']') level -= 1
  }
  return false
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
  if (text.includes('\0')) return new AppError('BodyRefused', `${pointerTo(path)} must not contain NUL`)
  if (text.isWellFormed()) return undefined
  return new AppError('BodyRefused', `${pointerTo(path)} must not contain half of a surrogate pair`)
}
