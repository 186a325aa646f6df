import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReceivedKind } from '../../../../src/store/facts/import/received.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

async function send(kind: ReceivedKind, ...rows: readonly object[]) {
  const answer = await service.call({
    method: 'POST',
    url: `/v1/${kind}/batch`,
    payload: JSON.stringify({ rows }),
    headers: { 'content-type': 'application/json' },
  })
  return answer.json()
}

const stored = (query: string) => rowsOf(service.database, query)

describe('the values of a row', () => {
  it('are read over REST as in a file: instants and epoch counts', async () => {
    const instants = [
      '2026-02-01t08:00:00z',
      '2026-02-01 08:00:00.000000000+0000',
      1_769_932_800,
      1_769_932_800_000,
      '1769932800',
    ]
    const rows = instants.map((occurred, index) => ({ source_id: `t${index}`, kind: 'visit', occurred_at: occurred }))
    expect(await send('activities', ...rows)).toMatchObject({ created: instants.length, rejected: 0 })
    expect(
      await stored(`select distinct to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at from activity`),
    ).toEqual([{ at: '2026-02-01 08:00' }])
  })

  it('are read over REST as in a file: numbers, ranges, yes and no', async () => {
    const row = { external_id: 'n1', employees: '51-200', revenue_usd: '$1,200.50', in_crm: 'Ja', industry: '#N/A' }
    expect(await send('accounts', row)).toMatchObject({ created: 1 })
    const bare = { external_id: 'n2', employees: 1.355, revenue_usd: 1.2e7 }
    expect(await send('accounts', bare)).toMatchObject({ created: 1 })
    expect(
      await stored(
        `select attributes from account_version join account using (account_id) where external_id ~ '^n' order by external_id`,
      ),
    ).toEqual([
      { attributes: { employees: 100.99504938362078, revenue_usd: 1200.5, in_crm: true } },
      { attributes: { employees: 1.355, revenue_usd: 12_000_000 } },
    ])
  })

  it('are read over REST as in a file: ids', async () => {
    await send('accounts', { external_id: '0015g00000QwErt', name: 'Globe Foods' })
    const contact = { external_id: 'c1', account_external_id: '0015g00000QwErtAAF' }
    await send('contacts', contact)
    expect(
      await stored(`select a.external_id as id from contact_version v join contact c using (contact_id)
        join account a on a.account_id = v.account_id where c.external_id = 'c1'`),
    ).toEqual([{ id: expect.stringMatching(/^0015g00000QwErt[A-Z0-5]{3}$/) }])
    for (const key of ['0015g00000QwErt', '\u200B0015g00000QwErt']) {
      const answer = await service.call({ url: `/v1/accounts/by-external-id/${encodeURIComponent(key)}` })
      expect(answer.statusCode).toBe(200)
    }
    for (const key of ['#N/A', 'NULL', '1.23457E+11', '-'])
      expect(await send('accounts', { external_id: key })).toMatchObject({
        results: [{ status: 'rejected', errors: [{ code: 'bad_key' }] }],
      })
  })
})
