import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertChampion, startTestService, type TestService } from '../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
  await insertChampion(service.database)
})
afterAll(() => service.close())

async function post(payload: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await service.call({
    method: 'POST',
    url: '/v1/scores',
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: answer.statusCode, ...answer.json() }
}

describe('a body', () => {
  it.each([
    ['is not JSON', '{"accounts":'],
    ['is empty', ''],
    ['is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['nests deeper than 32 levels', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['nests very deeply', `${'[{"a":'.repeat(100_000)}`],
    ['reaches for the prototype', '{"__proto__":{"accounts":[]}}'],
    ['reaches for the constructor', '{"constructor":{"prototype":{}}}'],
  ])('that %s is refused as malformed', async (_name, payload) => {
    expect(await post(payload)).toMatchObject({ status: 400, code: 'malformed_body' })
  })

  it.each([
    ['NUL', '{"accounts":[{"external_id":"a\\u0000b"}]}', '#/accounts/0/external_id', 'must not contain NUL'],
    ['NUL in a key', '{"a\\u0000b":1}', '#', 'must not contain NUL'],
    [
      'half of a surrogate pair',
      '{"accounts":[{"external_id":"\\ud800"}]}',
      '#/accounts/0/external_id',
      'must not contain half of a surrogate pair',
    ],
  ])('that holds %s is refused as malformed, with a pointer to it', async (_name, payload, pointer, detail) => {
    expect(await post(payload)).toMatchObject({
      status: 400,
      code: 'malformed_body',
      detail: `${pointer.slice(2) || 'body'}: ${detail}`,
      errors: [{ in: 'body', pointer, detail }],
    })
  })

  it('may nest 32 levels, and brackets in text are no levels', async () => {
    expect(await post(`${'['.repeat(32)}${']'.repeat(32)}`)).toMatchObject({ code: 'invalid_request' })
    const text = JSON.stringify({ accounts: [{ external_id: `${'['.repeat(99)}"\\` }] })
    expect(await post(text)).toMatchObject({ status: 200 })
  })

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=utf-16', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('sent as %s %j is refused as no JSON in UTF-8', async (contentType, headers) => {
    const answer = await post('{"accounts":[{"id":1}]}', { 'content-type': contentType, ...headers })
    expect(answer).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })

  it.each(['application/json;', 'application/json\t;x', 'Application/JSON ; a=b'])(
    'sent as %j is checked or refused, never taken unchecked',
    async (contentType) => {
      expect([400, 415]).toContain((await post('{"accounts":1}', { 'content-type': contentType })).status)
    },
  )

  it('of more than 1 MiB is refused', async () => {
    expect(await post(JSON.stringify('x'.repeat(1_048_576)))).toMatchObject({ status: 413, code: 'body_too_large' })
  })

  it('of too many values or keys is refused before it is parsed', async () => {
    const keys = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`k${index}`, 1]))
    expect(await post(JSON.stringify(keys))).toMatchObject({
      status: 400,
      code: 'malformed_body',
      detail: expect.stringContaining('the body must not hold an object of more than 1,000 keys'),
    })
    expect(await post(JSON.stringify(new Array(100_001).fill(0)))).toMatchObject({
      status: 400,
      detail: 'the body must not hold more than 100,000 values',
    })
    const unknown = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`${'k'.repeat(200)}${index}`, 1]))
    const { errors } = await post(JSON.stringify(unknown))
    expect(errors.length).toBeLessThanOrEqual(20)
    for (const { pointer } of errors) expect(pointer.length).toBeLessThan(150)
  })

  it('with wrong fields is refused with a pointer to each', async () => {
    const answer = await post(
      JSON.stringify({ accounts: [{ id: 1 }, { id: '2' }, { external_id: '' }, { id: 1, x: 1 }] }),
    )
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(answer.errors).toEqual([
      { in: 'body', pointer: '#/accounts/1/id', detail: 'Invalid input: expected number, received string' },
      { in: 'body', pointer: '#/accounts/2/external_id', detail: 'Too small: expected string to have >=1 characters' },
      { in: 'body', pointer: '#/accounts/3/x', detail: 'unknown' },
    ])
  })

  it.each([
    ['{}', '#'],
    ['{"accounts":[{"id":1}],"inline":[{}]}', '#'],
    ['{"accounts":[{}]}', '#/accounts/0'],
    ['{"accounts":[]}', '#/accounts'],
    [JSON.stringify({ accounts: Array.from({ length: 1001 }, () => ({ id: 1 })) }), '#/accounts'],
    [JSON.stringify({ inline: Array.from({ length: 101 }, () => ({})) }), '#/inline'],
    ['{"inline":[{"a/b~c é":1}]}', '#/inline/0/a~1b~0c%20%C3%A9'],
    [`{"accounts":[{"id":${2 ** 53}}]}`, '#/accounts/0/id'],
    ['{"accounts":[{"id":1e400}]}', '#/accounts/0/id'],
    ['{"accounts":[{"id":-1}]}', '#/accounts/0/id'],
  ])('such as %s is refused at %s', async (payload, pointer) => {
    const answer = await post(payload)
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(answer.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer])
  })

  it('with very many wrong fields is answered with the first twenty', async () => {
    const answer = await post(JSON.stringify({ accounts: Array.from({ length: 1000 }, () => ({ id: 'x' })) }))
    expect(answer.errors).toHaveLength(20)
  })
})
