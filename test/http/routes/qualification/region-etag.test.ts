import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { insertAccount, publishedScore } from '../../../support/accounts.ts'
import { storeScores } from '../../../support/store-scores.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
  await insertChampion(service.database)
  const acme = await insertAccount(service.database.db, 'acme', [], { name: 'Acme', region: 'EMEA' })
  const score = publishedScore({ account_external_id: 'acme', qualified_probability: 0.2, buying_stage: 'purchase' })
  await storeScores(service.database.db, '2026-03-01T00:00:00.000000Z' as Instant, [{ accountId: acme, score }])
})
afterAll(() => service.close())

const ask = async (etag?: string) => {
  const headers = etag === undefined ? {} : { 'if-none-match': etag }
  return await service.call({ url: '/v1/qualified-accounts?region=EMEA&fields=name', headers })
}

it('a list by region is unchanged until an account moves to another region, scored or not', async () => {
  const first = await ask()
  expect(first.json().accounts).toHaveLength(1)
  const etag = String(first.headers.etag)
  const again = await ask(etag)
  expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag])
  const rows = [{ external_id: 'acme', name: 'Acme', region: 'APAC' }]
  expect((await service.call({ method: 'POST', url: '/v1/accounts/batch', payload: { rows } })).statusCode).toBe(200)
  const moved = await ask(etag)
  expect([moved.statusCode, moved.json().accounts]).toEqual([200, []])
  expect(moved.headers.etag).not.toBe(etag)
})
