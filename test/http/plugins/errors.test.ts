import { connect } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../src/http/app.ts'
import { databaseProblem } from '../../../src/store/database/database-problem.ts'
import { sendProblem } from '../../../src/http/schemas/problems.ts'
import { openDatabase } from '../../../src/store/database/database.ts'
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

  it('of more values or keys than any request has is refused before it is read', async () => {
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

describe('a path or query', () => {
  it.each([
    ['/v1/accounts/abc/score', 400, 'invalid_request'],
    ['/v1/accounts/0/score', 400, 'invalid_request'],
    ['/v1/accounts/-1/score', 400, 'invalid_request'],
    ['/v1/accounts/1.5/score', 400, 'invalid_request'],
    [`/v1/accounts/${2 ** 53}/score`, 400, 'invalid_request'],
    ['/v1/accounts/99999999999999999999/score', 400, 'invalid_request'],
    ['/v1/accounts/by-external-id/a%00b/score', 400, 'invalid_request'],
    ['/v1/accounts/by-external-id/%ff/score', 400, 'bad_request'],
    [`/v1/accounts/by-external-id/${'a'.repeat(401)}/score`, 400, 'invalid_request'],
    [`/v1/accounts/by-external-id/${'a'.repeat(4801)}/score`, 414, 'path_too_long'],
    ['/v1/accounts/by-external-id/none/score', 404, 'account_not_found'],
    ['/v1/qualified-accounts?limit=0', 400, 'invalid_request'],
    ['/v1/qualified-accounts?limit=501', 400, 'invalid_request'],
    ['/v1/qualified-accounts?limit=-1', 400, 'invalid_request'],
    ['/v1/qualified-accounts?limit=', 400, 'invalid_request'],
    ['/v1/qualified-accounts?limit=2&limit=3', 400, 'invalid_request'],
    ['/v1/qualified-accounts?minimum_probability=', 400, 'invalid_request'],
    ['/v1/qualified-accounts?minimum_probability=1.01', 400, 'invalid_request'],
    ['/v1/qualified-accounts?minimum_probability=NaN', 400, 'invalid_request'],
    ['/v1/qualified-accounts?unknown=1', 400, 'invalid_request'],
    ['/v1/qualified-accounts?cursor=abc', 400, 'invalid_request'],
    [`/v1/qualified-accounts?cursor=e30.${'A'.repeat(22)}`, 400, 'invalid_cursor'],
    ['/v1/none', 404, 'route_not_found'],
    ['/', 404, 'route_not_found'],
    ['/docs/static/../../../package.json', 404, 'route_not_found'],
  ])('such as %.60s is answered %i %s', async (url, status, code) => {
    const answer = await service.call({ url })
    expect(answer.json()).toMatchObject({ status, code })
  })

  it.each([
    ['POST', '/livez', 'GET, HEAD'],
    ['GET', '/v1/scores', 'POST'],
    ['DELETE', '/v1/accounts/1/score', 'GET, HEAD'],
    ['PUT', '/v1/qualified-accounts?limit=1', 'GET, HEAD'],
    ['OPTIONS', '/v1/models/champion', 'GET, HEAD'],
    ['TRACE' as 'GET', '/v1/scores', 'POST'],
  ] as const)('with the wrong method, %s %s, is answered with those that are right', async (method, url, allow) => {
    const answer = await service.call({ method, url })
    expect(answer.statusCode).toBe(405)
    expect(answer.headers.allow).toBe(allow)
    expect(answer.json().code).toBe('method_not_allowed')
  })
})

describe('what goes wrong inside', () => {
  it('is answered without a word of it, and logged with the same id', async () => {
    const failing = await startTestService({
      scoreInline: () => {
        throw new Error('select secret from /src/inside.ts:1')
      },
    })
    await insertChampion(failing.database)
    const answer = await failing.call({ method: 'POST', url: '/v1/scores', payload: { inline: [{}] } })
    expect(answer.json()).toMatchObject({ status: 500, code: 'internal_error' })
    expect(answer.json().instance).toBe(`urn:uuid:${String(answer.headers['x-request-id'])}`)
    const logged = failing
      .log()
      .split('\n')
      .find((line) => line.includes('secret from'))
    expect(logged).toContain(String(answer.headers['x-request-id']))
    await failing.close()
  })

  it('is 503 with Retry-After when the database cannot be asked, while the process stays live', async () => {
    // Nobody listens on port 1.
    const nowhere = openDatabase({ url: 'postgres://u:p@127.0.0.1:1/d', maxConnections: 1, statementTimeoutMs: 1000 })
    const app = await createApp({ ...service.services, db: nowhere.db })
    const headers = { authorization: `Bearer wrk_000000000000_${'A'.repeat(43)}` }
    const answer = await app.inject({ url: '/v1/qualified-accounts', headers })
    expect(answer.json()).toMatchObject({ status: 503, code: 'database_unavailable' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.body).not.toContain('127.0.0.1')
    expect((await app.inject('/readyz')).json()).toMatchObject({ status: 503, code: 'not_ready' })
    expect((await app.inject('/livez')).json()).toEqual({ status: 'live' })
    await app.close()
    await nowhere.close()
  })

  it('is not ready while the database lacks a migration', async () => {
    const app = await createApp({ ...service.services, lastMigration: service.services.lastMigration + 2 })
    const answer = await app.inject('/readyz')
    expect(answer.json()).toMatchObject({ status: 503, code: 'not_ready', detail: 'the database lacks 2 migrations' })
    await app.close()
  })

  it('has a status by what the database says', () => {
    const problem = (code: string) => databaseProblem(Object.assign(new Error('x'), { code }))
    expect(['22021', '22P02', '22003'].map(problem)).toEqual(Array(3).fill('invalid_value'))
    expect(problem('23505')).toBe('conflict')
    const passing = [
      '08006',
      '53100',
      '53300',
      '57P01',
      '57P03',
      '57P05',
      '58030',
      '40001',
      '40003',
      '40P01',
      '25006',
      '25P03',
    ]
    const unavailable = [...passing, '25P04', '28P01', '28000', '3D000', 'ECONNREFUSED', 'ECONNRESET']
    for (const code of unavailable) expect(problem(code), code).toBe('database_unavailable')
    expect(['57014', '55P03'].map(problem)).toEqual(['timeout', 'timeout'])
    expect(['42P01', '23503', 'ERR_SOMETHING'].map(problem)).toEqual([undefined, undefined, undefined])
    expect(databaseProblem(new Error('timeout exceeded when trying to connect'))).toBe('database_unavailable')
    expect(databaseProblem(new Error('Connection terminated unexpectedly'))).toBe('database_unavailable')
  })

  it('a transaction that the database ends because it stood idle is a 503', async () => {
    const app = await createApp(service.services)
    app.get('/idle', async () => {
      await service.database.db.transaction().execute(async (transaction) => {
        await sql`set local idle_in_transaction_session_timeout = 20`.execute(transaction)
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction)
        const pid = rows[0]?.pid
        for (;;) {
          const { rowCount } = await service.database.pool.query('select from pg_stat_activity where pid = $1', [pid])
          if (rowCount === 0) break
        }
        await sql`select 1`.execute(transaction)
      })
    })
    const answer = await app.inject('/idle')
    expect(answer.json()).toMatchObject({ status: 503, code: 'database_unavailable' })
    await app.close()
  })
})

describe('an answer that comes too late', () => {
  it.each(['is returned', 'is a problem', 'is sent'])(
    'and %s is dropped: the request was answered 503',
    async (how) => {
      const app = await createApp(service.services)
      const late = Promise.withResolvers<void>()
      app.get('/slow', { handlerTimeout: 20 }, async (_request, reply) => {
        await late.promise
        if (how === 'is a problem') return sendProblem(reply, 'conflict')
        return how === 'is sent' ? await reply.send({}) : {}
      })
      const answer = await app.inject('/slow')
      expect(answer.json()).toMatchObject({ status: 503, code: 'timeout' })
      late.resolve()
      // That nothing was answered twice is looked for in the log when the service closes.
      await app.close()
    },
  )
})

it('a path whose method is allowed is never 405: a file of the documentation that does not exist is 404', async () => {
  for (const url of ['/docs/static', '/docs/static/none.js', '/docs/static/..%2f..%2fpackage.json']) {
    expect((await service.call({ url, key: null })).json()).toMatchObject({ status: 404, code: 'route_not_found' })
  }
  const posted = await service.call({ method: 'POST', url: '/docs/static/index.html', key: null })
  expect([posted.statusCode, posted.headers.allow]).toEqual([405, 'GET, HEAD'])
})

describe('on the socket', () => {
  it('what is no HTTP, or too large to be, is answered with a problem and closed', async () => {
    const address = new URL(await service.app.listen({ host: '127.0.0.1', port: 0 }))
    const send = async (text: string) => {
      const socket = connect(Number(address.port), address.hostname)
      const answered: Buffer[] = []
      socket.on('data', (data) => answered.push(data))
      socket.write(text)
      await new Promise((resolve) => socket.on('close', resolve))
      return Buffer.concat(answered).toString()
    }
    expect(await send('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*problem\+json[^]*"bad_request"/)
    const header = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`
    expect(await send(header)).toMatch(/^HTTP\/1.1 431 [^]*"headers_too_large"/)
    const smuggled =
      'POST /v1/scores HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    expect(await send(smuggled)).toMatch(/^HTTP\/1.1 400 /)
  })
})
