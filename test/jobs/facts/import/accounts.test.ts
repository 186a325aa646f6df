import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('truncate account, contact, opportunity cascade'))

const BEGINNING = '1900-01-01T00:00:00.000000Z'
const versions = `select a.external_id as id, v.source, v.known_at, v.backfilled, v.attributes->>'industry' as industry
  from account_version v join account a using (account_id) order by 1, 2, 3`
const links = 'select value, known_at, backfilled from account_link order by value'

describe('accounts', () => {
  it('without a date are valid for all of the past, and marked so', async () => {
    const { counts } = await importText(
      database,
      'accounts',
      'external_id,industry,employees,technologies,in_crm\nA,retail,120,sap;aws,yes\n',
    )
    expect(counts).toMatchObject({ read: 1, inserted: 1 })
    expect(await rowsOf(database, 'select attributes, known_at, backfilled, source from account_version')).toEqual([
      {
        attributes: { industry: 'retail', employees: 120, technologies: ['aws', 'sap'], in_crm: true },
        known_at: BEGINNING,
        backfilled: true,
        source: 'crm',
      },
    ])
    expect(await rowsOf(database, 'select known_at, backfilled from account')).toEqual([
      { known_at: BEGINNING, backfilled: true },
    ])
  })

  it('that come again unchanged change nothing; changed, they get a version known from now on', async () => {
    await importText(database, 'accounts', 'external_id,industry\nA,retail\nB,banking\n')
    const again = await importText(database, 'accounts', 'external_id,industry\nA,retail\nB,insurance\n')
    expect(again.counts).toMatchObject({ unchanged: 1, inserted: 1 })
    const third = await importText(database, 'accounts', 'external_id,industry\nA,retail\nB,insurance\n')
    expect(third.counts).toMatchObject({ unchanged: 2 })
    const back = await importText(database, 'accounts', 'external_id,industry\nB,banking\n')
    expect(await rowsOf(database, versions)).toEqual([
      { id: 'A', source: 'crm', known_at: BEGINNING, backfilled: true, industry: 'retail' },
      { id: 'B', source: 'crm', known_at: BEGINNING, backfilled: true, industry: 'banking' },
      { id: 'B', source: 'crm', known_at: again.startedAt, backfilled: false, industry: 'insurance' },
      { id: 'B', source: 'crm', known_at: back.startedAt, backfilled: false, industry: 'banking' },
    ])
  })

  it('with a date are corrected in place, and exist since the earliest of them', async () => {
    const csv = 'external_id,known_at,industry\nA,2024-05-01T00:00:00Z,retail\nA,2024-02-01T00:00:00Z,banking\n'
    expect((await importText(database, 'accounts', csv)).counts).toMatchObject({ inserted: 2 })
    expect((await importText(database, 'accounts', csv.replace('banking', 'insurance'))).counts).toMatchObject({
      updated: 1,
      unchanged: 1,
    })
    expect(await rowsOf(database, versions)).toMatchObject([{ industry: 'insurance' }, { industry: 'retail' }])
    expect(await rowsOf(database, 'select known_at, backfilled from account')).toEqual([
      { known_at: '2024-02-01T00:00:00.000000Z', backfilled: false },
    ])
  })

  it('may have an undated version under a dated history, and the same file again changes nothing', async () => {
    const csv = 'external_id,known_at,industry\nA,,retail\nA,2024-02-01T00:00:00Z,banking\n'
    expect((await importText(database, 'accounts', csv)).counts).toMatchObject({ inserted: 2 })
    expect((await importText(database, 'accounts', csv)).counts).toMatchObject({ unchanged: 2 })
  })

  it.each([1, 2, 10])(
    'that appear twice in a file end as the last line says, with %i rows a batch',
    async (batchRows) => {
      const csv = 'external_id,industry\nA,retail\nB,media\nA,banking\n'
      const { counts } = await importText(database, 'accounts', csv, { batchRows })
      expect(counts.read).toBe(counts.inserted + counts.updated + counts.duplicate)
      for (const run of ['first', 'again']) {
        if (run === 'again') await importText(database, 'accounts', csv, { batchRows })
        expect(await rowsOf(database, versions)).toEqual([
          { id: 'A', source: 'crm', known_at: BEGINNING, backfilled: true, industry: 'banking' },
          { id: 'B', source: 'crm', known_at: BEGINNING, backfilled: true, industry: 'media' },
        ])
      }
    },
  )

  it('keep what each source says apart', async () => {
    await importText(database, 'accounts', 'external_id,industry\nA,retail\n')
    await importText(database, 'accounts', 'external_id,industry\nA,banking\n', { source: 'enrichment' })
    expect(await rowsOf(database, versions)).toMatchObject([
      { source: 'crm' },
      { source: 'enrichment', known_at: BEGINNING },
    ])
  })

  it('claim the domains they name, save those that everybody has', async () => {
    await importText(
      database,
      'accounts',
      'external_id,domain,known_at\nA,https://www.Acme.com/;acme.de;gmail.com,2024-02-01\n',
    )
    expect(await rowsOf(database, links)).toEqual([
      { value: 'acme.com', known_at: '2024-02-01T00:00:00.000000Z', backfilled: false },
      { value: 'acme.de', known_at: '2024-02-01T00:00:00.000000Z', backfilled: false },
    ])
  })

  it('learn a new domain when it first comes, not before', async () => {
    await importText(database, 'accounts', 'external_id,domain\nA,acme.com\n')
    const later = await importText(database, 'accounts', 'external_id,domain\nA,acme.com;acme.de\n')
    expect(later.counts).toMatchObject({ updated: 1 })
    expect(await rowsOf(database, links)).toEqual([
      { value: 'acme.com', known_at: BEGINNING, backfilled: true },
      { value: 'acme.de', known_at: later.startedAt, backfilled: false },
    ])
  })

  it('do not depend on which came first, a dated link or a backfilled one', async () => {
    const dated = 'account_external_id,kind,value,known_at\nA,domain,acme.com,2024-03-01T00:00:00Z\n'
    await importText(database, 'accounts', 'external_id,domain\nA,acme.com\n')
    await importText(database, 'account-links', dated)
    const once = await rowsOf(database, links)
    await database.pool.query('truncate account cascade')
    await importText(database, 'accounts', 'external_id\nA\n')
    await importText(database, 'account-links', dated)
    await importText(database, 'accounts', 'external_id,domain\nA,acme.com\n')
    expect(await rowsOf(database, links)).toEqual(once)
    expect(once).toEqual([{ value: 'acme.com', known_at: '2024-03-01T00:00:00.000000Z', backfilled: false }])
  })
})

