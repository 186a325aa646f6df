import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query('truncate account, contact, activity, opportunity, spend, feed_start, import_run cascade'),
)

describe('rates and dates of qualification', () => {
  it('are kept: the last rate of a day, and each version of a contact with its date', async () => {
    const csv = 'currency,day,usd_per_unit\neur,2024-01-02,1.0956\nEUR,2024-01-02,1.0957\nJPY,2024-01-02,0\n'
    const summary = await importText(database, 'rates', csv)
    expect(summary.counts).toMatchObject({ inserted: 1, duplicate: 1, rejected: 1 })
    expect(await rowsOf(database, 'select currency, usd_per_unit::float8 as rate from exchange_rate')).toEqual([
      { currency: 'EUR', rate: 1.0957 },
    ])
    await importText(
      database,
      'contacts',
      'external_id,mql_at,known_at,owner,do_not_contact,consent\nC,2024-02-03,2024-02-03,Jo,no,opted_in\n',
    )
    expect(await rowsOf(database, 'select mql_at, attributes from contact_version')).toEqual([
      {
        mql_at: '2024-02-03T00:00:00.000000Z',
        attributes: { owner: 'Jo', do_not_contact: false, consent: 'opted_in' },
      },
    ])
  })
})
