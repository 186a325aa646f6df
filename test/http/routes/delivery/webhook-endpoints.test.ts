import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { makeDeliveries } from '../../../../src/store/delivery/delivery-queue.ts'
import { appendEvents, lastSequence, sequenceEvents } from '../../../../src/store/delivery/events.ts'
import { MOST_ENDPOINTS } from '../../../../src/store/delivery/webhooks.ts'
import { insertAccount } from '../../../support/accounts.ts'
import { startTestService, type TestService } from '../../support.ts'

const URL = 'https://crm.example.com/hooks'
let service: TestService
let account: number

beforeAll(async () => {
  service = await startTestService({ webhookTargets: { ports: [443], loopback: ['127.0.0.1:4010'] } })
  account = await insertAccount(service.database.db, 'acme')
})
afterAll(() => service.close())
beforeEach(() => service.database.pool.query('delete from webhook_endpoint'))

const post = (path: string, payload: object = {}, headers: Record<string, string> = {}) =>
  service.call({ method: 'POST', url: `/v1${path}`, payload, headers })
const get = (path: string) => service.call({ url: `/v1${path}` })

async function create(
  changes: object = {},
): Promise<{ readonly id: string; readonly secret: string; readonly url: string }> {
  const answer = await post('/webhook-endpoints', { url: URL, ...changes })
  expect(answer.statusCode, answer.body).toBe(201)
  const { webhook_endpoint: endpoint, secret } = answer.json()
  expect(answer.headers['location']).toBe(`/v1/webhook-endpoints/${endpoint.webhook_endpoint_id}`)
  return { id: endpoint.webhook_endpoint_id, secret, url: endpoint.url }
}

async function happen(count: number): Promise<void> {
  const asOf = '2026-03-01T00:00:00.000000Z' as Instant
  const event = {
    type: 'account.qualified',
    accountId: account,
    motion: null,
    asOf,
    modelVersion: null,
    actor: null,
    payload: {},
  } as const
  const events = Array.from({ length: count }, () => event)
  await service.database.db.transaction().execute((transaction) => appendEvents(transaction, events))
  await sequenceEvents(service.database.db)
}