describe('contacts', () => {
  it('keep the account they name until it appears', async () => {
    const csv = 'external_id,account_external_id,email,seniority\nC,A,Ann@Acme.com,vp\n'
    expect((await importText(database, 'contacts', csv)).counts).toMatchObject({ inserted: 1, unmatched: 1 })
    await importText(database, 'accounts', 'external_id\nA\n')
    expect(
      await rowsOf(database, 'select email, seniority, account_id is not null as matched from contact_version'),
    ).toEqual([{ email: 'ann@acme.com', seniority: 'vp', matched: true }])
    expect((await importText(database, 'contacts', csv)).counts).toMatchObject({ unchanged: 1, unmatched: 0 })
  })
})

describe('account links', () => {
  it('need an account, and spell a network in one way', async () => {
    await importText(database, 'accounts', 'external_id\nA\n')
    const csv = 'account_external_id,kind,value\nA,network,192.0.2.77/24\nA,network,192.0.2.0/24\nX,visitor,v1\n'
    const { counts, reasons } = await importText(database, 'account-links', csv)
    expect(counts).toMatchObject({ read: 3, inserted: 1, duplicate: 1, rejected: 1 })
    expect(reasons).toEqual({ unknown_account: 1 })
    expect(await rowsOf(database, 'select value from account_link')).toEqual([{ value: '192.0.2.0/24' }])
  })
})
