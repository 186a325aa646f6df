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

describe('an internal error', () => {
  it('is answered without its details, and logged with the same id', async () => {
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

  it('is 503 with Retry-After if the database cannot be reached, while the process stays live', async () => {
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
    expect(answer.json()).toMatchObject({
      status: 503,
      code: 'not_ready',
      detail: 'the database lacks 2 migrations: run npm run migrate',
    })
    await app.close()
  })

  it('has a status by the SQLSTATE of the database', () => {
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

  it('a transaction that the database ends for idleness is a 503', async () => {
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
  it('malformed or too large HTTP is answered with a problem, and the connection is closed', async () => {
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
