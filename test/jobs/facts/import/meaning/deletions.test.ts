import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { importText } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query(
    'truncate account, contact, activity, intent_signal, business_event, customer_event, opportunity, feed_start cascade',
  ),
)

describe('a deletion of what was never seen', () => {
  it.each([
    ['activities', 'source_id,deleted\n1,true\n'],
    ['business-events', 'source_id,deleted\n1,true\n'],
    ['customer-events', 'source_id,deleted\n1,true\n'],
    ['intent-signals', 'provider,topic,domain,period_start,period_end,deleted\np,t,a.com,2024-01-01,2024-01-07,true\n'],
    ['opportunities', 'external_id,deleted\nO,true\n'],
    [
      'opportunities',
      'external_id,account_external_id,opened_at,closed_at,outcome,deleted\nO,A,2024-01-01,2024-02-01,won,true\n',
    ],
    ['opportunity-contacts', 'opportunity_external_id,contact_external_id,deleted\nO,C,true\n'],
    ['account-links', 'account_external_id,kind,value,deleted\nX,domain,x.example.com,true\n'],
    ['account-links', 'account_external_id,kind,value,deleted\nKNOWN,domain,x.example.com,true\n'],
  ] as const)('of %s is passed over and counted', async (kind, csv) => {
    await importText(database, 'accounts', 'external_id\nKNOWN\n')
    const { counts, news, notes } = await importText(database, kind, csv)
    expect(counts).toMatchObject({ read: 1, rejected: 0, unchanged: 1, inserted: 0, duplicate: 0 })
    expect(news).toEqual({ nothing_to_delete: 1 })
    expect(notes).toEqual(['1 row deletes what we do not have, and was passed over'])
  })

  it.each([
    ['accounts', 'external_id,deleted\nA,true\n'],
    ['contacts', 'external_id,deleted\nC,true\n'],
    ['activities', 'source_id,kind,occurred_at,deleted\n1,visit,2024-01-01,true\n'],
    [
      'opportunities',
      'external_id,account_external_id,opened_at,outcome,known_at,deleted\nO,A,2024-01-01,open,2024-03-01,true\n',
    ],
  ] as const)('of %s that says enough is kept', async (kind, csv) => {
    const { counts } = await importText(database, kind, csv)
    expect(counts).toMatchObject({ read: 1, rejected: 0, inserted: 1 })
  })

  it('beside rows that are kept leaves these as they are', async () => {
    const csv = 'source_id,kind,occurred_at,deleted\n1,visit,2024-01-01,\n2,,,true\n1,visit,2024-01-01,\n3,,,true\n'
    const { counts, news } = await importText(database, 'activities', csv)
    expect(counts).toMatchObject({ read: 4, inserted: 1, duplicate: 1, unchanged: 2 })
    expect(news).toEqual({ nothing_to_delete: 2 })
  })

  it('still rejects what ties an opportunity that is not here without deleting it', async () => {
    const csv = 'opportunity_external_id,contact_external_id,deleted\nO,C,true\nO,C,\n'
    const { counts, reasons } = await importText(database, 'opportunity-contacts', csv)
    expect([counts.unchanged, counts.rejected, reasons]).toEqual([1, 1, { unknown_opportunity: 1 }])
  })
})
