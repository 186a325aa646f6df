import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemaChecker } from '../../scripts/fuzz/conformance.ts'
import { type Document, operationsOf, type Schema } from '../../scripts/fuzz/document.ts'
import { toOpenApi30 } from '../../src/http/openapi-3-0.ts'
import { startTestService, type TestService } from './support.ts'

let service: TestService
let document: Document
beforeAll(async () => {
  service = await startTestService()
  document = (await service.call({ url: '/openapi.json', key: null })).json()
})
afterAll(() => service.close())

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

  it('says which scope each call behind a key needs', () => {
    const keyed = operationsOf(document).filter(({ needsKey }) => needsKey)
    expect(keyed.filter(({ scope }) => scope === undefined).map(({ id }) => id)).toEqual([])
    expect(keyed.length).toBeGreaterThan(50)
  })
})

describe('the same as OpenAPI 3.0', () => {
  it('is valid OpenAPI 3.0 with the same calls', async () => {
    const old: Document = (await service.call({ url: '/openapi-3.0.json', key: null })).json()
    expect(await faultsOf(old)).toBe('valid 3.0')
    expect(operationsOf(old).map(({ id }) => id)).toEqual(operationsOf(document).map(({ id }) => id))
  })

  it('has no word that only 3.1 knows', async () => {
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
    [{ anyOf: [{ $ref: '#/a' }, { type: 'null' }] }, { allOf: [{ $ref: '#/a' }], nullable: true }],
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
