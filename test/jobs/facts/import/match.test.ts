import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('truncate account, contact, activity, feed_start cascade'))

const HEADER = 'source_id,kind,occurred_at,contact_external_id,account_external_id,email,domain,ip,visitor_id'
const activity = (id: string, way: string) => `${id},web_visit,2024-06-01T00:00:00Z,${way}`
const ACCOUNTS = 'external_id,domain\nA,acme.com\nB,beta.com\nC,shared.com\nD,shared.com\n'
const CONTACTS = `external_id,account_external_id,email,known_at
CA,A,ann@private.net,2024-01-01T00:00:00Z
CA,B,ann@private.net,2024-07-01T00:00:00Z
CN,,nobody@acme.com,2024-01-01T00:00:00Z
`
const LINKS = `account_external_id,kind,value,known_at
A,network,10.0.0.0/8,2024-02-01T00:00:00Z
B,network,10.1.0.0/16,2024-03-01T00:00:00Z
B,visitor,v1,2024-04-01T00:00:00Z
`
const WAYS: readonly (readonly [string, string, string | null, string | null])[] = [
  ['contact, by its version at the time', 'CA,B,,,,', 'A', '2024-01-01'],
  ['contact without an account, then its name', 'CN,B,,,,', 'B', '1900-01-01'],
  ['account by name', ',B,,acme.com,,', 'B', '1900-01-01'],
  ['email of a contact', ',,Ann@private.net,beta.com,,', 'A', '2024-01-01'],
  ['domain of an email', ',,zoe@beta.com,acme.com,,', 'B', '1900-01-01'],
  ['domain', ',,,www.ACME.com,,', 'A', '1900-01-01'],
  ['narrowest network', ',,,,10.1.2.3,', 'B', '2024-03-01'],
  ['wider network', ',,,,10.2.2.3,', 'A', '2024-02-01'],
  ['visitor', ',,,,192.0.2.1,v1', 'B', '2024-04-01'],
  ['a domain that two claim: nobody', ',,,shared.com,,', null, null],
  ['a free-mail domain: nobody', ',,zoe@gmail.com,,,', null, null],
  ['nothing that we know', ',X,,,,', null, null],
]
const ACTIVITIES = `${HEADER}\n${WAYS.map(([, way], index) => activity(String(index), way)).join('\n')}\n`
const matches = `select a.external_id as account, left(t.linked_at::text, 10) as linked, c.external_id as contact
  from activity t left join account a using (account_id) left join contact c using (contact_id) order by t.source_id::integer`
const expected = WAYS.map(([name, , account, linked]) => {
  const contact = name.startsWith('contact without') ? 'CN' : name.includes('contact') ? 'CA' : null
  return { account, linked, contact }
})

async function bringAccounts(): Promise<void> {
  await importText(database, 'accounts', ACCOUNTS)
  await importText(database, 'account-links', LINKS)
  await importText(database, 'contacts', CONTACTS)
}