describe('a webhook endpoint', () => {
  it('is created, read, changed, disabled, enabled and deleted; its secret is returned once', async () => {
    const { id, secret } = await create({ description: 'CRM', event_types: ['account.qualified', 'account.qualified'] })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const shown = await get(`/webhook-endpoints/${id}`)
    expect(shown.json()).toMatchObject({
      url: URL,
      description: 'CRM',
      event_types: ['account.qualified'],
      state: 'enabled',
    })
    const changed = await service.call({
      method: 'PATCH',
      url: `/v1/webhook-endpoints/${id}`,
      payload: { description: null, event_types: null },
    })
    expect(changed.json()).toMatchObject({ url: URL, description: null, event_types: null })
    const untouched = await service.call({ method: 'PATCH', url: `/v1/webhook-endpoints/${id}`, payload: {} })
    expect(untouched.json()).toEqual(changed.json())
    const disabled = await post(`/webhook-endpoints/${id}/disable`)
    expect(disabled.json()).toMatchObject({ state: 'disabled', disabled_because: 'by_hand' })
    expect((await post(`/webhook-endpoints/${id}/enable`)).json()).toMatchObject({
      state: 'enabled',
      disabled_at: null,
    })
    const listed = await get('/webhook-endpoints')
    expect(listed.json().webhook_endpoints).toHaveLength(1)
    expect((await service.call({ method: 'DELETE', url: `/v1/webhook-endpoints/${id}` })).statusCode).toBe(200)
    for (const answer of [shown, changed, disabled, listed]) expect(answer.body).not.toContain(secret)
    expect(service.log()).not.toContain(secret)
    const calls = [
      get(`/webhook-endpoints/${id}`),
      service.call({ method: 'PATCH', url: `/v1/webhook-endpoints/${id}`, payload: { description: 'x' } }),
      service.call({ method: 'DELETE', url: `/v1/webhook-endpoints/${id}` }),
      ...['enable', 'disable', 'rotate-secret', 'replay'].map((what) => post(`/webhook-endpoints/${id}/${what}`)),
    ]
    for (const answer of await Promise.all(calls)) {
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'webhook_endpoint_not_found'])
    }
  })

  it('gets a new secret, and both sign during the overlap', async () => {
    const { id, secret } = await create()
    const rotated = (await post(`/webhook-endpoints/${id}/rotate-secret`, { overlap_seconds: 3600 })).json()
    expect(rotated.secret).not.toBe(secret)
    const until = Date.parse(rotated.webhook_endpoint.previous_secret_until)
    expect(until - Date.now()).toBeGreaterThan(3_500_000)
  })

  it('created twice under one Idempotency-Key is one endpoint, with one secret', async () => {
    const headers = { 'idempotency-key': 'one-endpoint' }
    const [first, second] = [
      await post('/webhook-endpoints', { url: URL }, headers),
      await post('/webhook-endpoints', { url: URL }, headers),
    ]
    expect(second.json()).toEqual(first.json())
    expect((await get('/webhook-endpoints')).json().webhook_endpoints).toHaveLength(1)
  })

  it('is stored in its normalised form', async () => {
    const { id, url } = await create({ url: 'https://CRM.Example.com:443/a/../hook' })
    expect(url).toBe('https://crm.example.com/hook')
    const payload = { url: 'https://bücher.example' }
    const changed = await service.call({ method: 'PATCH', url: `/v1/webhook-endpoints/${id}`, payload })
    expect(changed.json().url).toBe('https://xn--bcher-kva.example/')
  })

  it('is refused if its address is internal, and allowed on this machine only if the operator lists it', async () => {
    const { id } = await create({ url: 'http://127.0.0.1:4010/hook' })
    for (const url of [
      'https://169.254.169.254/',
      'http://127.0.0.1:4011/',
      'https://localhost/',
      'https://a.b:22/',
      'x',
      'https://u:p@a.b/',
      'https://a.example\\@127.0.0.1/',
      'https:a.example/',
      'https://a\u3002example/',
    ]) {
      const calls = [
        post('/webhook-endpoints', { url }),
        service.call({ method: 'PATCH', url: `/v1/webhook-endpoints/${id}`, payload: { url } }),
      ]
      for (const answer of await Promise.all(calls)) {
        expect([url, answer.statusCode]).toEqual([url, 400])
        expect(answer.json().errors).toMatchObject([{ in: 'body', pointer: '#/url' }])
      }
    }
    for (const payload of [
      { url: URL, event_types: [] },
      { url: URL, event_types: ['holdout.assigned'] },
      { url: URL, secret: 'x' },
      { url: 7 },
      {},
    ]) {
      expect((await post('/webhook-endpoints', payload)).statusCode).toBe(400)
    }
  })

  it('is one of fifty at most', async () => {
    for (let made = 0; made < MOST_ENDPOINTS; made += 1) await create()
    const answer = await post('/webhook-endpoints', { url: URL })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'too_many_webhook_endpoints'])
  })
})

describe('deliveries', () => {
  it('are listed by endpoint, state and event, page by page, and replayed one by one or as a range', async () => {
    const [{ id }, { id: other }] = [await create(), await create()]
    await happen(5)
    for (const endpoint of [id, other]) await makeDeliveries(service.database.db, endpoint)
    await service.database.pool.query(
      `update delivery set state = 'dead', next_attempt_at = null, attempts = 10, last_status = 500 where webhook_endpoint_id = $1`,
      [id],
    )
    const query = `webhook_endpoint_id=${id}&state=dead`
    const first = (await get(`/deliveries?${query}&limit=3`)).json()
    const second = (await get(`/deliveries?${query}&limit=3&cursor=${first.next_cursor}`)).json()
    const dead = [...first.deliveries, ...second.deliveries]
    expect(dead).toHaveLength(5)
    expect(second.next_cursor).toBeNull()
    expect((await get(`/deliveries?state=dead&limit=3&cursor=${first.next_cursor}`)).json().code).toBe('invalid_cursor')
    expect((await get(`/deliveries?event_id=${dead[0].event_id}`)).json().deliveries).toHaveLength(2)
    const one = await post(`/deliveries/${dead[0].delivery_id}/replay`)
    expect(one.json()).toMatchObject({ state: 'waiting', attempts: 0, message_id: dead[0].message_id })
    expect((await get(`/deliveries/${dead[0].delivery_id}`)).json()).toEqual(one.json())
    const last = await lastSequence(service.database.db)
    const range = await post(`/webhook-endpoints/${id}/replay`, { after: last - 4, up_to: last - 2 })
    expect(range.json()).toEqual({ replayed: 2, next_after: null })
    expect((await get(`/deliveries?${query}`)).json().deliveries).toHaveLength(2)
    expect((await post('/deliveries/999999999/replay')).json().code).toBe('delivery_not_found')
    expect((await get('/deliveries/999999999')).json().code).toBe('delivery_not_found')
  })
})
