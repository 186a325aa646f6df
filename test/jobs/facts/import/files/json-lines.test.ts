import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { HEADER, rejectedLines } from './support.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query('truncate account, contact, activity, opportunity, spend, feed_start, import_run cascade'),
)

describe('JSON Lines', () => {
  const mapping = {
    kind: 'accounts',
    columns: { external_id: 'id', known_at: 'meta.created', domain: 'sites', industry: 'firm.industry', in_crm: 'crm' },
    attributes: 'rest',
  }
  const lines = [
    '{"id": 12345678901234567890, "meta": {"created": "2024-01-01T00:00:00Z"}, "sites": ["acme.com", "acme.de"], "firm": {"industry": "retail"}, "crm": true}',
    '',
    '{"id": "B", "meta": null, "score": 7, "tags": ["x", "y"], "more": {"a": 1}}',
    '{"id": "C"',
    '[1]',
    '{"id": {"deep": 1}}',
    '{"industry": "nameless"}',
  ]

  it('go through the same mapping, and each fault names its line', async () => {
    const summary = await importText(database, 'accounts', lines.join('\r\n'), { mapping, gzip: true })
    expect(summary.counts).toMatchObject({ read: 6, inserted: 2, rejected: 4 })
    expect(await rejectedLines(summary)).toEqual([
      '4 malformed_json',
      '5 malformed_json',
      '6 bad_json_value',
      '7 missing_value',
    ])
    expect(
      await rowsOf(
        database,
        'select a.external_id as id, v.attributes from account a join account_version v using (account_id) order by 1',
      ),
    ).toEqual([
      { id: '12345678901234567890', attributes: { industry: 'retail', in_crm: true } },
      { id: 'B', attributes: { score: '7', tags: 'x;y', more: '{"a":1}' } },
    ])
    expect(await rowsOf(database, 'select value from account_link order by value')).toEqual([
      { value: 'acme.com' },
      { value: 'acme.de' },
    ])
  })

  it('give the same rows as CSV, and a row with an unknown key is rejected', async () => {
    const text = [
      '{"month": "2024-01", "channel": "a", "amount": 10.5, "currency": "EUR"}',
      '{"month": "2024-01", "channel": "b", "amount": "1e3", "currency": "EUR", "note": "x"}',
      `{"month": "2024-01", "channel": "${'x'.repeat(1_100_000)}", "amount": 1, "currency": "EUR"}`,
      '{"channel": "c", "currency": "EUR", "amount": 1, "month": "2024-01"}',
    ].join('\n')
    const summary = await importText(database, 'spend', text)
    expect(await rejectedLines(summary)).toEqual(['2 unknown_key', '3 too_large'])
    const csv = await importText(database, 'spend', `${HEADER}\n2024-01,a,10.5,EUR\n2024-01,c,1,EUR\n`)
    expect(csv.counts).toMatchObject({ unchanged: 2 })
  })
})
