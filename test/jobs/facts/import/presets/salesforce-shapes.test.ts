import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvOf, importByPreset, jsonLinesOf, type Row } from './import-by-preset.ts'
import { rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

/** One organisation, as the API names its columns. Reports have no deleted rows, so what is deleted is not in TABLES. */
const TABLES = {
  accounts: [
    {
      Id: '001A000000Aaaaa',
      Name: 'Acme',
      Website: 'https://www.acme.example.com/',
      Industry: 'Manufacturing',
      NumberOfEmployees: '250',
      AnnualRevenue: '12000000',
      BillingCountry: 'Germany',
      OwnerId: '005X01',
      CreatedDate: '2023-02-13T09:15:00.000Z',
    },
  ],
  contacts: [
    {
      Id: '003A000000Aaaaa',
      AccountId: '001A000000Aaaaa',
      FirstName: 'Ann',
      LastName: 'Lee',
      Title: 'CFO',
      Email: 'ann@acme.example.com',
      DoNotCall: 'false',
      HasOptedOutOfEmail: 'true',
      CreatedDate: '2023-02-14T09:15:00.000Z',
    },
  ],
  opportunities: [
    {
      Id: '006A000000Aaaaa',
      AccountId: '001A000000Aaaaa',
      Name: 'Line 4',
      StageName: 'Signed',
      Amount: '120000',
      CurrencyIsoCode: 'EUR',
      CloseDate: '2023-09-14',
      Type: 'New Customer',
      LeadSource: 'Web',
      IsClosed: 'true',
      IsWon: 'true',
      CreatedDate: '2023-03-15T08:00:00.000Z',
    },
    {
      Id: '006A000000Aaaab',
      AccountId: '001A000000Aaaaa',
      Name: 'Line 5',
      StageName: 'Gone',
      Amount: '5000',
      CurrencyIsoCode: 'EUR',
      CloseDate: '2023-10-15',
      Type: 'Existing Customer - Upgrade',
      LeadSource: 'Partner',
      IsClosed: 'true',
      IsWon: 'false',
      CreatedDate: '2023-03-16T08:00:00.000Z',
    },
    {
      Id: '006A000000Aaaac',
      AccountId: '001A000000Aaaaa',
      Name: 'Line 6',
      StageName: 'Talking',
      Amount: '7000',
      CurrencyIsoCode: 'EUR',
      CloseDate: '2029-10-15',
      Type: '',
      LeadSource: 'Other',
      IsClosed: 'false',
      IsWon: 'false',
      CreatedDate: '2023-03-17T08:00:00.000Z',
    },
  ],
  'stage-history': [
    { Id: '008A1', OpportunityId: '006A000000Aaaaa', StageName: 'Talking', CreatedDate: '2023-03-15T08:00:00.000Z' },
    { Id: '008A2', OpportunityId: '006A000000Aaaaa', StageName: 'Signed', CreatedDate: '2023-09-14T08:00:00.000Z' },
  ],
  'opportunity-contacts': [
    {
      Id: '00KA1',
      OpportunityId: '006A000000Aaaaa',
      ContactId: '003A000000Aaaaa',
      Role: 'Economic Buyer',
      CreatedDate: '2023-03-15T08:00:00.000Z',
    },
  ],
  tasks: [
    {
      Id: '00TA1',
      WhoId: '003A000000Aaaaa',
      AccountId: '001A000000Aaaaa',
      TaskSubtype: 'Call',
      Status: 'Completed',
      IsClosed: 'true',
      CompletedDateTime: '2023-05-14T08:00:00.000Z',
      CreatedDate: '2023-05-14T08:00:00.000Z',
    },
  ],
} satisfies Readonly<Record<string, readonly Row[]>>
type Table = keyof typeof TABLES

const KEY_LABEL: Readonly<Record<Table, string>> = { accounts: 'Account ID', contacts: 'Contact ID', opportunities: 'Opportunity ID', 'stage-history': 'History ID', 'opportunity-contacts': 'Role ID', tasks: 'Activity ID' } // biome-ignore format: a table
const NAME_LABEL: Readonly<Partial<Record<Table, string>>> = {
  accounts: 'Account Name',
  opportunities: 'Opportunity Name',
}
const LABELS: Readonly<Record<string, string>> = {
  AccountId: 'Account ID', OpportunityId: 'Opportunity ID', ContactId: 'Contact ID', WhoId: 'Contact ID', NumberOfEmployees: 'Employees', AnnualRevenue: 'Annual Revenue', BillingCountry: 'Billing Country', FirstName: 'First Name', LastName: 'Last Name', DoNotCall: 'Do Not Call', HasOptedOutOfEmail: 'Email Opt Out',
  StageName: 'Stage', CurrencyIsoCode: 'Amount Currency', CloseDate: 'Close Date', LeadSource: 'Lead Source', IsClosed: 'Closed', IsWon: 'Won', CreatedDate: 'Created Date', TaskSubtype: 'Task Subtype', CompletedDateTime: 'Completed Date/Time', OwnerId: 'Account Owner',
} // biome-ignore format: a table

/** The report on the history of opportunities names its day otherwise. */
const labelOf = (table: Table, key: string) =>
  table === 'stage-history' && key === 'CreatedDate' ? 'Last Modified Date' : (LABELS[key] ?? key)
const snake = (name: string) => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
const renamed = (row: Row, name: (key: string) => string, value: (text: string) => string = (text) => text) =>
  Object.fromEntries(Object.entries(row).map(([key, cell]) => [name(key), value(String(cell))]))
/** As a person in the United States sees it. */
const american = (text: string) => {
  const [, year = '', month = '', day = '', hour, minute] =
    /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d).*)?$/.exec(text) ?? []
  if (year === '') return text === 'true' ? '1' : text === 'false' ? '0' : text
  const date = `${Number(month)}/${Number(day)}/${year}`
  return hour === undefined ? date : `${date}, ${Number(hour) % 12 || 12}:${minute} ${Number(hour) < 12 ? 'AM' : 'PM'}`
}

