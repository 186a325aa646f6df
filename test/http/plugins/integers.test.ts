import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Document, operationsOf, type Schema } from '../../../scripts/fuzz/document.ts'
import { startTestService, type TestService } from '../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

/** What programs read as an integer, and a person may not: each is refused wherever an integer is asked for. */
const FORMS = [
  ...[
    '1e3',
    '1E3',
    '0x10',
    '0b1',
    '0o7',
    '1.0',
    '1.',
    ' 5',
    '5 ',
    '\t5',
    '+5',
    '--5',
    '1_000',
    '1,000',
    '1n',
    '007',
    '-0',
  ],
  ...[
    '٣',
    '５',
    '²',
    'NaN',
    'Infinity',
    'true',
    'null',
    '[5]',
    '5\n',
    '5\u0000',
    '9007199254740992',
    '9007199254740993',
  ],
  ...['-9007199254740993', '18446744073709551616', `1${'0'.repeat(400)}`],
]

it('every integer in a path or a query is decimal digits, written in one way', async () => {
  const document = JSON.parse(JSON.stringify(service.app.swagger())) as Document
  let parameters = 0
  const answered: string[] = []
  for (const { method, path, needsKey, parameters: declared, body } of operationsOf(document)) {
    for (const { name, in: place, schema } of declared) {
      if (!needsKey || (schema as Schema | undefined)?.type !== 'integer') continue
      parameters += 1
      for (const form of FORMS) {
        const value = encodeURIComponent(form)
        const fixed = path.replaceAll(/\{([^}]+)\}/g, (_, other) => (place === 'path' && other === name ? value : '1'))
        const url = place === 'query' ? `${fixed}?${name}=${value}` : fixed
        const payload = body && { payload: (body.examples[0] ?? {}) as object }
        const answer = await service.call({ method, url, ...payload })
        const { code, errors = [] } = answer.json()
        if (code === 'invalid_request' && errors[0]?.pointer === `#/${name}` && errors[0]?.in === place) continue
        answered.push(`${method} ${path} ${name}=${JSON.stringify(form)}: ${answer.statusCode} ${answer.body}`)
      }
    }
  }
  expect(answered).toEqual([])
  expect(parameters).toBeGreaterThan(20)
}, 120_000)

it("a CRM's id in the place of ours is told its path", async () => {
  const answer = await service.call({ url: '/v1/accounts/A000002' })
  expect(answer.json()).toMatchObject({ status: 400, errors: [{ in: 'path', pointer: '#/id' }] })
  expect(answer.json().detail).toContain('/by-external-id/A000002')
  expect((await service.call({ url: '/v1/accounts/9007199254740991' })).statusCode).toBe(404)
})
