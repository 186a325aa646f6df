import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InlineAccount } from '../../../src/core/scoring/inline-account.ts'
import { PublishedScore } from '../../../src/core/scoring/published-score.ts'
import { EXAMPLE_INLINE_ACCOUNT, EXAMPLE_SCORE } from '../../../src/http/schemas/examples.ts'
import { PROBLEM_CODES } from '../../../src/http/schemas/problems.ts'
import { ROUTE_SCOPES, scopeOf } from '../../../src/http/scopes.ts'
import { routesOf } from '../routes.ts'
import { startTestService, type TestService } from '../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly security?: readonly unknown[]
  readonly responses: Record<string, { description?: string; content?: Record<string, { schema: object }> }>
}

async function operations(): Promise<Record<string, Operation>> {
  const document = (await service.call({ url: '/openapi.json', key: null })).json()
  const paths = Object.entries(document.paths as Record<string, Record<string, Operation>>)
  return Object.fromEntries(
    paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  )
}

const routes = () => routesOf(service.app)

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1, readable without a key', async () => {
    const answer = await service.call({ url: '/openapi.json', key: null })
    expect(answer.json().openapi).toBe('3.1.0')
  })

  it('has every route, and every route is in it', async () => {
    expect(Object.keys(await operations()).toSorted()).toEqual(routes().toSorted())
    expect(routes().length).toBeGreaterThan(8)
  })

  it('names, explains and types every operation, and leaves no answer without a schema', async () => {
    const all = Object.entries(await operations())
    expect(new Set(all.map(([, operation]) => operation.operationId)).size).toBe(all.length)
    for (const [name, { summary, responses }] of all) {
      expect(summary, name).toBeTruthy()
      for (const [status, response] of Object.entries(responses)) {
        expect(response.description, `${name} ${status}`).toBeTruthy()
        for (const { schema } of Object.values(response.content ?? {})) expect(Object.keys(schema)).not.toEqual([])
      }
    }
  })

  it('refers to nothing that it does not define, and defines nothing that it does not refer to', async () => {
    const text = (await service.call({ url: '/openapi.json', key: null })).body
    const referred = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]))
    expect(Object.keys(JSON.parse(text).components.schemas).toSorted()).toEqual([...referred].toSorted())
  })

  it('gives examples that its schemas accept', () => {
    expect(PublishedScore.parse(EXAMPLE_SCORE)).toEqual(EXAMPLE_SCORE)
    expect(InlineAccount.safeParse(EXAMPLE_INLINE_ACCOUNT).success).toBe(true)
  })
})

describe('scopes', () => {
  it('are declared for every route under /v1, and for no other', () => {
    const declared = Object.keys(ROUTE_SCOPES).map((route) => route.replaceAll(/:([a-z_]+)/g, '{$1}'))
    const underV1 = routes().filter((route) => route.includes(' /v1/'))
    expect(declared.toSorted()).toEqual(underV1.toSorted())
    expect(() => scopeOf('GET', '/v1/new')).toThrow('route GET /v1/new must have a scope')
  })
})

describe('writes', () => {
  it('each happen in the transaction that keeps their answer, unless they stream', async () => {
    const folder = new URL('../../../src/http/routes/', import.meta.url)
    let writes = 0
    for (const file of await readdir(folder, { recursive: true })) {
      if (!file.endsWith('.ts')) continue
      const text = await readFile(new URL(file, folder), 'utf8')
      const count = (pattern: RegExp) => [...text.matchAll(pattern)].length
      const registered = count(/app\.(?:post|put|patch|delete)\(/g)
      const accounted = count(/\binIdempotentWrite\(/g) + count(/streams: true/g) + count(/^ {4}'\/scores',/gm)
      expect(accounted, file).toBe(registered)
      writes += registered
    }
    expect(writes).toBeGreaterThan(5)
  })
})

describe('problems', () => {
  it('are each explained in docs/api.md and at their own address', async () => {
    const documentation = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8')
    for (const code of PROBLEM_CODES) {
      expect(documentation, code).toContain(`\`${code}\``)
      expect((await service.call({ url: `/problems/${code}`, key: null })).json()).toMatchObject({ code })
    }
    expect((await service.call({ url: '/problems/constructor', key: null })).statusCode).toBe(404)
  })
})

describe('the documentation pages', () => {
  it('load from the service alone', async () => {
    const page = await service.app.inject('/docs/')
    expect(page.statusCode).toBe(200)
    expect(page.body).not.toMatch(/https?:\/\//)
    expect(page.headers['content-security-policy']).toContain("script-src 'self';")
    for (const [, path = ''] of page.body.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
      expect((await service.app.inject(`/docs/${path}`)).statusCode, path).toBe(200)
    }
    expect((await service.app.inject('/docs/static/swagger-initializer.js')).body).toContain('/openapi.json')
  })
})
