import fc from 'fast-check'
import type { Document, Operation, Schema } from './document.ts'
import { resolved } from './document.ts'
import { BAD_AUTHORIZATIONS, HOSTILE_BODIES, HOSTILE_TEXTS } from './hostile.ts'
import { anything, changedAt, fitting, placesIn, reference } from './values.ts'

/** What must be answered, where that can be said before. */
export type Expectation = 'accepted' | 'rejected' | 'unauthenticated' | 'forbidden' | 'wrong_method' | 'anything'

export interface FuzzRequest {
  readonly method: string
  readonly path: Readonly<Record<string, unknown>>
  readonly query: readonly (readonly [string, unknown])[]
  readonly headers: Readonly<Record<string, string>>
  /** Undefined: none. Text and bytes go out as they are, anything else as JSON. */
  readonly body: { readonly raw: string | Buffer } | { readonly json: unknown } | undefined
  /** The key with every scope, the one with every scope but the needed one, one that was revoked, or a header as it is. */
  readonly auth: 'full' | 'insufficient' | 'revoked' | { readonly header: string | undefined }
}

export interface FuzzCase {
  readonly kind: string
  readonly request: FuzzRequest
  /** `fits`: accepted where everything fits the document, else rejected. */
  readonly expected: Expectation | 'fits'
  /** The same request is sent twice under one Idempotency-Key. */
  readonly twice: boolean
}

const PROBABLE = { weight: 3 }
const WRONG_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const
const LARGEST_BODY_BYTES = 5 * 1_048_576

/** One request of an operation, in every way that a request can be right or wrong. */
export function casesOf(document: Document, operation: Operation, all: readonly Operation[]): fc.Arbitrary<FuzzCase> {
  const right = rightRequest(document, operation, all)
  const cases = [
    { weight: 8, arbitrary: right.map(caseOf('fitting', 'fits')) },
    { weight: 8, arbitrary: right.chain((request) => oneFault(operation, request)).map(caseOf('one fault', 'fits')) },
    { weight: 4, arbitrary: right.chain((request) => hostile(operation, request)).map(caseOf('hostile', 'anything')) },
    { weight: 1, arbitrary: right.chain(oddHeaders).map(caseOf('odd headers', 'anything')) },
    { weight: 1, arbitrary: right.chain((request) => large(operation, request)).map(caseOf('large', 'anything')) },
    { weight: 1, arbitrary: wrongMethod(operation, right).map(caseOf('wrong method', 'wrong_method')) },
  ]
  if (operation.needsKey) {
    const opensNothing = fc.constantFrom(...BAD_AUTHORIZATIONS).map((header) => ({ header }))
    cases.push(
      { weight: 1, arbitrary: withAuth(right, opensNothing).map(caseOf('bad key', 'unauthenticated')) },
      { weight: 1, arbitrary: withAuth(right, fc.constant('revoked')).map(caseOf('revoked key', 'unauthenticated')) },
      { weight: 1, arbitrary: withAuth(right, fc.constant('insufficient')).map(caseOf('lacking scope', 'forbidden')) },
      {
        weight: 1,
        arbitrary: right.chain((request) => oddQuery(operation, request)).map(caseOf('odd query', 'rejected')),
      },
    )
  }
  if (operation.body) {
    const { required } = operation.body
    const bodies = HOSTILE_BODIES.filter((body) => required || body.length > 0)
    const raw = fc.constantFrom(...bodies, 'x'.repeat(LARGEST_BODY_BYTES))
    const spoilt = fc.tuple(right, raw).map(([request, body]) => ({ ...request, body: { raw: body } }))
    const expected = operation.body.mediaType === 'application/json' ? 'rejected' : 'anything'
    cases.push(
      { weight: 1, arbitrary: spoilt.map(caseOf('spoilt body', expected)) },
      { weight: 1, arbitrary: right.chain(wrongMediaType).map(caseOf('wrong media type', 'rejected')) },
    )
  }
  if (takesIdempotencyKey(operation)) {
    const named = fc.tuple(right, fc.uuid()).map(([request, key]) => withHeader(request, 'idempotency-key', key))
    cases.push({
      weight: 2,
      arbitrary: named.map((request) => ({ kind: 'twice', request, expected: 'fits', twice: true })),
    })
  }
  return fc.oneof(...cases)
}

export function takesIdempotencyKey({ parameters }: Operation): boolean {
  return parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key')
}

function caseOf(kind: string, expected: FuzzCase['expected']) {
  return (request: FuzzRequest): FuzzCase => ({ kind, request, expected, twice: false })
}

function withHeader(request: FuzzRequest, name: string, value: string): FuzzRequest {
  return { ...request, headers: { ...request.headers, [name]: value } }
}

