import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Document, type Operation, operationsOf } from '../../../scripts/fuzz/document.ts'
import { createApiKey } from '../../../src/store/access/api-keys.ts'
import { startTestService, type TestService } from '../support.ts'

let service: TestService
let admin: string
/** Keys and secrets that no record may hold, by where they were sent. */
const canaries: string[] = []
const newKey = async () => {
  const made = await createApiKey(service.database.db, { scopes: ['score:read'] })
  canaries.push(made.key.slice(-43))
  return made
}

beforeAll(async () => {
  service = await startTestService()
  admin = await service.keyWith('admin')
})
afterAll(() => service.close())

const ask = (method: string, url: string, payload?: unknown) =>
  service.app.inject({
    method: method as 'GET',
    url,
    headers: { authorization: `Bearer ${admin}` },
    ...(payload === undefined ? {} : { payload: payload as object }),
  })

const PASSWORD = 'hunter2-in-a-url'

describe('a key, a webhook secret or a password in a URL', () => {
  it('is in no log or audit entry, in whatever parameter or field it was sent', async () => {
    const { key } = await newKey()
    const secret = `whsec_${Buffer.from(randomUUID()).toString('base64')}`
    canaries.push(secret.slice(6, 30), PASSWORD)
    const values = [key, secret, `https://user:${PASSWORD}@example.com/x`]
    const document = JSON.parse(JSON.stringify(service.app.swagger())) as Document
    const operations = operationsOf(document).filter(({ needsKey }) => needsKey)
    expect(operations.length).toBeGreaterThan(50)
    let sent = 0
    for (const operation of operations) {
      for (const value of values) {
        for (const [url, payload] of variants(operation, value)) {
          const { statusCode, body } = await ask(operation.method, url, payload)
          expect(statusCode, `${operation.method} ${url}: ${body}`).not.toBe(500)
          sent += 1
        }
      }
    }
    expect(sent).toBeGreaterThan(500)
    const { rows } = await service.database.pool.query<{ row: string }>('select a::text as row from audit_entry a')
    expect(rows.length).toBeGreaterThan(20)
    const records = `${rows.map(({ row }) => row).join('\n')}\n${service.log()}`
    for (const canary of canaries) expect(records).not.toContain(canary)
  }, 120_000)
})

/** One call for each parameter and each text in the body, with the value in its place. */
function* variants(operation: Operation, value: string): Generator<readonly [url: string, payload?: unknown]> {
  const { path, parameters, body } = operation
  const plain = path.replaceAll(/\{[^}]+\}/g, '1')
  const payload = body?.examples[0] ?? (body && {})
  for (const { name, in: place } of parameters) {
    if (place === 'path') {
      const url = path.replaceAll(/\{([^}]+)\}/g, (_, other) => (other === name ? encodeURIComponent(value) : '1'))
      yield [url, payload]
    }
    if (place === 'query') yield [`${plain}?${name}=${encodeURIComponent(value)}`, payload]
  }
  for (const changed of withEachText(payload, value)) yield [plain, changed]
}

function* withEachText(json: unknown, value: string): Generator<unknown> {
  if (typeof json === 'string') yield value
  if (typeof json !== 'object' || json === null) return
  for (const [name, member] of Object.entries(json)) {
    for (const changed of withEachText(member, value)) {
      yield Array.isArray(json) ? json.with(Number(name), changed) : { ...json, [name]: changed }
    }
  }
}

describe('a whole key in the path of a call about keys', () => {
  it('names the key: it is revoked, and the audit log has its id alone', async () => {
    const { key, keyId } = await newKey()
    expect((await ask('GET', `/v1/api-keys/${key}`)).json()).toMatchObject({ key_id: keyId, revoked_at: null })
    const answer = await ask('POST', `/v1/api-keys/${key}/revoke`)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ key_id: keyId, revoked_at: expect.any(String) })
    expect((await service.call({ url: '/v1/accounts/1/score', key })).statusCode).toBe(401)
    const { rows } = await service.database.pool.query(
      'select target from audit_entry order by audit_entry_id desc limit 1',
    )
    expect(rows).toEqual([{ target: keyId }])
  })

  it('is replaced by it', async () => {
    const { key, keyId } = await newKey()
    const answer = await ask('POST', `/v1/api-keys/${key}/rotate`, {})
    expect(answer.json()).toMatchObject({ api_key: { replaces: keyId } })
  })
})

it('a key or an e-mail address that was percent-encoded twice is not recorded either', async () => {
  const { key } = await newKey()
  const encoded = (text: string) => [...text].map((one) => `%25${one.charCodeAt(0).toString(16)}`).join('')
  // Of one key so many refusals a minute are noted: this one has made none.
  const by = await service.keyWith('admin', 'qualified:work')
  const paths = [
    `/v1/api-keys/${encoded(key)}/revoke`,
    `/v1/qualified-accounts/by-external-id/${encoded('ann@example.com')}/contacted`,
  ]
  for (const url of paths) {
    const { statusCode } = await service.call({ method: 'POST', url, key: by })
    expect([400, 404]).toContain(statusCode)
  }
  const { rows } = await service.database.pool.query(
    'select target from audit_entry order by audit_entry_id desc limit 2',
  )
  expect(rows).toEqual([{ target: '[e-mail]' }, { target: '[redacted]' }])
})

it('a key in any other path is refused; the answer names the reason', async () => {
  const { key } = await newKey()
  for (const url of [`/v1/accounts/${key}`, `/v1/accounts/by-external-id/${key}`, `/v1/segments/${key}`]) {
    const answer = await service.call({ url })
    expect(answer.json()).toMatchObject({ status: 401, code: 'api_key_in_query' })
    expect(answer.json().detail).toContain('revoke this key')
  }
})

it('an actor that is a key is refused, because actors are recorded', async () => {
  const { key } = await newKey()
  const named = await service.call({ url: '/v1/segments', key: await service.keyWith('segments:read') })
  expect(named.statusCode).toBe(200)
  const made = await ask('POST', '/v1/api-keys', { scopes: ['score:read'], actor: key })
  expect(made.json()).toMatchObject({ status: 400, errors: [{ pointer: '#/actor' }] })
})

it('a webhook URL with a key of the service, or with invisible characters, is refused', async () => {
  const { key } = await newKey()
  const hidden = [`https://example.com/?key=${key}`, `https://example.com/${key.replaceAll('_', '%5F')}`]
  const unseen = [
    'https://exam\nple.com/',
    'https://example.com/a\tb',
    ' https://example.com/',
    'https://example.com/\u200b',
  ]
  for (const url of [...hidden, ...unseen]) {
    const answer = await service.call({ method: 'POST', url: '/v1/webhook-endpoints', payload: { url } })
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ pointer: '#/url' }] })
    expect(answer.body).not.toContain(key.slice(-43))
  }
})
