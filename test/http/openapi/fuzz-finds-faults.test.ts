import { type FastifyInstance, fastify } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../../scripts/fuzz/document.ts'
import { LIMIT_MS, threadCpuMs } from '../../../scripts/fuzz/main-thread.ts'
import { fuzz } from '../../../scripts/fuzz/run.ts'
import type { Finding } from '../../../scripts/fuzz/context.ts'

/** As a document is read from a service. */
function asRead(written: object): Document {
  return JSON.parse(JSON.stringify(written)) as Document
}

// A service with one fault in each call, which the fuzzer must find.
const problem = { description: 'a problem', content: { 'application/problem+json': { schema: { type: 'object' } } } }
const thing = {
  description: 'a thing',
  content: {
    'application/json': {
      schema: { type: 'object', properties: { thing_id: { type: 'integer' } }, required: ['thing_id'] },
    },
  },
}
const responses = { 200: thing, 400: problem, 401: problem, 403: problem, 404: problem }
const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1, maximum: 1000 } }
const size = {
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: { size: { type: 'integer', minimum: 1, maximum: 9 } },
        required: ['size'],
        additionalProperties: false,
      },
    },
  },
}
const document: Document = asRead({
  openapi: '3.1.0',
  info: { title: 'faulty', version: '1' },
  security: [{ key: [] }],
  paths: {
    '/v1/open': { get: { operationId: 'open', description: 'Scope `a:b`', responses } },
    '/v1/crashes': { get: { operationId: 'crashes', parameters: [{ ...id, name: 'q', in: 'query' }], responses } },
    '/v1/untold': { get: { operationId: 'untold', responses } },
    '/v1/misshapen': { get: { operationId: 'misshapen', responses } },
    '/v1/lenient': { post: { operationId: 'lenient', requestBody: size, responses } },
    '/v1/busy': { get: { operationId: 'busy', responses } },
    '/v1/strict': { post: { operationId: 'strict', requestBody: size, responses } },
    '/v1/things': { post: { operationId: 'makeThing', requestBody: size, responses } },
    '/v1/things/{thing_id}': {
      get: { operationId: 'getThing', parameters: [{ ...id, name: 'thing_id' }], responses },
      delete: { operationId: 'deleteThing', parameters: [{ ...id, name: 'thing_id' }], responses },
    },
  },
})

const GOOD = 'Bearer good'
let app: FastifyInstance
let findings: readonly Finding[]
beforeAll(async () => {
  app = fastify()
  const errors: string[] = []
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/v1/open' || request.headers.authorization === GOOD) return
    await refuse(reply.code(401), 401)
  })
  const refuse = (reply: { header(name: string, value: string): { send(body: object): unknown } }, status: number) =>
    reply
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send({ status, code: 'x', type: '/problems/x' })
  app.get('/v1/open', () => ({ thing_id: 1 }))
  app.get<{ Querystring: { q?: string } }>('/v1/crashes', ({ query }, reply) => {
    if (Number.isNaN(Number(query.q))) throw new Error('crashed')
    errors.push('hidden')
    return reply.send({ thing_id: 1 })
  })
  app.get('/v1/untold', (_, reply) => reply.code(204).send())
  app.get('/v1/misshapen', () => ({ thing: 1 }))
  app.post('/v1/lenient', () => ({ thing_id: 1 }))
  let busy = 6
  app.get('/v1/busy', () => {
    if ((busy -= 1) < 0) return { thing_id: 1 }
    const until = threadCpuMs() + 2 * LIMIT_MS
    while (threadCpuMs() < until);
    return { thing_id: 1 }
  })
  app.post('/v1/strict', (_, reply) => refuse(reply.code(400), 400))
  app.post('/v1/things', () => ({ thing_id: 7 }))
  app.get('/v1/things/:id', () => ({ thing_id: 7 }))
  app.delete('/v1/things/:id', () => ({ thing_id: 7 }))
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const keys = { full: 'good', revoked: 'revoked', without: () => 'lacking', ids: new Set<string>() }
  const service = { address, document, keys, takeErrors: () => errors.splice(0), close: () => app.close() }
  ;({ findings } = await fuzz(service, { cases: 120, seed: 1 }))
})
afterAll(() => app.close())

describe('the fuzzer finds', () => {
  it.each([
    ['a key that is not asked for', 'open', /answered 200 without a good key/],
    ['a scope that is not asked for', 'open', /answered 200 without the scope a:b/],
    ['a crash', 'crashes', /^answered 500/],
    ['an error that only the log knows', 'crashes', /logged an error: hidden/],
    ['a status that is not declared', 'untold', /status 204 is not declared/],
    ['an answer of another shape', 'misshapen', /must have required property 'thing_id'/],
    ['what is accepted and should be refused', 'lenient', /does not fit the document and is answered 200/],
    ['what is refused and should be accepted', 'strict', /fits the document and is refused: 400/],
    ['a method that is answered 404 instead of 405', 'open', /is answered 404 instead of 405/],
    ['what was deleted and is there still', 'getThing', /what was deleted is answered 200/],
    ['a request that holds the event loop', 'busy', /^held the event loop for \d+ ms/],
    ['an answer without the headers of every answer', 'open', /without X-Request-Id/],
  ])('%s', (_, operation, fault) => {
    const found = findings.filter((finding) => finding.operation === operation).map((finding) => finding.fault)
    expect(found).toContainEqual(expect.stringMatching(fault))
  })
})
