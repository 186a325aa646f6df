import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../../src/http/app.ts'
import { createApiKey } from '../../../../src/store/access/api-keys.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

const post = (path: string, payload: object = {}) =>
  service.call({ method: 'POST', url: `/v1/api-keys${path}`, payload })
const get = (path = '') => service.call({ url: `/v1/api-keys${path}` })
const statusWith = async (key: string) => (await service.call({ url: '/v1/training-runs', key })).statusCode

async function make(payload: object = { scopes: ['models:read'], actor: 'crm' }) {
  const answer = await post('', payload)
  expect(answer.statusCode).toBe(201)
  return { ...answer.json(), location: answer.headers.location } as {
    readonly key: string
    readonly api_key: { readonly key_id: string; readonly expires_at: string | null }
    readonly location: string
  }
}

interface KeyPage {
  readonly api_keys: readonly { readonly key_id: string }[]
  readonly next_cursor: string | null
}

describe('POST /v1/api-keys', () => {
  it('creates a key for its scopes, and shows it once', async () => {
    const made = await make()
    expect(made.key).toMatch(/^wrk_[0-9a-z]{12}_[A-Za-z0-9_-]{43}$/)
    expect(await statusWith(made.key)).toBe(200)
    expect((await service.call({ url: '/v1/api-keys', key: made.key })).statusCode).toBe(403)
    const again = await service.call({ url: made.location })
    expect(again.json()).toMatchObject({ key_id: made.api_key.key_id, scopes: ['models:read'], actor: 'crm' })
    expect((await get('?limit=200')).body).not.toContain(made.key.slice(-43))
  })

  it.each([
    [{}, '#/scopes'],
    [{ scopes: [] }, '#/scopes'],
    [{ scopes: ['root'] }, '#/scopes/0'],
    [{ scopes: ['admin'], actor: 'ada@example.com' }, '#/actor'],
    [{ scopes: ['admin'], actor: 'two\nlines' }, '#/actor'],
    [{ scopes: ['admin'], key_id: 'chosen' }, '#/key_id'],
  ])('refuses %j at %s', async (payload, pointer) => {
    const answer = await post('', payload)
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ in: 'body', pointer }] })
  })
})

describe('POST /v1/api-keys/{id}/rotate', () => {
  it('accepts both keys during the overlap, then only the new one', async () => {
    const old = await make({ scopes: ['models:read'], actor: 'crm', actor_per_request: true })
    const { key_id: id } = old.api_key
    const rotated = await post(`/${id}/rotate`, { overlap_seconds: 3600 })
    expect(rotated.statusCode).toBe(201)
    const { key, api_key: view } = rotated.json()
    expect(view).toMatchObject({ scopes: ['models:read'], actor: 'crm', actor_per_request: true, replaces: id })
    expect([await statusWith(old.key), await statusWith(key)]).toEqual([200, 200])
    const left = Date.parse((await get(`/${id}`)).json().expires_at) - Date.now()
    expect(Math.abs(left - 3_600_000)).toBeLessThan(60_000)
    await service.database.pool.query('update api_key set expires_at = now() where key_id = $1', [id])
    expect([await statusWith(old.key), await statusWith(key)]).toEqual([401, 200])
  })

  it('without an overlap ends the old key at once; the default is seven days', async () => {
    const sudden = await make()
    await post(`/${sudden.api_key.key_id}/rotate`, { overlap_seconds: 0 })
    expect(await statusWith(sudden.key)).toBe(401)
    const slow = await make()
    await post(`/${slow.api_key.key_id}/rotate`)
    const { expires_at: expiresAt } = (await get(`/${slow.api_key.key_id}`)).json()
    expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(7)
  })

  it('replaces a key once, also under concurrent requests', async () => {
    const { key_id: id } = (await make()).api_key
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`/${id}/rotate`)))
    const made = answers.filter(({ statusCode }) => statusCode === 201).map((answer) => answer.json().api_key.key_id)
    expect(made).toHaveLength(1)
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 201)) {
      expect(answer.json()).toMatchObject({
        code: 'api_key_replaced',
        detail: `key ${made[0]} has replaced it: use that key, or rotate it`,
      })
    }
  })

  it('refuses a key that has ended, that does not exist, and an overlap of more than a year', async () => {
    const { key_id: id } = (await make()).api_key
    await post(`/${id}/revoke`)
    expect((await post(`/${id}/rotate`)).json()).toMatchObject({ code: 'api_key_ended' })
    expect((await post('/nobody/rotate')).json()).toMatchObject({ code: 'api_key_not_found' })
    expect((await post(`/${id}/rotate`, { overlap_seconds: 366 * 86_400 })).statusCode).toBe(400)
    expect((await post(`/${id}/rotate`, { overlap_seconds: -1 })).statusCode).toBe(400)
  })
})

describe('POST /v1/api-keys/{id}/revoke', () => {
  it('ends a key at once on every replica', async () => {
    const replica = await createApp(service.services)
    const { key, api_key: view } = await make()
    const onReplica = async () => {
      const headers = { authorization: `Bearer ${key}` }
      return (await replica.inject({ url: '/v1/training-runs', headers })).statusCode
    }
    expect(await onReplica()).toBe(200)
    const revoked = await post(`/${view.key_id}/revoke`)
    expect(revoked.json().revoked_at).toMatch(/Z$/)
    expect([await onReplica(), await statusWith(key)]).toEqual([401, 401])
    expect((await post(`/${view.key_id}/revoke`)).json().revoked_at).toBe(revoked.json().revoked_at)
    expect((await post('/nobody/revoke')).json()).toMatchObject({ code: 'api_key_not_found' })
    await replica.close()
  })
})

describe('GET /v1/api-keys', () => {
  it('has every key once, page by page', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: KeyPage = (await get(`?limit=3${cursor ? `&cursor=${cursor}` : ''}`)).json()
      seen.push(...page.api_keys.map(({ key_id: id }) => id))
      cursor = page.next_cursor
    } while (cursor)
    const { rows } = await service.database.pool.query('select key_id from api_key')
    expect(seen.toSorted()).toEqual(rows.map(({ key_id: id }) => id).toSorted())
    expect(new Set(seen).size).toBe(seen.length)
  })
})

describe('Winrate-Actor', () => {
  const train = async (grant: { actor?: string; actorPerRequest?: boolean }, actor: string) => {
    await service.database.pool.query('delete from training_run')
    const { key } = await createApiKey(service.database.db, { scopes: ['models:train'], ...grant })
    const headers = { 'winrate-actor': actor }
    return await service.call({ method: 'POST', url: '/v1/training-runs', payload: {}, key, headers })
  }

  it('names the actor if the key has none, or allows it', async () => {
    expect((await train({}, 'ada')).json().requested_by).toBe('ada')
    expect((await train({ actor: 'bdr tool', actorPerRequest: true }, 'J%C3%B6rg')).json().requested_by).toBe('Jörg')
  })

  it('is refused if the key has an actor', async () => {
    expect((await train({ actor: 'crm' }, 'ada')).json()).toMatchObject({ status: 403, code: 'actor_not_allowed' })
  })

  it.each(['', '%', '%0A', 'ada%40example.com', 'x'.repeat(201), '%ff'])(
    'is refused when it is %.10j',
    async (actor) => {
      expect((await train({}, actor)).json()).toMatchObject({
        status: 400,
        errors: [{ in: 'header', pointer: '#/winrate-actor' }],
      })
    },
  )
})