const SHAPES: Readonly<
  Record<string, (table: Table, rows: readonly Row[]) => { readonly text: string; readonly fileName: string }>
> = {
  'the Data Loader': (table, rows) => ({
    fileName: `${table}.csv`,
    text: csvOf(rows.map((row) => ({ ...row, IsDeleted: 'false', MasterRecordId: '' }))),
  }),
  reports: (table, rows) => ({
    fileName: 'report1700000000000.csv',
    text: csvOf(
      rows.map((row) =>
        renamed(
          row,
          (key) =>
            key === 'Id' ? KEY_LABEL[table] : key === 'Name' ? (NAME_LABEL[table] ?? key) : labelOf(table, key),
          american,
        ),
      ),
    ),
  }),
  "Fivetran's tables": (table, rows) => ({
    fileName: `${table}.csv`,
    text: csvOf(
      rows.map((row) => ({
        ...renamed(row, snake, (text) => text.replace(/T(\d\d:\d\d:\d\d).*Z$/, ' $1')),
        is_deleted: 'false',
        _fivetran_synced: 'x',
        _fivetran_active: 'true',
      })),
    ),
  }),
  "Airbyte's records": (table, rows) => ({
    fileName: `${table}.jsonl`,
    text: jsonLinesOf(
      rows.map((row) => ({
        ...row,
        IsDeleted: false,
        _airbyte_raw_id: 'b1',
        _airbyte_extracted_at: 1_700_000_000_000,
        _ab_cdc_deleted_at: null,
      })),
    ),
  }),
}

