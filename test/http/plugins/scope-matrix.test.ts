import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCOPES } from '../../../src/core/access/scopes.ts'
import { scopeOf } from '../../../src/http/scopes.ts'
import { createApiKey } from '../../../src/store/access/api-keys.ts'
import { keyedRoutes, type Route, urlOf } from '../routes.ts'
import { startTestService, type TestService } from '../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

const neededBy = ({ method, path }: Route) => scopeOf(method, path.replaceAll(/\{([^}]+)\}/g, ':$1'))

describe('all routes with all scopes', () => {
  it('are open to a key with only the declared scope', async () => {
    const routes = keyedRoutes(service.app)
    let opened = 0
    for (const granted of SCOPES) {
      const key = await service.keyWith(granted)
      const tryRoute = async (route: Route) => {
        const needed = neededBy(route)
        const { statusCode, headers } = await service.call({ method: route.method, url: urlOf(route), key })
        if (granted === needed) {
          opened += 1
          expect([401, 403], `${granted} ${route.name}`).not.toContain(statusCode)
          expect(statusCode, `${granted} ${route.name}`).toBeLessThan(500)
        } else {
          expect(statusCode, `${granted} ${route.name}`).toBe(403)
          expect(headers['www-authenticate']).toContain(`scope="${needed}"`)
        }
      }
      await Promise.all(routes.map(tryRoute))
    }
    expect(opened).toBe(routes.length)
  })

  it('are closed to a key with every other scope', async () => {
    for (const missing of SCOPES) {
      const scopes = SCOPES.filter((scope) => scope !== missing)
      const { key } = await createApiKey(service.database.db, { scopes })
      for (const route of keyedRoutes(service.app)) {
        if (neededBy(route) !== missing) continue
        expect((await service.call({ method: route.method, url: urlOf(route), key })).statusCode, route.name).toBe(403)
      }
    }
  })

  it('are closed without a key, whatever the body', async () => {
    for (const route of keyedRoutes(service.app)) {
      const payload = route.method === 'GET' ? {} : { payload: '{"' }
      const answer = await service.call({ method: route.method, url: urlOf(route), key: null, ...payload })
      expect(answer.statusCode, route.name).toBe(401)
    }
  })
})

describe('every route', () => {
  it('is 405 with Allow for every other method', async () => {
    const routes = keyedRoutes(service.app)
    for (const url of new Set(routes.map((route) => urlOf(route)))) {
      // `rollback` may also be the name of a model version.
      const methods = routes.filter(({ path }) => patternOf(path).test(url)).map(({ method }) => method)
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
        if (methods.some((known) => known === method)) continue
        const answer = await service.call({ method, url })
        expect(answer.statusCode, `${method} ${url}`).toBe(405)
        const allowed = String(answer.headers.allow).split(', ')
        expect(allowed, `${method} ${url}`).toEqual(expect.arrayContaining(methods))
        expect(allowed).not.toContain(method)
      }
    }
  })

  it('refuses unknown and repeated parameters', async () => {
    for (const route of keyedRoutes(service.app)) {
      for (const query of ['no_such=1', 'limit=2&limit=3']) {
        const answer = await service.call({ method: route.method, url: `${urlOf(route)}?${query}` })
        expect(answer.json(), `${route.name}?${query}`).toMatchObject({ status: 400, code: 'invalid_request' })
      }
    }
  })

  it('that writes refuses unknown fields', async () => {
    for (const route of keyedRoutes(service.app)) {
      if (route.method === 'GET') continue
      const answer = await service.call({ method: route.method, url: urlOf(route), payload: { is_active: true } })
      // A stream takes no JSON at all.
      const code = route.path.endsWith('/stream') ? 'unsupported_media_type' : 'invalid_request'
      expect(answer.json().code, route.name).toBe(code)
    }
  })

  it('that streams refuses an Idempotency-Key', async () => {
    const streams = keyedRoutes(service.app).filter(({ path }) => path.endsWith('/stream'))
    expect(streams.length).toBeGreaterThan(0)
    for (const route of streams) {
      const headers = { 'idempotency-key': 'a', 'content-type': 'application/x-ndjson' }
      const answer = await service.call({ method: route.method, url: urlOf(route), headers, payload: '' })
      const errors = [{ in: 'header', pointer: '#/idempotency-key' }]
      expect(answer.json(), route.name).toMatchObject({ status: 400, code: 'invalid_request', errors })
    }
  })

  it('refuses a key in the query, with the reason', async () => {
    for (const route of keyedRoutes(service.app)) {
      const answer = await service.call({ method: route.method, url: `${urlOf(route)}?api_key=x` })
      expect(answer.json(), route.name).toMatchObject({ status: 401, code: 'api_key_in_query' })
    }
  })
})

const patternOf = (path: string) => new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
