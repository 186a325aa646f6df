import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../../src/http/app.ts'
import { startTestService, type TestService } from '../support.ts'

const REQUESTS = 20
const FAILURES = 10
const url = '/v1/training-runs'
const BAD_KEY = `wrk_000000000000_${'A'.repeat(43)}`

let service: TestService
beforeAll(async () => {
  // Windows end when a test says so, not when the machine has taken a minute.
  vi.useFakeTimers({ toFake: ['Date'] })
  const limits = { requestsPerMinute: REQUESTS, failedKeysPerMinute: FAILURES }
  service = await startTestService({ limits, trustedProxies: ['10.0.0.0/8'] })
})
afterAll(async () => {
  vi.useRealTimers()
  await service.close()
})

const ask = async (key: string, count: number) =>
  await Promise.all(Array.from({ length: count }, () => service.call({ url, key })))

describe('the limit of a key', () => {
  it('admits its number of requests, and answers the next one 429 with Retry-After', async () => {
    const key = await service.keyWith('models:read')
    const answers = await ask(key, REQUESTS + 5)
    const passed = answers.filter(({ statusCode }) => statusCode === 200)
    const refused = answers.filter(({ statusCode }) => statusCode === 429)
    expect([passed.length, refused.length]).toEqual([REQUESTS, 5])
    for (const { headers } of answers) expect(headers['ratelimit-policy']).toBe(`"requests";q=${REQUESTS};w=60`)
    const remaining = passed.map(({ headers }) => Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]))
    expect(remaining.toSorted((one, other) => one - other)).toEqual([...Array(REQUESTS).keys()])
    for (const answer of refused) {
      expect(answer.json()).toMatchObject({ status: 429, code: 'rate_limited' })
      const after = String(answer.headers['retry-after'])
      expect(Number(after)).toBeGreaterThanOrEqual(1)
      expect(Number(after)).toBeLessThanOrEqual(60)
      // Of the two, Retry-After wins; they agree.
      expect(answer.headers.ratelimit).toBe(`"requests";r=0;t=${after}`)
    }
  })

  it('starts again after the minute', async () => {
    const key = await service.keyWith('models:read')
    const statuses = async (count: number) => (await ask(key, count)).map(({ statusCode }) => statusCode)
    expect(await statuses(REQUESTS)).toEqual(Array(REQUESTS).fill(200))
    vi.setSystemTime(Date.now() + 59_999)
    expect(await statuses(1)).toEqual([429])
    vi.setSystemTime(Date.now() + 1)
    expect(await statuses(REQUESTS)).toEqual(Array(REQUESTS).fill(200))
    expect(await statuses(1)).toEqual([429])
  })

  it('is its own for every key', async () => {
    await ask(await service.keyWith('models:read'), REQUESTS + 1)
    const [answer] = await ask(await service.keyWith('models:read'), 1)
    expect(answer?.statusCode).toBe(200)
  })

  it('counts forbidden requests, and no request to a path without a key', async () => {
    const key = await service.keyWith('score:read')
    const answers = await ask(key, REQUESTS + 1)
    expect(answers.filter(({ statusCode }) => statusCode === 403)).toHaveLength(REQUESTS)
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(1)
    for (let count = 0; count < REQUESTS + 1; count += 1) {
      expect((await service.call({ url: '/livez', key: null })).headers.ratelimit).toBeUndefined()
    }
  })

  it('applies to each process: two admit twice as many', async () => {
    const replica = await createApp(service.services)
    const key = await service.keyWith('models:read')
    await ask(key, REQUESTS)
    const answer = await replica.inject({ url, headers: { authorization: `Bearer ${key}` } })
    expect(answer.statusCode).toBe(200)
    await replica.close()
  })
})

describe('bad keys', () => {
  const tryBadKey = async (remoteAddress: string, headers: Record<string, string> = {}) =>
    await service.call({
      url,
      key: null,
      remoteAddress,
      headers: { authorization: `Bearer ${BAD_KEY}`, ...headers },
    })

  it('1,000 from one client are 401s, then 429s, and do not block valid keys of the same address', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 1000; count += 1) statuses.push((await tryBadKey('192.0.2.1')).statusCode)
    expect(statuses.slice(0, FAILURES)).toEqual(Array(FAILURES).fill(401))
    expect(new Set(statuses.slice(FAILURES))).toEqual(new Set([429]))
    const refused = await tryBadKey('192.0.2.1')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    const key = await service.keyWith('models:read')
    expect((await service.call({ url, key, remoteAddress: '192.0.2.1' })).statusCode).toBe(200)
  })

  it('2,000 refused requests have one log line each, without a stack', async () => {
    const before = service.log().length
    const asked = Array.from({ length: 2000 }, () =>
      service.app.inject({ url, remoteAddress: '192.0.2.3', headers: { authorization: `Bearer ${BAD_KEY}` } }),
    )
    const statuses = (await Promise.all(asked)).map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 401)).toHaveLength(FAILURES)
    expect(statuses.filter((status) => status === 429)).toHaveLength(2000 - FAILURES)
    const lines = service.log().slice(before).trimEnd().split('\n')
    expect(lines).toHaveLength(2000)
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ msg: 'request answered', keyId: null })
    expect(lines.join('')).not.toContain('stack')
  })

  it('are counted by client, which only a trusted proxy may name', async () => {
    const forwarded = (address: string) => ({ 'x-forwarded-for': address })
    for (let count = 0; count < FAILURES; count += 1) await tryBadKey('192.0.2.2', forwarded(`198.51.100.${count}`))
    expect((await tryBadKey('192.0.2.2', forwarded('198.51.100.99'))).statusCode).toBe(429)
    for (let count = 0; count < FAILURES; count += 1) await tryBadKey('10.1.2.3', forwarded('203.0.113.1'))
    expect((await tryBadKey('10.1.2.3', forwarded('203.0.113.1'))).statusCode).toBe(429)
    expect((await tryBadKey('10.1.2.3', forwarded('203.0.113.2'))).statusCode).toBe(401)
  })
})
