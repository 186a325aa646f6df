import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalKey } from '../../../src/core/facts/identity/keys.ts'
import { matchAccounts } from '../../../src/store/facts/accounts.ts'
import { importText, rowsOf } from '../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const SHORT = ['0015g00000XyZab', '0035g00000AbCde', '00558000000yFyD', '0065g00000OpQrs']
const OTHER = ['123456789012345', 'customer-number', 'abcdefghijklmno', 'A1', '{6F9619FF-8B86-D011-B42D-00CF4FC964FF}']

describe('keys that an older release stored', () => {
  it('take the spelling in which they are read now, and facts that named them go on doing so', async () => {
    const { pool, db } = database
    const accounts = [...SHORT, ...OTHER, '00558000000yFyDAAU']
    await pool.query(
      `insert into account (external_id, known_at, backfilled) select unnest($1::text[]), '2024-01-01', true`,
      [accounts],
    )
    const visit = 'source_id,kind,occurred_at,account_external_id\n1,visit,2024-03-01,A1\n'
    await importText(database, 'activities', visit)
    await pool.query(`update activity set account_external_id = $1`, [SHORT[0]])
    const migration = await readFile('migrations/0013_key_spellings.sql', 'utf8')
    await pool.query(migration)
    const stored = (await rowsOf(database, 'select external_id from account')) as { readonly external_id: string }[]
    // Both spellings of one id are there: the shorter stays.
    const expected = [...accounts.filter((key) => key !== '00558000000yFyD').map(canonicalKey), '00558000000yFyD']
    expect(stored.map((row) => row.external_id).toSorted()).toEqual(expected.toSorted())
    expect(await rowsOf(database, 'select account_external_id as key from activity')).toEqual([
      { key: '0015g00000XyZabAAF' },
    ])
    const [byShort, byLong, exact] = await matchAccounts(db, [
      { external_id: '0015g00000XyZab' },
      { external_id: '0015g00000XyZabAAF' },
      { external_id: '00558000000yFyD' },
    ])
    expect(byShort).toEqual(byLong)
    expect(byShort).toHaveLength(1)
    expect(exact).toHaveLength(1)
  })
})
