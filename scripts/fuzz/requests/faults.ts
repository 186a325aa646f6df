// Requests with something wrong or unusual in them, made from one that fits.
import fc from 'fast-check'
import type { Operation } from '../document.ts'
import { HOSTILE_TEXTS } from './hostile.ts'
import { type FuzzRequest, textOf, withHeader } from './request.ts'
import { anything, changedAt, placesIn } from './values.ts'

const WRONG_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const

/** One thing about the request is changed, which may make it wrong or leave it right. */
export function oneFault(operation: Operation, request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
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
export function hostile(operation: Operation, request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
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

/** One part of the request as large as the limits allow: work for each element shows in the time. */
export function large(operation: Operation, request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
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

export function wrongMethod(operation: Operation, right: fc.Arbitrary<FuzzRequest>): fc.Arbitrary<FuzzRequest> {
  const method = fc.constantFrom(...WRONG_METHODS.filter((candidate) => candidate !== operation.method))
  return fc
    .tuple(right, method)
    .map(([request, chosen]) => ({ ...request, method: chosen, headers: {}, body: undefined }))
}

export function oddQuery(operation: Operation, request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
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

export function wrongMediaType(request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
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

/** Headers that the service reads, with values that it must withstand. */
export function oddHeaders(request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
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
