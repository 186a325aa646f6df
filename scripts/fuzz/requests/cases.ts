import fc from 'fast-check'
import { type Document, type Operation, resolved, type Schema } from '../document.ts'
import { hostile, large, oddHeaders, oddQuery, oneFault, wrongMediaType, wrongMethod } from './faults.ts'
import { BAD_AUTHORIZATIONS, HOSTILE_BODIES } from './hostile.ts'
import { type FuzzCase, type FuzzRequest, textOf, withHeader } from './request.ts'
import { fitting, reference } from './values.ts'

const PROBABLE = { weight: 3 }
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

function withAuth(
  right: fc.Arbitrary<FuzzRequest>,
  auth: fc.Arbitrary<FuzzRequest['auth']>,
): fc.Arbitrary<FuzzRequest> {
  return fc.tuple(right, auth).map(([request, chosen]) => ({ ...request, auth: chosen }))
}
