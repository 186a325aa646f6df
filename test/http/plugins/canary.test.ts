import { afterAll, beforeAll, expect, it } from 'vitest'
import { keyedRoutes, urlOf } from '../routes.ts'
import { expectSoundLog, startTestService, type TestService } from '../support.ts'

/** What a request may carry and a log must not: in a body, a path, a query, a header. */
const CANARIES = {
  email: 'canary.person@example.com',
  body: 'canary-in-the-body',
  query: 'canary-in-the-query',
  path: 'canary-in-the-path',
  idempotencyKey: 'canary-in-the-idempotency-key',
}

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

it('no key, e-mail address, body, query or identifier of any route reaches the log or the audit log', async () => {
  const key = await service.keyWith('admin')
  const bodies = [
    { email: CANARIES.email, [CANARIES.body]: { key } },
    { accounts: [{ external_id: CANARIES.email }], [CANARIES.body]: 1 },
    { inline: [{ name: CANARIES.body, contacts: [{ external_id: CANARIES.email }] }] },
    { scopes: ['score:read'], actor: CANARIES.email },
    { reason: CANARIES.body, force: true },
  ]
  for (const route of keyedRoutes(service.app)) {
    const headers = { 'idempotency-key': CANARIES.idempotencyKey, 'winrate-actor': CANARIES.email }
    for (const id of ['1', encodeURIComponent(CANARIES.email), CANARIES.path]) {
      const url = urlOf(route, id)
      await service.call({ method: route.method, url: `${url}?email=${CANARIES.query}&q=${CANARIES.email}` })
      if (route.method === 'GET') await service.call({ url, headers })
      else for (const payload of bodies) await service.call({ method: route.method, url, payload })
    }
    await service.call({ method: route.method, url: urlOf(route), key: `${key.slice(0, -1)}!`, headers })
    await service.call({ method: route.method, url: `${urlOf(route)}?api_key=${key}` })
    if (route.method !== 'GET') {
      const broken = { payload: `{"email":"${CANARIES.email}`, headers: { 'content-type': 'application/json' } }
      await service.call({ method: route.method, url: urlOf(route), ...broken })
    }
  }
  await service.call({ url: `/${CANARIES.path}/${CANARIES.email}` })
  const { rows } = await service.database.pool.query('select audit_entry::text as row from audit_entry')
  expect(rows.length).toBeGreaterThan(0)
  const log = service.log()
  expect(log).toContain('request answered')
  for (const secret of [key.slice(-42), ...Object.values(CANARIES)]) expect(log).not.toContain(secret)
  const audited = rows.map(({ row }) => row).join('\n')
  const { path: _, ...neverAudited } = CANARIES
  for (const secret of [key.slice(-42), ...Object.values(neverAudited)]) expect(audited).not.toContain(secret)
})

it('every test of the service looks through its log when it closes it', () => {
  expectSoundLog('{"msg":"request answered","keyId":"abcdef012345"}')
  const leaks = [
    `wrk_abcdef012345_${'A'.repeat(43)}`,
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw',
    'Ann <ann.lee@example.com>',
  ]
  for (const leak of leaks) expect(() => expectSoundLog(`{"err":"${leak}"}`)).toThrow('in the log')
  const twice = [
    '{"err":{"code":"FST_ERR_REP_ALREADY_SENT"}}',
    '{"msg":"Promise errored, but reply.sent = true was set"}',
  ]
  for (const line of twice) expect(() => expectSoundLog(`{}\n${line}\n`)).toThrow('answered twice')
})