describe('the match rule', () => {
  it('takes the first way that leads to an account', async () => {
    await bringAccounts()
    const { counts } = await importText(database, 'activities', ACTIVITIES)
    expect(await rowsOf(database, matches)).toEqual(expected)
    expect(counts).toMatchObject({ read: 12, inserted: 12, unmatched: 3 })
  })

  it('gives facts that waited the same accounts as facts that come afterwards', async () => {
    expect((await importText(database, 'activities', ACTIVITIES)).counts.unmatched).toBe(12)
    await bringAccounts()
    // Some had found a lesser way while their contact was on its way, and keep to the rule once it is there.
    expect(await rowsOf(database, matches)).toEqual(expected)
  })

  it('moves what a contact did when a version of it comes that was in force at the time', async () => {
    await importText(database, 'accounts', ACCOUNTS)
    await importText(database, 'contacts', 'external_id,account_external_id,known_at\nCA,A,2024-01-01\n')
    await importText(database, 'activities', `${HEADER}\n${activity('1', 'CA,,,,,')}\n`)
    await importText(database, 'contacts', 'external_id,account_external_id,known_at\nCA,B,2024-05-01\n')
    expect(await rowsOf(database, matches)).toEqual([{ account: 'B', linked: '2024-05-01', contact: 'CA' }])
  })

  it('looks a domain up under the names above it, up to the registrable one', async () => {
    await importText(
      database,
      'accounts',
      'external_id,domain\nA,acme.co.uk\nB,shop.acme.co.uk\nC,github.io\nD,dee.github.io\nE,outlook.com\n',
    )
    const domains = [
      'news.acme.co.uk',
      'eu.shop.acme.co.uk',
      'www.dee.github.io',
      'other.github.io',
      'co.uk',
      'outlook.com',
    ]
    const rows = domains.map((domain, index) => activity(String(index), `,,,${domain},,`))
    rows.push(activity('6', ',,zoe@mail.shop.acme.co.uk,,,'))
    await importText(database, 'activities', `${HEADER}\n${rows.join('\n')}\n`)
    const found = (await rowsOf(database, matches)) as { account: string | null }[]
    expect(found.map(({ account }) => account)).toEqual(['A', 'B', 'D', null, null, null, 'B'])
  })

  it('takes the narrowest network, IPv4 in IPv6 dress and IPv6 included', async () => {
    await importText(database, 'accounts', 'external_id\nA\nB\nC\n')
    const networks = [
      'A,network,::ffff:10.0.0.0/104',
      'B,network,10.1.0.0/16',
      'A,network,2001:db8::/32',
      'C,network,2001:db8:7::/48',
    ]
    await importText(database, 'account-links', `account_external_id,kind,value\n${networks.join('\n')}\n`)
    const ips = ['10.9.9.9', '::ffff:10.1.2.3', '2001:db8:1::1', '2001:db8:7::1', '2001:db9::1']
    const rows = ips.map((ip, index) => activity(String(index), `,,,,${ip},`))
    await importText(database, 'activities', `${HEADER}\n${rows.join('\n')}\n`)
    const found = (await rowsOf(database, matches)) as { account: string | null }[]
    expect(found.map(({ account }) => account)).toEqual(['A', 'B', 'A', 'C', null])
  })

  it('has known the account since the earliest of the ways that lead to it', async () => {
    await importText(database, 'accounts', 'external_id,domain,known_at\nA,acme.com,2024-02-01\n')
    await importText(database, 'activities', `${HEADER}\n${activity('1', 'CA,,,www.acme.com,,')}\n`)
    const linked = { account: 'A', linked: '2024-02-01', contact: null }
    expect(await rowsOf(database, matches)).toEqual([linked])
    // The contact decides from now on, and was known only later.
    await importText(database, 'contacts', 'external_id,account_external_id,known_at\nCA,A,2024-09-01\n')
    expect(await rowsOf(database, matches)).toEqual([{ ...linked, contact: 'CA' }])
    // So does a narrower name of the same account.
    await importText(
      database,
      'account-links',
      'account_external_id,kind,value,known_at\nA,domain,www2.acme.com,2024-09-01\n',
    )
    expect(await rowsOf(database, matches)).toEqual([{ ...linked, contact: 'CA' }])
  })

  it("lets what happened before a second claim with the first, and gives back what is one account's again", async () => {
    await importText(database, 'accounts', 'external_id,domain,known_at\nA,acme.com,2024-01-01\nB,,2024-01-01\n')
    const days = ['2023-12-01', '2024-03-01', '2024-05-01', '2024-07-01']
    const rows = days.map((day, index) => `${index},web_visit,${day}T00:00:00Z,,,,acme.com,,`)
    await importText(database, 'activities', `${HEADER}\n${rows.join('\n')}\n`)
    const accounts = async () =>
      ((await rowsOf(database, matches)) as { account: string | null; linked: string | null }[]).map(
        ({ account, linked }) => account && `${account} ${linked}`,
      )
    expect(await accounts()).toEqual(['A 2024-01-01', 'A 2024-01-01', 'A 2024-01-01', 'A 2024-01-01'])
    const link = (known: string, deleted = '') =>
      importText(
        database,
        'account-links',
        `account_external_id,kind,value,known_at,deleted\nB,domain,acme.com,${known},${deleted}\n`,
      )
    await link('2024-04-01')
    expect(await accounts()).toEqual(['A 2024-01-01', 'A 2024-01-01', null, null])
    // Removed: from then on the other is alone, for what happened before as well.
    await link('2024-06-01', 'true')
    expect(await accounts()).toEqual(['A 2024-01-01', 'A 2024-01-01', 'A 2024-06-01', 'A 2024-06-01'])
  })

  it('reconsiders what it had matched when a link is dated, or another account claims it', async () => {
    await importText(database, 'accounts', 'external_id,domain\nA,acme.com\nB,\n')
    await importText(database, 'activities', `${HEADER}\n${activity('1', ',,,acme.com,,v1')}\n`)
    const link = (row: string) =>
      importText(database, 'account-links', `account_external_id,kind,value,known_at\n${row}\n`)
    const found = { account: 'A', linked: '1900-01-01', contact: null }
    expect(await rowsOf(database, matches)).toEqual([found])
    await link('A,domain,acme.com,2024-03-01')
    expect(await rowsOf(database, matches)).toEqual([{ ...found, linked: '2024-03-01' }])
    await link('B,visitor,v1,')
    expect(await rowsOf(database, matches)).toEqual([{ ...found, linked: '2024-03-01' }])
    await link('B,domain,acme.com,2024-03-01')
    expect(await rowsOf(database, matches)).toEqual([{ account: 'B', linked: '1900-01-01', contact: null }])
  })

  it('matches again when the lists of suffixes and free mail have changed', async () => {
    await importText(database, 'accounts', ACCOUNTS)
    await importText(database, 'activities', `${HEADER}\n${activity('1', ',,,acme.com,,')}\n`)
    // As if acme.com had been on the list of free mail by then.
    await database.pool.query(
      `update web_domain set names = '{}', rules = 'old'; update activity set account_id = null, linked_at = null`,
    )
    await importText(database, 'spend', 'month,channel,amount,currency\n2024-01,ads,1,USD\n')
    expect(await rowsOf(database, matches)).toEqual([{ account: 'A', linked: '1900-01-01', contact: null }])
  })

  it('serves intent signals and business events', async () => {
    await importText(
      database,
      'intent-signals',
      'provider,topic,domain,period_start,period_end,strength\np,crm,acme.com,2024-03-04,2024-03-10,70\n',
    )
    await importText(
      database,
      'business-events',
      'source_id,kind,domain,occurred_at\n1,funding,beta.com,2024-03-04T00:00:00Z\n',
    )
    const summary = await importText(database, 'accounts', ACCOUNTS)
    expect(summary.rematched).toBe(2)
    expect(
      await rowsOf(
        database,
        `select external_id from account join intent_signal using (account_id)
        union all select external_id from account join business_event using (account_id)`,
      ),
    ).toEqual([{ external_id: 'A' }, { external_id: 'B' }])
  })
})

