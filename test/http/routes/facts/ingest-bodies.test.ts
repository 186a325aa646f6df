import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedKind } from '../../../../src/store/facts/import/received.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

async function send(kind: ReceivedKind, body: object | string, headers: Record<string, string> = {}) {
  const answer = await service.call({
    method: 'POST',
    url: `/v1/${kind}/batch`,
    payload: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: answer.statusCode, ...answer.json() }
}
const rows = (...given: readonly unknown[]) => ({ rows: given })
const statuses = (answer: { results: readonly { status: string }[] }) => answer.results.map(({ status }) => status)
const stored = (query: string) => rowsOf(service.database, query)

describe('a body', () => {
  const many = (count: number) =>
    JSON.stringify(rows(...Array.from({ length: count }, (_, index) => ({ external_id: `n${index}` }))))
  it.each<[string, string | Buffer, number, string]>([
    ['without rows', '{}', 400, 'invalid_request'],
    ['of no rows', '{"rows":[]}', 400, 'invalid_request'],
    ['of 1,001 rows', many(1001), 400, 'invalid_request'],
    ['of rows that are no list', '{"rows":{}}', 400, 'invalid_request'],
    ['with a word for atomic', '{"rows":[{}],"atomic":"yes"}', 400, 'invalid_request'],
    ['with an unknown key', '{"rows":[{}],"dry_run":true}', 400, 'invalid_request'],
    ['that is a list', '[]', 400, 'invalid_request'],
    ['that is null', 'null', 400, 'invalid_request'],
    ['that is cut off', '{"rows":[{"external_id":"a"}', 400, 'malformed_body'],
    ['with a byte order mark', '\uFEFF{"rows":[{}]}', 200, ''],
    ['that is not UTF-8', Buffer.from('{"rows":[{"external_id":"\xff"}]}', 'latin1'), 400, 'malformed_body'],
    [
      'nested deeper than 32 levels',
      `{"rows":[{"external_id":${'['.repeat(40)}${']'.repeat(40)}}]}`,
      400,
      'malformed_body',
    ],
    ['nested 100,000 deep', `{"rows":${'['.repeat(100_000)}`, 400, 'malformed_body'],
    ['with NaN', '{"rows":[{"external_id":NaN}]}', 400, 'malformed_body'],
    ['of more than 4 MiB', `{"rows":["${'x'.repeat(4_194_304)}"]}`, 413, 'body_too_large'],
  ])('%s is answered as it deserves', async (_name, payload, status, code) => {
    const answer = await service.call({
      method: 'POST',
      url: '/v1/accounts/batch',
      payload,
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.statusCode, answer.body).toBe(status)
    if (code !== '') expect(answer.json()).toMatchObject({ code })
  })

  it('keeps every digit of a number that is an id, and the last of equal keys', async () => {
    const answer = await send(
      'accounts',
      '{"rows":[{"external_id":1,"external_id":90071992547409931234,"employees":420.5}]}',
    )
    expect(statuses(answer)).toEqual(['created'])
    expect(
      await stored(`select attributes from account_version v join account using (account_id)
      where external_id = '90071992547409931234'`),
    ).toEqual([{ attributes: { employees: 420.5 } }])
  })

  it('of 1,000 rows with nothing but SQL in them stores the text', async () => {
    const text = `'); drop table account; -- \\ " $1%s \t`
    const batch = Array.from({ length: 1000 }, (_, index) => ({
      external_id: `${index}${text}`.trim(),
      name: text,
      attributes: { [text.trim()]: text },
    }))
    expect(await send('accounts', rows(...batch))).toMatchObject({ created: 1000 })
    expect(
      await stored(
        `select count(*) as n from account_version where attributes ->> 'name' = btrim(E'\\'); drop table account; -- \\\\ " $1%s')`,
      ),
    ).toEqual([{ n: 1000 }])
  })

  it('needs the scope facts:write', async () => {
    const key = await service.keyWith('score:read')
    const answer = await service.call({
      method: 'POST',
      url: '/v1/accounts/batch',
      payload: rows({ external_id: 'z' }),
      key,
    })
    expect(answer.statusCode).toBe(403)
  })

  it('is not logged, nor is an e-mail address in it', async () => {
    await send(
      'contacts',
      rows({ external_id: 'canary', email: 'canary-7f3a@example.com' }, { external_id: 'c', email: 'canary-7f3a@' }),
    )
    expect(service.log()).not.toContain('canary-7f3a')
  })
})
