import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemaChecker } from '../../../scripts/fuzz/conformance.ts'
import { type Document, operationsOf, type Schema } from '../../../scripts/fuzz/document.ts'
import { toOpenApi30 } from '../../../src/http/openapi/openapi-3-0.ts'
import { startTestService, type TestService } from '../support.ts'

let service: TestService
let document: Document
beforeAll(async () => {
  service = await startTestService()
  document = (await service.call({ url: '/openapi.json', key: null })).json()
})
afterAll(() => service.close())

/** As OpenAPI 3.0 says null. */
const NOTHING = { type: 'string', nullable: true, enum: [null] }

async function faultsOf(given: Document): Promise<unknown> {
  const validator = new Validator()
  const { valid, errors } = await validator.validate({ ...structuredClone(given) })
  return valid ? `valid ${validator.version}` : errors
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(await faultsOf(document)).toBe('valid 3.1')
  })

  it('has an example of every body and of every answer that succeeds, and each fits its schema', () => {
    const check = schemaChecker(document)
    for (const { id, body, responses } of operationsOf(document)) {
      if (body) expect(body.examples.length, id).toBeGreaterThan(0)
      for (const [status, { content = {} }] of Object.entries(responses)) {
        if (!status.startsWith('2')) continue
        for (const { example, schema } of Object.values(content)) {
          expect(example, `${id} ${status}`).toBeDefined()
          expect(check(schema as Schema, example), `${id} ${status} ${JSON.stringify(example)}`).toBeUndefined()
        }
      }
    }
  })

  it('declares If-None-Match for each call that may answer 304', () => {
    const conditional = operationsOf(document).filter(({ responses }) => '304' in responses)
    for (const { id, parameters } of conditional)
      expect(
        parameters.map(({ name }) => name),
        id,
      ).toContain('if-none-match')
    expect(conditional.length).toBeGreaterThanOrEqual(5)
  })

  it('states the scope that each call with a key needs', () => {
    const keyed = operationsOf(document).filter(({ needsKey }) => needsKey)
    expect(keyed.filter(({ scope }) => scope === undefined).map(({ id }) => id)).toEqual([])
    expect(keyed.length).toBeGreaterThan(50)
  })
})

describe('a response that does not depend on the key', () => {
  it.each([
    ['/openapi.json', 'application/json'],
    ['/openapi-3.0.json', 'application/json'],
    ['/docs/json', 'application/json'],
    ['/docs/yaml', 'application/x-yaml'],
  ])('%s is 304 for a client that has it', async (url, mediaType) => {
    const first = await service.app.inject(url)
    expect(first.statusCode).toBe(200)
    expect(first.headers).toMatchObject({ 'content-type': `${mediaType}; charset=utf-8`, 'cache-control': 'no-cache' })
    const etag = String(first.headers['etag'])
    expect(etag).toMatch(/^"[\w-]{27}"$/)
    const again = await service.app.inject({ url, headers: { 'if-none-match': etag } })
    expect(again).toMatchObject({ statusCode: 304, body: '' })
    expect(again.headers['etag']).toBe(etag)
    const other = await service.app.inject({ url, headers: { 'if-none-match': '"other"' } })
    expect(other).toMatchObject({ statusCode: 200, body: first.body })
  })
})

describe('the same as OpenAPI 3.0', () => {
  it('is valid OpenAPI 3.0 with the same calls', async () => {
    const old: Document = (await service.call({ url: '/openapi-3.0.json', key: null })).json()
    expect(await faultsOf(old)).toBe('valid 3.0')
    expect(operationsOf(old).map(({ id }) => id)).toEqual(operationsOf(document).map(({ id }) => id))
  })

  it('uses no keyword of 3.1', async () => {
    const text = JSON.stringify((await service.call({ url: '/openapi-3.0.json', key: null })).json().components)
    for (const word of ['"const":', '"type":["', '"type":"null"', '"propertyNames":', '"$defs":'])
      expect(text).not.toContain(word)
  })

  it.each([
    [{ type: ['string', 'null'] }, { type: 'string', nullable: true }],
    [
      { type: ['string', 'null'], enum: ['a'] },
      { type: 'string', nullable: true, enum: ['a', null] },
    ],
    [{ type: ['string', 'number'] }, { anyOf: [{ type: 'string' }, { type: 'number' }] }],
    [{ anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }] }, { type: 'integer', minimum: 1, nullable: true }],
    [{ type: 'null' }, NOTHING],
    [
      { const: null, description: 'b' },
      { description: 'b', ...NOTHING },
    ],
    [{ enum: ['a', 'b'] }, { type: 'string', enum: ['a', 'b'] }],
    [{ type: ['string', 'number', 'null'] }, { anyOf: [{ type: 'string' }, { type: 'number' }, NOTHING] }],
    [{ anyOf: [{ $ref: '#/a' }, { type: 'null' }] }, { anyOf: [{ $ref: '#/a' }, NOTHING] }],
    [
      { description: 'b', anyOf: [{ $ref: '#/a' }, { type: 'null' }] },
      { description: 'b', anyOf: [{ $ref: '#/a' }, NOTHING] },
    ],
    [
      { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }] },
      { type: 'string', nullable: true, enum: ['a', null] },
    ],
    [
      { anyOf: [{ type: 'string' }, { $ref: '#/a' }, { type: 'null' }] },
      { anyOf: [{ type: 'string' }, { $ref: '#/a' }, NOTHING] },
    ],
    [
      { oneOf: [{ $ref: '#/a' }, { $ref: '#/b' }, { type: 'null' }] },
      { oneOf: [{ $ref: '#/a' }, { $ref: '#/b' }, NOTHING] },
    ],
    [
      { anyOf: [{ anyOf: [{ $ref: '#/a' }, { $ref: '#/b' }] }, { type: 'null' }] },
      { anyOf: [{ $ref: '#/a' }, { $ref: '#/b' }, NOTHING] },
    ],
    [
      { type: ['object', 'null'], anyOf: [{ required: ['a'] }] },
      { anyOf: [{ type: 'object', anyOf: [{ required: ['a'] }] }, NOTHING] },
    ],
    [
      { type: 'string', anyOf: [{ format: 'date' }] },
      { type: 'string', anyOf: [{ type: 'string', format: 'date' }] },
    ],
    [
      { type: 'object', additionalProperties: {} },
      { type: 'object', additionalProperties: true },
    ],
    [
      { type: 'number', exclusiveMinimum: 0 },
      { type: 'number', minimum: 0, exclusiveMinimum: true },
    ],
    [
      { type: 'string', const: 'x', examples: ['x', 'y'] },
      { type: 'string', enum: ['x'], example: 'x' },
    ],
    [
      { $ref: '#/a', description: 'b' },
      { description: 'b', allOf: [{ $ref: '#/a' }] },
    ],
    [{ type: 'array' }, { type: 'array', items: {} }],
  ])('says %j as %j', (schema, expected) => {
    expect(toOpenApi30({ components: { schemas: { one: schema } } })['components']).toEqual({
      schemas: { one: expected },
    })
  })
})
