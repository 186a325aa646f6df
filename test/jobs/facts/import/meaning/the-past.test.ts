import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { at } from '../../../../support/facts.ts'
import { rowsOf } from '../../../../support/import-text.ts'
import { snapshotOf } from '../../../../store/features/snapshot-support.ts'
import { importByPreset } from '../presets/import-by-preset.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const EMAILS = 'id,hs_timestamp,hs_createdate,hs_email_direction,contacts,archived,archivedAt\n'
const email = (id: string, people: string, archived = 'false,') =>
  `${id},2024-03-01T10:00:00Z,2024-03-01T10:20:00Z,INCOMING_EMAIL,${people},${archived}\n`

describe('features as of an instant before a deletion', () => {
  it('are the same before and after the deletion is imported', async () => {
    await importByPreset(
      database,
      'hubspot/companies',
      'Record ID,Company name,Company Domain Name,Create Date\n9,Fir,fir.example.com,2023-01-10 09:30\n',
    )
    await importByPreset(
      database,
      'hubspot/contacts',
      `Record ID,First Name,Email,Associated Company IDs (Primary),Create Date\n${['71', '72']
        .map((id) => `${id},Ann,a${id}@fir.example.com,9,2023-01-11 10:00\n`)
        .join('')}`,
    )
    await importByPreset(database, 'hubspot/emails', EMAILS + email('1', '71;72') + email('2', '71') + email('3', '72'))
    const [account] = await rowsOf(database, 'select account_id as id from account')
    const { id } = account as { readonly id: number }
    const featuresAt = async (day: string) => {
      const { asOf: _asOf, ...snapshot } = await snapshotOf(database.db, id, at(day))
      return JSON.stringify(snapshot)
    }
    const days = ['2024-03-02', '2024-03-20', '2024-04-30']
    const before = await Promise.all(days.map(featuresAt))
    expect(before[0]).toContain('email_reply')
    const later = await featuresAt('2024-05-20')
    // A shorter list, a deletion without a date, and one of 2024-05-01.
    await importByPreset(
      database,
      'hubspot/emails',
      EMAILS + email('1', '71') + email('2', '71', 'true,') + email('3', '72', 'true,2024-05-01T08:00:00Z'),
    )
    expect(await Promise.all(days.map(featuresAt))).toEqual(before)
    expect(await featuresAt('2024-05-20')).not.toBe(later)
    expect(
      await rowsOf(database, 'select source_id from activity where superseded_at is null and not deleted order by 1'),
    ).toEqual([{ source_id: '1/71' }])
  })
})