/** A request that fits the document in every part. */
export function rightRequest(
  document: Document,
  operation: Operation,
  all: readonly Operation[],
): fc.Arbitrary<FuzzRequest> {
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path')
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query')
  const path = fc.record(
    Object.fromEntries(
      inPath.map(({ name, schema, example }) => {
        const fits = fitting(document, (schema ?? {}) as Schema, name).filter((value) => String(value) !== '')
        const known = example === undefined ? fits : fc.oneof(fits, fc.constant(example as unknown))
        return [name, fc.oneof({ weight: 1, arbitrary: known }, { ...PROBABLE, arbitrary: reference(name) })]
      }),
    ),
  )
  const query = fc
    .record(
      Object.fromEntries(
        inQuery.map(({ name, schema, example }) => {
          // Waiting finds nothing and takes its time.
          if (name === 'wait') return [name, fc.constantFrom(0, 1)]
          const fits = fitting(document, (schema ?? {}) as Schema, name).filter((value) => textOf(value) !== '')
          const known = example === undefined ? fits : fc.oneof(fits, fc.constant(example as unknown))
          return [
            name,
            name.endsWith('cursor') ? fc.oneof(known, { ...PROBABLE, arbitrary: reference('next_cursor') }) : known,
          ]
        }),
      ),
      { requiredKeys: inQuery.filter(({ required }) => required).map(({ name }) => name) },
    )
    .map((chosen) => Object.entries(chosen))
  return fc.tuple(path, query, rightBody(document, operation, all)).map(([chosenPath, chosenQuery, body]) => ({
    method: operation.method,
    path: chosenPath,
    query: chosenQuery,
    headers: body && operation.body ? { 'content-type': operation.body.mediaType } : {},
    body,
    auth: 'full' as const,
  }))
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function rightBody(
  document: Document,
  { body, path }: Operation,
  all: readonly Operation[],
): fc.Arbitrary<FuzzRequest['body']> {
  if (!body) return fc.constant(undefined)
  if (body.mediaType === 'application/json') {
    const examples = body.examples.length > 0 ? [fc.constantFrom(...body.examples)] : []
    const given = fc.oneof(...examples, fitting(document, body.schema)).map((json) => ({ json }))
    return body.required ? given : fc.oneof({ ...PROBABLE, arbitrary: given }, fc.constant(undefined))
  }
  // Lines are rows as the batch of the same kind has them.
  const batch = all.find((other) => other.path === path.replace(/\/stream$/, '/batch'))
  const rows = batch?.body && (resolved(document, batch.body.schema).properties?.['rows'] as Schema | undefined)
  const text = rows
    ? fitting(document, rows).map((list) => (list as readonly unknown[]).map((row) => JSON.stringify(row)).join('\n'))
    : fc.string()
  return fc.oneof(text, fc.constantFrom(...body.examples.map(String), '')).map((raw) => ({ raw }))
}

/** One thing about the request is changed, which may make it wrong or leave it right. */
function oneFault(operation: Operation, request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  const choices: fc.Arbitrary<FuzzRequest>[] = []
  for (const name of Object.keys(request.path)) {
    choices.push(badText.map((value) => ({ ...request, path: { ...request.path, [name]: value } })))
  }
  for (const { name } of operation.parameters.filter(
    (parameter) => parameter.in === 'query' && parameter.name !== 'wait',
  )) {
    const others = request.query.filter(([key]) => key !== name)
    choices.push(badText.map((value) => ({ ...request, query: [...others, [name, value] as const] })))
  }
  const { body } = request
  if (body && 'json' in body) {
    const changed = (json: unknown): FuzzRequest => ({ ...request, body: { json } })
    const places = placesIn(body.json)
    const place = fc.constantFrom(...places)
    const members = places.filter((at) => at.length > 0)
    choices.push(
      fc.tuple(place, anything).map(([at, value]) => changed(changedAt(body.json, at, () => value))),
      fc
        .tuple(place, fc.constantFrom('no_such_field', 'is_admin', '__proto__x', 'Rows'))
        .map(([at, name]) =>
          changed(
            changedAt(body.json, at, (inner) => (isPlainObject(inner) ? { ...inner, [name]: 1 } : { [name]: inner })),
          ),
        ),
      place.map((at) =>
        changed(changedAt(body.json, at, (inner) => (Array.isArray(inner) ? [...inner, null] : [inner]))),
      ),
    )
    if (members.length > 0) {
      choices.push(fc.constantFrom(...members).map((at) => changed(changedAt(body.json, at, () => undefined))))
    }
  }
  return choices.length === 0 ? fc.constant(request) : fc.oneof(...choices)
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const badText = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  anything.map(textOf),
  fc.integer({ min: -5, max: 5 }).map(String),
)

/** Every text of the body, or one parameter, is something that breaks carelessly written services. */
function hostile(operation: Operation, request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  return fc
    .tuple(fc.array(fc.constantFrom(...HOSTILE_TEXTS), { minLength: 1, maxLength: 6 }), fc.boolean())
    .map(([texts, everywhere]) => {
      let at = 0
      const next = () => texts[(at += 1) % texts.length] ?? ''
      const spoil = (value: unknown): unknown => {
        if (typeof value === 'string') return everywhere || at === 0 ? next() : value
        if (Array.isArray(value)) return value.map(spoil)
        if (!isPlainObject(value) || '$pool' in value) return value
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoil(inner)]))
      }
      const { body } = request
      if (body && 'json' in body) return { ...request, body: { json: spoil(body.json) } }
      const names = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
      const query = names.map((name) => [name, next()] as const)
      const path = Object.fromEntries(Object.keys(request.path).map((name) => [name, next()]))
      return everywhere ? { ...request, query, path: request.path } : { ...request, path }
    })
}

