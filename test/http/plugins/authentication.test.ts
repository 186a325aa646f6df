import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKey, listApiKeys, revokeApiKey } from '../../../src/store/access/api-keys.ts'
import { startTestService, type TestService } from '../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

const url = '/v1/qualified-accounts'

describe('a call without a good key', () => {
  it('is 401 and says how to authenticate', async () => {
    const answer = await service.call({ url, key: null })
    expect(answer.json()).toMatchObject({ status: 401, code: 'unauthenticated' })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="winrate"')
  })

  it.each([
    'Bearer',
    'Bearer ',
    'Basic d3JrOng=',
    'Bearer x',
    `Bearer wrk_000000000000_${'A'.repeat(43)}`,
    `Bearer ${'x'.repeat(8000)}`,
  ])('is 401 with %.30s', async (authorization) => {
    const answer = await service.call({ url, key: null, headers: { authorization } })
    expect(answer.json()).toMatchObject({ status: 401, code: 'unauthenticated' })
  })

  it('is 401 before any other check of the request', async () => {
    const answer = await service.call({ method: 'POST', url: '/v1/scores', key: null, payload: 'nonsense' })
    expect(answer.statusCode).toBe(401)
  })
})

describe('a key', () => {
  it('is refused from the moment it is revoked', async () => {
    const { key, keyId } = await createApiKey(service.database.db, { scopes: ['qualified:read'] })
    expect((await service.call({ url, key })).statusCode).toBe(200)
    await revokeApiKey(service.database.db, keyId)
    expect((await service.call({ url, key })).statusCode).toBe(401)
  })

  it('in the query string is refused, also when a good one stands in the header', async () => {
    const key = await service.keyWith('qualified:read')
    for (const query of [`api_key=${key}`, `access_token=x`, `anything=${key}`, `cursor=${key}`]) {
      const answer = await service.call({ url: `${url}?${query}`, key })
      expect(answer.json()).toMatchObject({ status: 401, code: 'api_key_in_query' })
    }
  })

  it('never reaches the log, wherever it was sent', async () => {
    const key = await service.keyWith('qualified:read')
    await service.call({ url, key })
    await service.call({ url: `${url}?api_key=${key}` })
    await service.call({ url: `/v1/${key}` })
    expect(service.log()).toContain('request answered')
    expect(service.log()).not.toContain(key.slice(-43))
  })

  it('is noted as used', async () => {
    const { key, keyId } = await createApiKey(service.database.db, { scopes: ['qualified:read'] })
    const lastUsed = async () => (await listApiKeys(service.database.db)).find((row) => row.keyId === keyId)?.lastUsedAt
    await service.call({ url, key })
    const first = await lastUsed()
    expect(first).toMatch(/Z$/)
    await service.call({ url, key })
    expect(await lastUsed()).toBe(first)
  })
})

describe('every answer', () => {
  it('carries the security headers for browsers and caches', async () => {
    for (const path of [url, '/livez', '/none', '/%ff']) {
      const { headers } = await service.call({ url: path })
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' })
      expect(headers['content-security-policy']).toContain("default-src 'none'")
      expect(headers['x-powered-by']).toBeUndefined()
      expect(headers['cache-control']).toMatch(/no-store|no-cache/)
    }
  })
})
