import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKey } from '../../../src/store/access/api-keys.ts'
import { startTestService, type TestService } from '../support.ts'

// Attacks that the service withstood when it was tried: kept, so that it goes on withstanding them.

let service: TestService
let origin: URL
let key: string
beforeAll(async () => {
  service = await startTestService()
  key = (await createApiKey(service.database.db, { scopes: ['segments:read', 'models:train', 'models:read', 'admin'] }))
    .key
  origin = new URL(await service.app.listen({ host: '127.0.0.1', port: 0 }))
})
afterAll(() => service.close())

/** What is answered to these bytes until the connection closes. */
async function sendRaw(text: string): Promise<readonly string[]> {
  const socket = connect(Number(origin.port), origin.hostname)
  let answered = ''
  socket.on('data', (data: Buffer) => (answered += data.toString('latin1'))).on('error', () => undefined)
  socket.write(text, 'latin1')
  await new Promise((resolve) => socket.once('close', resolve))
  return [...answered.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '')
}

describe('a key that is malformed', () => {
  const id = () => key.slice(4, 16)
  const secret = () => key.slice(-43)
  const FORMS: readonly (readonly [string, () => string])[] = [
    ['without its last character', () => key.slice(0, -1)],
    ['with a character more', () => `${key}A`],
    ['with another last character', () => `${key.slice(0, -2)}${key.at(-2) === 'A' ? 'BB' : 'AA'}`],
    ['in capitals', () => key.toUpperCase()],
    ['with a prefix in capitals', () => key.replace('wrk', 'WRK')],
    ['without a prefix', () => key.slice(4)],
    ['with another prefix', () => key.replace('wrk', 'sk')],
    ['its id alone', () => id()],
    ['its secret alone', () => secret()],
    ['without a secret', () => `wrk_${id()}_`],
    ['without an id', () => `wrk__${secret()}`],
    ['with the id of nobody', () => `wrk_000000000000_${secret()}`],
    ['with its parts exchanged', () => `wrk_${secret()}_${id()}`],
    ['twice', () => `${key}${key}`],
    ['twice with a comma', () => `${key},${key}`],
    ['in quotes', () => `"${key}"`],
    ['percent-encoded', () => key.replaceAll('_', '%5F')],
    ['in base64', () => Buffer.from(key).toString('base64')],
    ['as JSON', () => JSON.stringify({ key })],
    ['with a wildcard', () => `wrk_${id()}_%`],
    ['with SQL', () => `wrk_${id()}_' or '1'='1`],
    ['with a NUL, percent-encoded', () => `${key}%00`],
    ['with a full-width letter', () => `wrk_${id()}_${Buffer.from('ａ'.repeat(15)).toString('latin1')}`],
    ['with a space in it', () => `wrk_${id()} ${secret()}`],
    ['with a tab behind its prefix', () => `wrk_\t${id()}_${secret()}`],
    ['with dots for underscores', () => key.replaceAll('_', '.')],
    ['very long', () => `wrk_${id()}_${'A'.repeat(6000)}`],
  ]

  it.each(FORMS)('%s is refused', async (_name, form) => {
    const request = `GET /v1/segments HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${form()}\r\nconnection: close\r\n\r\n`
    expect(await sendRaw(request)).toEqual(['401'])
  })

  it.each([
    ['under another scheme', (text: string) => `authorization: Basic ${text}`],
    ['without a scheme', (text: string) => `authorization: ${text}`],
    ['in a header of its own', (text: string) => `x-api-key: ${text}`],
    ['in a cookie', (text: string) => `cookie: key=${text}`],
    ['behind a bad one', (text: string) => `authorization: Bearer x\r\nauthorization: Bearer ${text}`],
    ['for a proxy', (text: string) => `proxy-authorization: Bearer ${text}`],
  ])('or a valid one %s is refused', async (_name, header) => {
    const head = `GET /v1/segments HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`
    expect(await sendRaw(`${head}${header(key)}\r\n\r\n`)).toEqual(['401'])
    // The same head with the key where it belongs.
    expect(await sendRaw(`${head}authorization: Bearer ${key}\r\n\r\n`)).toEqual(['200'])
  })
})

