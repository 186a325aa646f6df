import type { FastifySchemaCompiler } from 'fastify'
import { z } from 'zod'
import { shownName } from '../../core/base/did-you-mean.ts'
import type { FieldError } from '../schemas/problems.ts'

const MOST_ERRORS = 20

/** Passes zod's error to the error handler, which makes JSON pointers of it. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const isText = httpPart === 'querystring' || httpPart === 'params'
    const empty = isText ? emptyParameters(data) : []
    if (empty.length > 0) return { error: new z.ZodRealError(empty) }
    const result = schema.safeParse(data)
    return result.success ? { value: result.data } : { error: result.error }
  }

/** Refuses a parameter without a value, which would be read as the number 0. */
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

/** One line: the first error and the number of further ones. */
export function summary(errors: readonly FieldError[]): string {
  const [first] = errors
  if (!first) return 'the request does not match its schema'
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return `${first.pointer.slice(2) || first.in}: ${first.detail}${more}`
}

/** JSON Pointer (RFC 6901) as a URI fragment; `#` is the whole document. Long names are cut. */
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
 * The issues of the branch of a union that was meant: the branch whose keys match, and among those the one with the deepest
 * match. Without such a branch, the union's own message.
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

/** The number of issues with unknown or missing keys: they mean that another branch was meant. */
function misfit(issues: readonly z.core.$ZodIssue[]): number {
  return issues.filter(
    ({ code, path, message }) =>
      (path.length === 0 && code !== 'invalid_union') || (path.length === 1 && message.endsWith('received undefined')),
  ).length
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length))
}
