import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { type Document, type Operation, operationsOf, patternOf, type Schema } from './document.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | number | undefined>>
  readonly body: string
}

/** Answered before it is known which operation is meant. */
const BEFORE_ANY_ROUTE: ReadonlySet<number> = new Set([405, 431])

export type AnswerChecker = (method: string, url: string, answer: Answer) => readonly string[]

/** What is wrong with a value by its schema; undefined when nothing is. */
export type SchemaCheck = (schema: Schema, value: unknown) => string | undefined

/** Ajv as this project uses it: JSON Schema 2020-12 with the document's own components; formats are not looked at. */
export function schemaChecker(document: Document): SchemaCheck {
  return checkerBy(new Ajv2020({ strict: false, validateFormats: false }), document)
}

/** The same with the strictest formats: a value that passes must be accepted, one that does not may be. */
export function formatChecker(document: Document): SchemaCheck {
  const formats = {
    'date-time':
      /^(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,6})?Z$/,
    date: /^(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/,
  }
  return checkerBy(new Ajv2020({ strict: false, formats, logger: false }), document)
}

function checkerBy(ajv: Ajv2020, document: Document): SchemaCheck {
  const compiled = new Map<string, ValidateFunction>()
  return (schema, value) => {
    const text = JSON.stringify(schema)
    const validate = compiled.get(text) ?? ajv.compile({ ...schema, components: document.components })
    compiled.set(text, validate)
    return validate(value) ? undefined : ajv.errorsText(validate.errors)
  }
}

/** What of an answer the document does not declare, in words; empty when it is as declared. */
export function answerChecker(document: Document): AnswerChecker {
  const check = schemaChecker(document)
  const operations = operationsOf(document).map((operation) => ({ operation, pattern: patternOf(operation.path) }))
  return (method, url, answer) => {
    const path = url.replace(/\?.*/s, '')
    const asked = method === 'HEAD' ? 'GET' : method
    const fitting = operations.filter(({ operation, pattern }) => operation.method === asked && pattern.test(path))
    // A path without parameters goes first, as it does in the router.
    const operation = fitting.toSorted((one, other) => wildness(one.operation) - wildness(other.operation))[0]
      ?.operation
    const faults = answer.status >= 400 && answer.body !== '' ? problemFaults(answer) : []
    if (!operation || BEFORE_ANY_ROUTE.has(answer.status)) return faults
    return [...faults, ...answerFaults(check, operation, answer)].map((fault) => `${operation.id}: ${fault}`)
  }
}

function wildness({ path }: Operation): number {
  return path.split('{').length
}

function answerFaults(
  check: SchemaCheck,
  { responses }: Operation,
  { status, headers, body }: Answer,
): readonly string[] {
  const response = responses[status]
  if (!response) return [`status ${status} is not declared: ${excerpt(body)}`]
  const headerFaults = Object.entries(response.headers ?? {}).flatMap(([name, declared]) => {
    const value = headers[name.toLowerCase()]
    if (value === undefined)
      return 'required' in declared && declared.required ? [`${status} without header ${name}`] : []
    const schema = 'schema' in declared ? (declared.schema as Schema) : {}
    const fault = check(schema, schema.type === 'integer' ? Number(value) : String(value))
    return fault === undefined ? [] : [`${status} header ${name}: ${fault}`]
  })
  if (body === '') return headerFaults
  const contentType = String(headers['content-type'] ?? '')
  const mediaType = contentType.replace(/;.*/, '')
  const schema = response.content?.[mediaType]?.schema as Schema | undefined
  if (!schema) return [...headerFaults, `${status} declares no ${contentType}`]
  const said = mediaType.includes('json') ? parsed(body) : body
  const fault = check(schema, said)
  return fault === undefined ? headerFaults : [...headerFaults, `${status} ${mediaType}: ${fault} in ${excerpt(body)}`]
}

/** RFC 9457, and nothing of the inside. */
function problemFaults({ status, headers, body }: Answer): readonly string[] {
  if (headers['content-type'] !== 'application/problem+json; charset=utf-8') {
    return [`status ${status} as ${String(headers['content-type'])} instead of a problem document`]
  }
  const problem = parsed(body) as { readonly status?: unknown; readonly type?: unknown; readonly code?: unknown }
  const faults = [
    problem.status === status ? undefined : `status ${status}, its problem document says ${String(problem.status)}`,
    problem.type === `/problems/${String(problem.code)}` ? undefined : `problem type ${String(problem.type)}`,
    /node_modules|\.ts:|select |insert |\/src\//i.test(withoutQuotes(body))
      ? `internal text: ${excerpt(body)}`
      : undefined,
    status !== 503 || Number(headers['retry-after']) > 0 ? undefined : '503 without Retry-After',
  ]
  return faults.filter((fault) => fault !== undefined)
}

/** A problem quotes only what the caller sent. */
function withoutQuotes(body: string): string {
  return body.replaceAll(/\\"(?:[^"\\]|\\[^"])*\\"/g, '')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function excerpt(body: string): string {
  return body.length > 600 ? `${body.slice(0, 600)}…` : body
}
