import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listMqlDates } from '../../../src/store/training/mql-dates.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { addAccount, addContact, at } from '../../support/facts.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

describe('the dates on which people became MQLs', () => {
  it('are undefined until a contact is imported with one, and then count once they had happened and were known', async () => {
    const { db } = database
    const accountId = await addAccount(db, 'acme', at('2024-01-01'))
    await addContact(db, 'plain', [{ known_at: at('2024-01-01'), account_id: accountId }])
    const asOf = (text: string) => [{ accountId, asOf: at(text) }]
    expect(await listMqlDates(db, asOf('2025-01-01'))).toBeUndefined()

    const lead = (knownAt: string, mqlAt: string) => ({
      known_at: at(knownAt),
      account_id: accountId,
      mql_at: at(mqlAt),
    })
    await addContact(db, 'early', [lead('2024-01-01', '2024-05-01')])
    await addContact(db, 'late', [lead('2024-08-01', '2024-06-01T12:30:00.000001')])
    expect(await listMqlDates(db, asOf('2024-05-01'))).toEqual([[]])
    expect(await listMqlDates(db, asOf('2024-05-01T00:00:00.000001'))).toEqual([[at('2024-05-01')]])
    expect(await listMqlDates(db, asOf('2024-08-01'))).toEqual([[at('2024-05-01')]])
    expect(await listMqlDates(db, [...asOf('2024-09-01'), ...asOf('2024-04-01')])).toEqual([
      [at('2024-05-01'), at('2024-06-01T12:30:00.000001')],
      [],
    ])
  })
})