describe('one Salesforce organisation', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it.each(Object.keys(SHAPES))('is the same facts from %s', { timeout: 120_000 }, async (name) => {
    const shape = SHAPES[name]
    if (!shape) throw new Error(name)
    await database.pool.query('truncate account, contact, opportunity, activity cascade')
    for (const [table, rows] of Object.entries(TABLES)) {
      const { text, fileName } = shape(table as Table, rows)
      const { counts } = await importByPreset(database, `salesforce/${table}`, text, { fileName })
      expect([table, counts.read, counts.inserted, counts.unmatched]).toEqual([table, rows.length, rows.length, 0])
    }
    expect(
      await rowsOf(
        database,
        `select left(a.external_id, 15) as id, left(v.known_at::text, 16) as known, v.attributes - 'owner' as attributes,
        (select value from account_link l where l.account_id = a.account_id) as domain from account a join account_version v using (account_id)`,
      ),
    ).toEqual([
      {
        id: '001A000000Aaaaa',
        known: '2023-02-13 09:15',
        domain: 'acme.example.com',
        attributes: {
          name: 'Acme',
          in_crm: true,
          country: 'Germany',
          industry: 'Manufacturing',
          employees: 250,
          revenue_usd: 12_000_000,
        },
      },
    ])
    expect(
      await rowsOf(database, `select name, title, attributes->'do_not_contact' as never from contact_version`),
    ).toEqual([{ name: 'Ann Lee', title: 'CFO', never: true }])
    expect(
      await rowsOf(
        database,
        `select distinct on (o.external_id) left(o.external_id, 15) as id, v.outcome, left(v.closed_at::text, 10) as closed, left(v.opened_at::text, 16) as opened, v.amount::float8 as amount, v.currency, v.type, v.lead_source
        from opportunity o join opportunity_version v using (opportunity_id) order by o.external_id, v.known_at desc`,
      ),
    ).toEqual([
      {
        id: '006A000000Aaaaa',
        outcome: 'won',
        closed: '2023-09-15',
        opened: '2023-03-15 08:00',
        amount: 120_000,
        currency: 'EUR',
        type: 'new_business',
        lead_source: 'inbound',
      },
      {
        id: '006A000000Aaaab',
        outcome: 'lost',
        closed: '2023-10-16',
        opened: '2023-03-16 08:00',
        amount: 5000,
        currency: 'EUR',
        type: 'expansion',
        lead_source: 'partner',
      },
      {
        id: '006A000000Aaaac',
        outcome: 'open',
        closed: null,
        opened: '2023-03-17 08:00',
        amount: 7000,
        currency: 'EUR',
        type: null,
        lead_source: null,
      },
    ])
    expect(await rowsOf(database, 'select role from opportunity_contact')).toEqual([
      { role: 'economic_decision_maker' },
    ])
    expect(await rowsOf(database, 'select stage from stage_history order by entered_at')).toEqual([
      { stage: 'Talking' },
      { stage: 'Signed' },
    ])
    expect(await rowsOf(database, 'select kind, left(occurred_at::text, 16) as at from activity')).toEqual([
      { kind: 'sales_call', at: '2023-05-14 08:00' },
    ])
  })

  it('takes back what a pipeline marks as deleted, and what Fivetran keeps as history does not count', {
    timeout: 120_000,
  }, async () => {
    await database.pool.query('truncate account, contact, opportunity, activity cascade')
    const [kept] = TABLES.accounts
    const rows = [
      { ...kept, Id: '001A0000000del1', _ab_cdc_deleted_at: '2024-01-01T00:00:00Z' },
      { ...kept, Id: '001A0000000del2', MasterRecordId: '001A0000000keep' },
      { ...kept, Id: '001A0000000del3', IsDeleted: true },
      { ...kept, Id: '001A0000000del4', _fivetran_active: 'false' },
      { ...kept, Id: '001A0000000keep' },
    ]
    const { counts } = await importByPreset(database, 'salesforce/accounts', jsonLinesOf(rows), {
      fileName: 'account.jsonl',
    })
    expect(counts).toMatchObject({ read: 5, filtered: 1, rejected: 0 })
    expect(
      await rowsOf(
        database,
        `select left(a.external_id, 15) as id from account a join account_version v using (account_id) where not v.deleted`,
      ),
    ).toEqual([{ id: '001A0000000keep' }])
  })
})
