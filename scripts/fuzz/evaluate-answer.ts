import { textOf } from './requests/request.ts'
import type { Answer, SchemaCheck } from './conformance.ts'
import { type Document, type Operation, type Schema } from './document.ts'
import type { WireRequest } from './send.ts'

/** A request with its values in place. */
export interface ConcreteRequest {
  readonly path: Readonly<Record<string, unknown>>
  readonly query: readonly (readonly [string, unknown])[]
  readonly json: { readonly value: unknown } | undefined
  readonly wire: WireRequest
}

export type Fit = 'right' | 'wrong' | 'unknown'

export interface Checks {
  readonly check: SchemaCheck
  readonly checkFormats: SchemaCheck
}

/** Whether a request fits the document: if so it must be accepted, otherwise refused. */
export function fitOf(checks: Checks, operation: Operation, request: ConcreteRequest): Fit {
  const { check } = checks
  const fits: Fit[] = []
  for (const [name, value] of Object.entries(request.path)) {
    const declared = operation.parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)
    fits.push(textFit(check, (declared?.schema ?? {}) as Schema, String(value)))
  }
  const names = request.query.map(([name]) => name)
  if (new Set(names).size < names.length) return 'wrong'
  for (const [name, value] of request.query) {
    const declared = operation.parameters.find((parameter) => parameter.in === 'query' && parameter.name === name)
    const text = textOf(value)
    fits.push(!declared || text === '' ? 'wrong' : textFit(check, (declared.schema ?? {}) as Schema, text))
  }
  if (operation.body && request.json) fits.push(bodyFit(checks, operation.body.schema, request.json.value))
  if (fits.includes('wrong')) return 'wrong'
  return fits.includes('unknown') ? 'unknown' : 'right'
}

/** Parameters travel as text. */
function textFit(check: SchemaCheck, schema: Schema, text: string): Fit {
  // Dots and slashes can lead to another route; NUL and halves of characters no text of ours may hold.
  if (/^\.{0,2}$|[/\\?#]/.test(text)) return 'unknown'
  if (text.includes('\0') || !text.isWellFormed()) return 'unknown'
  const isNumeric = schema.type === 'integer' || schema.type === 'number'
  if (!isNumeric) return check(schema, text) === undefined ? (isVague(schema) ? 'unknown' : 'right') : 'wrong'
  // docs/api.md: decimal digits, an integer in its canonical form.
  const decimal = schema.type === 'integer' ? /^(?:0|-?[1-9]\d*)$/ : /^-?\d+(?:\.\d+)?$/
  if (!decimal.test(text)) return 'wrong'
  return check(schema, Number(text)) === undefined ? 'right' : 'wrong'
}

/** Formats are not checked here, so a text that has one may be wrong all the same. */
function isVague(schema: Schema): boolean {
  const branches = (schema.anyOf ?? schema.oneOf ?? []) as readonly Schema[]
  return schema.format !== undefined || branches.some(isVague)
}

function bodyFit({ check, checkFormats }: Checks, schema: Schema, value: unknown): Fit {
  const text = JSON.stringify(value)
  if (/\\u0000|\\ud[89a-f]/i.test(text)) return 'unknown'
  if (check(schema, value) === undefined) return checkFormats(schema, value) === undefined ? 'right' : 'unknown'
  return isReadLeniently(value) ? 'unknown' : 'wrong'
}

/** Rows are read as files are: numbers as texts, null for unknown. What is wrong about one is in its own result. */
function isReadLeniently(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('rows' in value) || !Array.isArray(value.rows)) return false
  return (
    value.rows.length > 0 &&
    value.rows.length <= 1000 &&
    Object.keys(value).every((name) => name === 'rows' || name === 'atomic') &&
    (!('atomic' in value) || typeof value.atomic === 'boolean')
  )
}

/** Refused, as a whole or in any of its rows. */
export function isRejected({ status, body }: Answer): boolean {
  if (status >= 400) return true
  const answer = jsonOf(body)
  if (typeof answer !== 'object' || answer === null) return false
  if ('rejected' in answer && Number(answer.rejected) > 0) return true
  const results = 'results' in answer && Array.isArray(answer.results) ? (answer.results as readonly unknown[]) : []
  return results.some((row) => typeof row === 'object' && row !== null && 'status' in row && row.status === 'invalid')
}

/** Reasons to refuse a request that fits the document, which no schema can express. */
const RULES: readonly { readonly code: string; readonly detail: RegExp }[] = [
  { code: 'invalid_cursor', detail: /./ },
  { code: 'invalid_request', detail: /must not (?:lie in the future|be later than now)|must lie before/ },
  { code: 'invalid_request', detail: /is required if/ },
  // A text of nothing but spaces, which are taken off first.
  { code: 'invalid_request', detail: /Too small: expected string to have >=1 / },
  { code: 'invalid_request', detail: /must be one of/ },
  // Fields and operators of filters are checked against what the company has.
  { code: 'invalid_request', detail: /^filter\b/ },
  { code: 'invalid_request', detail: /^url: / },
]
const STATE_STATUSES: ReadonlySet<number> = new Set([304, 404, 409, 412, 422, 428, 429])

export function isAccepted({ status, body }: Answer): boolean {
  if (status < 400 || STATE_STATUSES.has(status)) return true
  const problem = jsonOf(body) as { readonly code?: string; readonly detail?: string } | undefined
  return RULES.some(({ code, detail }) => problem?.code === code && detail.test(problem.detail ?? ''))
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The methods that the document declares for a path as it was sent. */
export function methodsAt(document: Document, url: string): readonly string[] {
  const path = url.replace(/\?.*/s, '')
  const found = Object.entries(document.paths ?? {}).flatMap(([template, item]) => {
    const pattern = new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
    return pattern.test(path) ? Object.keys(item ?? {}).map((method) => method.toUpperCase()) : []
  })
  return [...new Set([...found, ...(found.includes('GET') ? ['HEAD'] : [])])].toSorted()
}
