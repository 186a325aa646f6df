import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countUnmatched } from '../../../../../src/store/facts/unmatched.ts'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query(
    'truncate account, contact, activity, opportunity, visitor_tie, web_domain, identity_change, feed_start cascade',
  ),
)

const ACCOUNTS = 'external_id,domain\nA,a.example.com\nB,b.example.com\n'
const CONTACTS = 'external_id,account_external_id,email,known_at\n'
const EVENTS = 'source_id,kind,occurred_at,email,initiated_by\n'
const found = `select a.source_id as id, c.external_id as account, left(a.linked_at::text, 10) as since
  from activity a left join account c using (account_id) order by 1`
const contacts = (rows: string) => importText(database, 'contacts', CONTACTS + rows)
const events = (rows: string) => importText(database, 'activities', EVENTS + rows)
const MAIL = '1,reply,2024-03-05T00:00:00Z,info@a.example.com,buyer\n'
const BOTH = 'C1,A,info@a.example.com,2024-01-01T00:00:00Z\nC2,B,info@a.example.com,2024-01-02T00:00:00Z\n'

describe('a mailbox of contacts at two accounts', () => {
  it.each([
    ['the mail last', [() => contacts(BOTH), () => events(MAIL)]],
    ['the mail first', [() => events(MAIL), () => contacts(BOTH)]],
    ['one contact at a time', [() => contacts(BOTH.slice(0, 49)), () => events(MAIL), () => contacts(BOTH)]],
  ])('leads to neither, and not to its domain: %s', async (_, steps) => {
    await importText(database, 'accounts', ACCOUNTS)
    for (const step of steps) await step()
    expect(await rowsOf(database, found)).toEqual([{ id: '1', account: null, since: null }])
    expect(await countUnmatched(database.db, 'activities')).toMatchObject({
      unmatched: 1,
      reasons: [{ reason: 'ambiguous_email', count: 1, values: [{ value: 'info@a.example.com' }] }],
    })
  })

  it('is counted once, by the import of contacts that brings the second', async () => {
    await importText(database, 'accounts', ACCOUNTS)
    const { notes } = await contacts(BOTH)
    expect(notes).toEqual(['1 email address of contacts is claimed by several accounts and leads to none of them'])
  })

  it("was the first one's before the second was known", async () => {
    await importText(database, 'accounts', ACCOUNTS)
    await contacts(BOTH.replace('2024-01-02', '2024-06-01'))
    await events(`${MAIL}2,reply,2024-06-05T00:00:00Z,info@a.example.com,buyer\n`)
    expect(await rowsOf(database, found)).toMatchObject([{ account: 'A' }, { account: null }])
  })

  it("is the one's again when the other has another address, or is deleted", async () => {
    await importText(database, 'accounts', ACCOUNTS)
    await contacts(BOTH)
    await events(MAIL)
    await contacts('C2,B,own@b.example.com,2024-02-01T00:00:00Z\n')
    expect(await rowsOf(database, found)).toMatchObject([{ account: 'A' }])
    await contacts('C3,B,info@a.example.com,2024-02-02T00:00:00Z\n')
    expect(await rowsOf(database, found)).toMatchObject([{ account: null }])
    await importText(database, 'contacts', 'external_id,known_at,deleted\nC3,2024-02-03T00:00:00Z,true\n')
    expect(await rowsOf(database, found)).toMatchObject([{ account: 'A' }])
  })

  it('is that of both when their accounts are merged, since then', async () => {
    await importText(database, 'accounts', ACCOUNTS)
    await contacts(BOTH)
    await events(MAIL)
    await importText(
      database,
      'account-links',
      'account_external_id,kind,value,known_at\nA,merge,B,2024-05-01T00:00:00Z\n',
    )
    expect(await rowsOf(database, found)).toMatchObject([{ since: '2024-05-01' }])
    expect((await contacts(BOTH)).notes).toEqual([])
  })

  it('of two contacts at one account leads there, and so does one contact that moved', async () => {
    await importText(database, 'accounts', ACCOUNTS)
    await contacts('C1,A,info@x.example.org,2024-01-01T00:00:00Z\nC2,A,info@x.example.org,2024-01-02T00:00:00Z\n')
    await contacts('C4,A,me@y.example.org,2024-01-01T00:00:00Z\nC4,B,me@y.example.org,2024-02-01T00:00:00Z\n')
    await events(
      '1,reply,2024-03-05T00:00:00Z,info@x.example.org,buyer\n2,reply,2024-01-05T00:00:00Z,me@y.example.org,buyer\n3,reply,2024-03-05T00:00:00Z,me@y.example.org,buyer\n',
    )
    expect(await rowsOf(database, found)).toMatchObject([{ account: 'A' }, { account: 'A' }, { account: 'B' }])
  })
})

describe('ids that differ only in their spelling', () => {
  it.each([
    ['case', 'ACME-1\nacme-1\n', '"ACME-1" and "acme-1"'],
    ['punctuation', 'acme 1\nacme-1\n', '"acme 1" and "acme-1"'],
    ['leading zeros', '000123\n123\n', '"000123" and "123"'],
  ])('are named when both are accounts: %s', async (_, ids, named) => {
    const { notes } = await importText(database, 'accounts', `external_id\n${ids}`)
    expect(notes).toEqual([expect.stringContaining(named)])
  })

  it.each([
    ['Salesforce ids of 15 characters', '001xx000003DGbA\n001xx000003DGba\n'],
    ['numbers that are parted elsewhere', '1-23\n12-3\n'],
    ['other ids', 'a1\na2\n'],
  ])('are not: %s', async (_, ids) => {
    expect((await importText(database, 'accounts', `external_id\n${ids}`)).notes).toEqual([])
  })

  it.each([
    ['opportunities', 'external_id,account_external_id,opened_at,outcome\nO,acme-1,2024-01-01,open\n'],
    ['contacts', 'external_id,account_external_id\nC,acme-1\n'],
    ['activities', 'source_id,kind,occurred_at,account_external_id\n1,visit,2024-01-01,acme-1\n'],
    ['customer-events', 'source_id,kind,occurred_at,account_external_id\n1,churn,2024-01-01,acme-1\n'],
  ] as const)('are named when %s name an account by another spelling', async (kind, csv) => {
    await importText(database, 'accounts', 'external_id\nACME-1\n')
    const { notes } = await importText(database, kind, csv)
    expect(notes).toEqual([
      `1 account that ${kind} name is not here, but under a near id: "acme-1" resembles "ACME-1". Write one id in one spelling`,
    ])
  })
})
