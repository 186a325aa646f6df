import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countUnmatched, type UnmatchedKind } from '../../../src/store/facts/unmatched.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { importText } from '../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await importText(database, 'accounts', 'external_id,domain\nA,acme.com;shared.com\nB,shared.com\n')
  await importText(
    database,
    'account-links',
    'account_external_id,kind,value\nA,network,10.0.0.0/16\nB,network,10.0.0.0/16\nA,visitor,v2\nB,visitor,v2\n',
  )
  await importText(
    database,
    'contacts',
    'external_id,account_external_id,email\nlone,,lone@x.com\nlost,Z,lost@y.com\nhere,A,\n',
  )
  const ways = [
    'nobody,,,,,',
    'lone,,,,,',
    ',,lone@x.com,,,',
    ',Z,,,,',
    ',Z,,acme.com,,',
    ',,,www.shared.com,,',
    ',,,a.new.co.uk,,',
    ',,zoe@b.new.co.uk,,,',
    ',,zoe@gmail.com,,10.9.1.1,',
    ',,,github.io,,',
    ',,zoe@gmail.com,other.com,,',
    ',,,,10.0.1.2,',
    ',,,,10.9.1.2,',
    ',,,,10.9.1.77,',
    ',,,,2001:db8:7:1::1,',
    ',,,,,v1',
    ',,,,,v2',
    ',,,,,',
    ',,,acme.com,,',
    'here,,,,,',
  ]
  const rows = ways.map((way, index) => `${index},web_visit,2024-06-01T00:00:00Z,${way}`)
  const header = 'source_id,kind,occurred_at,contact_external_id,account_external_id,email,domain,ip,visitor_id'
  await importText(database, 'activities', `${header}\n${rows.join('\n')}\n`)
  await importText(
    database,
    'intent-signals',
    'provider,topic,domain,period_start,period_end,strength\np,crm,new.co.uk,2024-03-04,2024-03-10,70\np,crm,acme.com,2024-03-04,2024-03-10,70\n',
  )
  await importText(
    database,
    'opportunities',
    'external_id,account_external_id,opened_at,outcome\no1,Z,2024-01-01T00:00:00Z,open\no2,A,2024-01-01T00:00:00Z,open\n',
  )
})
afterAll(() => database.drop())

async function reasons(kind: UnmatchedKind, top?: number) {
  const { total, unmatched, reasons: found } = await countUnmatched(database.db, kind, top)
  const entries = found.map(({ reason, count, values }) => [
    reason,
    [count, ...values.map(({ value, count: times }) => `${value} ${times}`)],
  ])
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(unmatched)
  return { total, unmatched, ...Object.fromEntries(entries) }
}

describe('what has no account', () => {
  it('is counted by the first key that it has, and listed', async () => {
    expect(await reasons('activities')).toEqual({
      total: 20,
      unmatched: 17,
      unknown_contact: [1, 'nobody 1'],
      contact_without_account: [2, 'lone 1', 'lone@x.com 1'],
      unknown_account: [1, 'Z 1'],
      ambiguous_domain: [1, 'shared.com 1'],
      unknown_domain: [3, 'new.co.uk 2', 'other.com 1'],
      free_mail: [2, 'github.io 1', 'gmail.com 1'],
      ambiguous_network: [1, '10.0.1.0/24 1'],
      ip_outside_networks: [3, '10.9.1.0/24 2', '2001:db8:7::/48 1'],
      unknown_visitor: [1, 'v1 1'],
      ambiguous_visitor: [1, 'v2 1'],
      nothing_to_match_by: [1],
    })
  })

  it('is listed by the most frequent values only', async () => {
    expect(await reasons('activities', 1)).toMatchObject({ unknown_domain: [3, 'new.co.uk 2'] })
  })

  it('is counted for other facts, for people and for opportunities', async () => {
    expect(await reasons('intent-signals')).toEqual({ total: 2, unmatched: 1, unknown_domain: [1, 'new.co.uk 1'] })
    expect(await reasons('contacts')).toEqual({
      total: 3,
      unmatched: 2,
      nothing_to_match_by: [1],
      unknown_account: [1, 'Z 1'],
    })
    expect(await reasons('opportunities')).toEqual({ total: 2, unmatched: 1, unknown_account: [1, 'Z 1'] })
    expect(await reasons('customer-events')).toEqual({ total: 0, unmatched: 0 })
  })
})