describe('feed_start', () => {
  it('knows the first fact known before any instant, whatever the order of rows and the size of batches', async () => {
    // (known, occurred) in days of 2024: an event may be known long after it happened.
    const days = [
      [50, 50],
      [60, 30],
      [70, 40],
      [40, 40],
      [80, 10],
      [45, 44],
      [80, 5],
      [55, 54],
    ] as const
    const at = (day: number) => new Date(Date.UTC(2024, 0, day)).toISOString()
    const rows = days.map(([known, occurred], index) => `${index},visit,${at(occurred)},${at(known)},buyer`)
    for (const [order, batchRows] of [
      [rows, 3],
      [rows.toReversed(), 2],
      [rows.toSorted(), 100],
    ] as const) {
      await database.pool.query('truncate activity, feed_start')
      await importText(
        database,
        'activities',
        `source_id,kind,occurred_at,known_at,initiated_by\n${order.join('\n')}\n`,
        {
          batchRows,
        },
      )
      for (let day = 39; day < 90; day += 1) {
        const before = days.filter(([known]) => known < day).map(([, occurred]) => at(occurred))
        const { rows: found } = await database.pool.query<{ first: string | null }>(
          'select min(occurred_at) as first from feed_start where known_at < $1',
          [at(day)],
        )
        expect(found[0]?.first ?? undefined).toBe(before.toSorted()[0]?.replace('.000Z', '.000000Z'))
      }
    }
  })

  it('is not begun by what sales logged before anybody looked at what buyers do', async () => {
    await importText(
      database,
      'activities',
      `source_id,kind,occurred_at,initiated_by
1,sales_call,2019-03-01T00:00:00Z,sales
2,web_visit,2024-03-01T00:00:00Z,buyer
`,
    )
    const { rows } = await database.pool.query('select kind from feed_start order by kind')
    expect(rows).toEqual([{ kind: 'web_visit' }])
  })
})
