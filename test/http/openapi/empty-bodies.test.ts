import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Document, eachOperation } from '../../../src/http/openapi/openapi-document.ts'
import { startTestService, type TestService } from '../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

/** Nothing, in every way that clients send it. */
const NOTHING = [
  ['without a header', {}],
  ['as JSON of no bytes', { headers: { 'content-type': 'application/json' }, payload: '' }],
  ['as a form, as by `curl -d ""`', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: '' }],
] as const

const optional: string[] = []
const required: string[] = []
beforeAll(() => {
  eachOperation(service.app.swagger() as Document, ({ requestBody }, path, method) => {
    if (method !== 'post' || path.endsWith('/stream') || (requestBody && '$ref' in requestBody)) return
    const url = path
      .replace('{external_id}', 'A1')
      .replace('{version}', 'm-1')
      .replace(/\{\w+\}/, '1')
    ;(requestBody?.required ? required : optional).push(url)
  })
})

describe('a request without a body', () => {
  it.each(NOTHING)('sent %s counts as {} where no field is required', async (_name, nothing) => {
    expect(optional).toEqual(expect.arrayContaining(['/v1/training-runs', '/v1/qualified-accounts/1/claim']))
    for (const url of optional) {
      const { statusCode } = await service.call({ method: 'POST', url, ...nothing })
      expect([400, 415], url).not.toContain(statusCode)
    }
  })

  it.each(NOTHING)('sent %s is 400 where a field is required', async (_name, nothing) => {
    expect(required).toEqual(expect.arrayContaining(['/v1/scores', '/v1/qualified-accounts/1/reject']))
    for (const url of required) {
      const answer = await service.call({ method: 'POST', url, ...nothing })
      expect({ url, status: answer.statusCode }).toEqual({ url, status: isForm(nothing) ? 415 : 400 })
    }
  })

  it('is the same write as {} under an Idempotency-Key', async () => {
    const { json } = await service.call({ method: 'POST', url: '/v1/api-keys', payload: { scopes: ['score:read'] } })
    const url = `/v1/api-keys/${json().api_key.key_id}/rotate`
    const write = { method: 'POST' as const, url, headers: { 'idempotency-key': 'same' } }
    const first = await service.call({ ...write, payload: {} })
    const again = await service.call(write)
    expect(first.statusCode).toBe(201)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expect(again.body).toBe(first.body)
  })
})

function isForm(nothing: object): boolean {
  return JSON.stringify(nothing).includes('form')
}
