import type { FastifySchemaCompiler } from 'fastify'
import { z } from 'zod'
import { shownName } from '../../core/base/did-you-mean.ts'
import type { FieldError } from '../schemas/problems.ts'

const MOST_ERRORS = 20

/** zod's own error reaches the error handler whole, which makes JSON pointers of it. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const isText = httpPart === 'querystring' || httpPart === 'params'
    const empty = isText ? emptyParameters(data) : []
    if (empty.length > 0) return { error: new z.ZodRealError(empty) }
    const result = schema.safeParse(data)
    return result.success ? { value: result.data } : { error: result.error }
  }

/** A parameter without a value would be read as the number 0. */
function emptyParameters(query: unknown): z.core.$ZodIssue[] {
  const entries = typeof query === 'object' && query !== null ? Object.entries(query) : []
  return entries
    .filter(([, value]) => value === '')
    .map(([name]) => ({ code: 'custom', path: [name], message: 'must have a value', input: '' }))
}

const PLACES: Readonly<Record<string, FieldError['in']>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
}

/** @param context where Fastify found the error: body, querystring, params */
export function fieldErrors(error: z.ZodError, context: string | undefined): readonly FieldError[] {
  const place = PLACES[context ?? 'body'] ?? 'body'
  return firstLeaves(error.issues, []).map(({ path, message }) => ({
    in: place,
    pointer: pointerTo(path),
    detail: message,
  }))
}

/** One line for people: the first error, and how many there are. */
export function summary(errors: readonly FieldError[]): string {
  const [first] = errors
  if (!first) return 'the request does not match its schema'
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return `${first.pointer.slice(2) || first.in}: ${first.detail}${more}`
}

/** RFC 6901 in a URI fragment; `#` is the whole. What is longer than any name of ours is cut. */
export function pointerTo(path: readonly PropertyKey[]): string {
  const parts = path.map((part) =>
    encodeURIComponent(shownName(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')),
  )
  return ['#', ...parts].join('/')
}

function firstLeaves(issues: readonly z.core.$ZodIssue[], path: readonly PropertyKey[]): readonly Leaf[] {
  const found: Leaf[] = []
  for (const issue of issues) {
    if (found.length >= MOST_ERRORS) break
    found.push(...leaves(issue, path))
  }
  return found.slice(0, MOST_ERRORS)
}

interface Leaf {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/**
 * A union's error says only that nothing fits. What helps is what is wrong with the branch that was meant: the one that
 * knows and finds its keys, and among those the one that fits furthest. Without such a branch the union's own message says it.
 */
function leaves(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): readonly Leaf[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MOST_ERRORS).map((key) => ({ path: [...path, key], message: 'unknown' }))
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path, message: issue.message }]
  const branches = issue.errors.toSorted((one, other) => misfit(one) - misfit(other) || depth(other) - depth(one))
  const best = branches[0] ?? []
  if (misfit(best) > 0) return [{ path, message: issue.message }]
  return firstLeaves(best, path)
}

/** How many of a branch's issues say that another branch was meant: keys it does not know, or keys that it misses. */
function misfit(issues: readonly z.core.$ZodIssue[]): number {
  return issues.filter(
    ({ code, path, message }) =>
      (path.length === 0 && code !== 'invalid_union') || (path.length === 1 && message.endsWith('received undefined')),
  ).length
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length))
}