describe('a request that is framed in two ways', () => {
  const SMUGGLED = 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\n'
  it.each([
    ['Content-Length and Transfer-Encoding', 'content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['Transfer-Encoding and Content-Length', 'transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n'],
    ['two Content-Lengths', 'content-length: 0\r\ncontent-length: 40\r\n\r\n'],
    ['a list of Content-Lengths', 'content-length: 0, 0\r\n\r\n'],
    ['a negative Content-Length', 'content-length: -1\r\n\r\n'],
    ['a Content-Length with a sign', 'content-length: +0\r\n\r\n'],
    ['a Content-Length in hexadecimal', 'content-length: 0x0\r\n\r\n'],
    ['a Transfer-Encoding that is unknown', 'transfer-encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['chunked and then something else', 'transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['chunked twice', 'transfer-encoding: chunked\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['a space before the colon', 'transfer-encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'x-one: a\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a bare line feed', 'x-one: a\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a chunk size that is none', 'transfer-encoding: chunked\r\n\r\nzz\r\n\r\n'],
  ])('%s is refused, and a request behind it is not answered', async (_name, framing) => {
    const head = `POST /v1/training-runs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n`
    const statuses = await sendRaw(`${head}content-type: application/json\r\n${framing}${SMUGGLED}`)
    expect(statuses).toHaveLength(1)
    expect(statuses[0]).toMatch(/^4\d\d$/)
  })
})

describe('a cursor', () => {
  it('that was altered in any place, or is of another list or key list, is refused', async () => {
    for (let count = 0; count < 3; count += 1) await service.keyWith('score:read')
    const { next_cursor: cursor } = (await service.call({ url: '/v1/api-keys?limit=1' })).json()
    const [payload = '', signature = ''] = String(cursor).split('.')
    const other = (text: string, index: number) =>
      `${text.slice(0, index)}${text[index] === 'A' ? 'B' : 'A'}${text.slice(index + 1)}`
    const forged = Buffer.from(JSON.stringify({ createdAt: '1900-01-01T00:00:00.000000Z', keyId: '' })).toString(
      'base64url',
    )
    const altered = [
      ...Array.from(payload, (_, index) => `${other(payload, index)}.${signature}`),
      // The last character of 22 holds two bits that count for nothing.
      ...Array.from(signature.slice(0, -1), (_, index) => `${payload}.${other(signature, index)}`),
      ...[`${forged}.${signature}`, `${payload}.${'A'.repeat(22)}`, payload, signature, `${signature}.${payload}`],
      ...[
        `${cursor}A`,
        `A${cursor}`,
        `${cursor}.`,
        `${payload}..${signature}`,
        `${cursor}=`,
        `${payload}.${signature}%00`,
      ],
      ...['.', '', 'null', '1', "' or 1=1 --"],
    ]
    for (const text of altered) {
      const answer = await service.app.inject({
        url: `/v1/api-keys?limit=1&cursor=${encodeURIComponent(text)}`,
        headers: { authorization: `Bearer ${key}` },
      })
      expect(answer.statusCode, `${text}: ${answer.body}`).toBe(400)
    }
    expect((await service.call({ url: `/v1/audit-log?limit=1&cursor=${cursor}` })).json().code).toBe('invalid_cursor')
    expect((await service.call({ url: `/v1/api-keys?limit=1&cursor=${cursor}` })).statusCode).toBe(200)
  })
})

describe('an Idempotency-Key', () => {
  it('that looks like a number is text: neighbours beyond 2^53 are different writes', async () => {
    const names = [
      '9007199254740991',
      '9007199254740992',
      '9007199254740993',
      '9007199254740993.0',
      '9.007199254740993e15',
    ]
    const made = new Set<string>()
    for (const name of [...names, '09007199254740993', '+9007199254740993', 'NaN', 'Infinity']) {
      const headers = { 'idempotency-key': name }
      const create = () =>
        service.call({ method: 'POST', url: '/v1/api-keys', headers, payload: { scopes: ['score:read'] } })
      const first = await create()
      expect([first.statusCode, first.headers['idempotency-replayed']]).toEqual([201, undefined])
      const again = await create()
      expect(again.headers['idempotency-replayed']).toBe('true')
      expect(again.body).toBe(first.body)
      made.add(first.json().api_key.key_id)
    }
    expect(made.size).toBe(9)
  })
})