const LARGE_BYTES = 900_000
const LARGE_QUERY = 10_000

/** As much as the limits let through, of one part of the request: whatever is done for each of many shows in the time. */
function large(operation: Operation, request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  const { body } = request
  if (!body) {
    const names = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
    return fc
      .tuple(fc.constantFrom('unknown', ...names), fc.constantFrom('a', 'a,', '1', '%', '2026-03-01'))
      .map(([name, text]) => ({
        ...request,
        query: [[name, text.repeat(LARGE_QUERY / encodeURIComponent(text).length)]],
      }))
  }
  if ('raw' in body) {
    const lines = fc.constantFrom(String(body.raw), '{}', '{"a":x}', `{"${'source_idx'.repeat(10)}":1}`)
    return lines.map((line) => ({ ...request, body: { raw: filled(line).join('\n') } }))
  }
  const places = fc.constantFrom(...placesIn(body.json))
  return fc.tuple(places, fc.constantFrom(...LARGER)).map(([at, larger]) => {
    return { ...request, body: { json: changedAt(body.json, at, larger) } }
  })
}

const LARGER: readonly ((inner: unknown) => unknown)[] = [
  (inner) => filled(inner),
  (inner) => (Array.isArray(inner) && inner.length > 0 ? filled(inner[0]) : filled('x')),
  (inner) => ({
    ...(isPlainObject(inner) && inner),
    ...Object.fromEntries(filled('key_12345').map((key, at) => [`${key}${at}`, 1])),
  }),
  (inner) => (typeof inner === 'string' && inner !== '' ? filled(inner).join('') : 'x'.repeat(LARGE_BYTES)),
]

/** So many copies that together they are large. */
function filled<Item>(item: Item): Item[] {
  const length = (JSON.stringify(item) ?? '').length
  return new Array<Item>(Math.ceil(LARGE_BYTES / (length + 10))).fill(item)
}

function withAuth(
  right: fc.Arbitrary<FuzzRequest>,
  auth: fc.Arbitrary<FuzzRequest['auth']>,
): fc.Arbitrary<FuzzRequest> {
  return fc.tuple(right, auth).map(([request, chosen]) => ({ ...request, auth: chosen }))
}

function wrongMethod(operation: Operation, right: fc.Arbitrary<FuzzRequest>): fc.Arbitrary<FuzzRequest> {
  const method = fc.constantFrom(...WRONG_METHODS.filter((candidate) => candidate !== operation.method))
  return fc
    .tuple(right, method)
    .map(([request, chosen]) => ({ ...request, method: chosen, headers: {}, body: undefined }))
}

function oddQuery(operation: Operation, request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  const known = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  const unknown = fc
    .constantFrom('no_such', 'Limit', 'limit[]', 'a[b]', '__proto__')
    .map((name) => [[name, '1']] as const)
  const twice = known.map((name) =>
    fc.constant([
      [name, '1'],
      [name, '2'],
    ] as const),
  )
  return fc.oneof(unknown, ...twice).map((query) => ({ ...request, query: [...request.query, ...query] }))
}

function wrongMediaType(request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'x',
    'application/json; charset=utf-16',
  ]
  // Without a body no media type is wrong.
  const isEmpty = request.body === undefined || ('raw' in request.body && request.body.raw === '')
  const body = isEmpty ? { raw: 'x' } : request.body
  return fc
    .constantFrom(...types)
    .map((type) => ({ ...request, body, headers: { ...request.headers, 'content-type': type } }))
}

/** Headers that are read, with what they must bear. */
function oddHeaders(request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  const name = fc.constantFrom(
    'if-match',
    'if-none-match',
    'accept',
    'idempotency-key',
    'winrate-actor',
    'x-forwarded-for',
    'traceparent',
    'range',
    'expect-ct',
    'content-encoding',
  )
  const value = fc.oneof(
    fc.constantFrom(
      '',
      '*',
      '"a"',
      'W/"a", "b"',
      ',',
      '%',
      '%00',
      '%E0%A4%A',
      'x'.repeat(300),
      'application/json;q=0',
      'text/html',
      'gzip',
      '00-0-0-00',
    ),
    fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '?')),
  )
  return fc.tuple(name, value).map(([header, text]) => withHeader(request, header, text))
}
