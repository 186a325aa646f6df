import { csvOf, jsonLinesOf, type Row } from './import-by-preset.ts'

/** One portal: two companies, three people, three deals. What HubSpot calls these properties is the same in every shape. */
export const COMPANIES: readonly Row[] = [
  {
    hs_object_id: '9101',
    name: 'Cedar Labs',
    domain: 'cedarlabs.example.com',
    industry: 'COMPUTER_SOFTWARE',
    numberofemployees: '120',
    annualrevenue: '8000000',
    country: 'Germany',
    state: '',
    is_public: 'false',
    web_technologies: 'marketo;hubspot',
    hubspot_owner_id: '7',
    createdate: '2023-01-10T09:30:00.123Z',
  },
  {
    hs_object_id: '9102',
    name: 'Delta Labs',
    domain: 'deltalabs.example.com',
    industry: '',
    numberofemployees: '80',
    annualrevenue: '',
    country: 'Germany',
    state: '',
    is_public: '',
    web_technologies: '',
    hubspot_owner_id: '',
    createdate: '2023-02-10T09:30:00.000Z',
  },
]
export const CONTACTS: readonly Row[] = [
  {
    hs_object_id: '61',
    firstname: 'Rio',
    lastname: 'Sample',
    email: 'rio@cedarlabs.example.com',
    associatedcompanyid: '9101',
    jobtitle: 'CFO',
    hs_email_optout: 'false',
    hs_buying_role: 'BUDGET_HOLDER',
    createdate: '2023-01-11T10:00:00.000Z',
  },
  {
    hs_object_id: '62',
    firstname: 'Sol',
    lastname: '',
    email: 'sol@cedarlabs.example.com',
    associatedcompanyid: '9101',
    jobtitle: 'CTO',
    hs_email_optout: 'true',
    hs_buying_role: '',
    createdate: '2023-01-11T10:00:00.000Z',
  },
]
export const DEALS: readonly Row[] = [
  {
    hs_object_id: '801',
    dealname: 'One',
    dealstage: 'closedwon',
    closedate: '2023-06-30T15:00:00.000Z',
    amount: '24000',
    deal_currency_code: 'EUR',
    createdate: '2023-04-02T11:00:00.000Z',
    dealtype: 'newbusiness',
    hs_is_closed_won: 'true',
    hs_is_closed: 'true',
    hs_analytics_source: 'ORGANIC_SEARCH',
  },
  {
    hs_object_id: '802',
    dealname: 'Two',
    dealstage: '4711',
    closedate: '2023-07-30T15:00:00.000Z',
    amount: '14000',
    deal_currency_code: 'EUR',
    createdate: '2023-04-02T11:00:00.000Z',
    dealtype: 'existingbusiness',
    hs_is_closed_won: 'false',
    hs_is_closed: 'true',
    hs_analytics_source: 'OFFLINE',
  },
  {
    hs_object_id: '803',
    dealname: 'Three',
    dealstage: 'appointmentscheduled',
    closedate: '2027-07-30T15:00:00.000Z',
    amount: '14000',
    deal_currency_code: 'EUR',
    createdate: '2023-04-02T11:00:00.000Z',
    dealtype: '',
    hs_is_closed_won: 'false',
    hs_is_closed: 'false',
    hs_analytics_source: 'PAID_SEARCH',
  },
  {
    hs_object_id: '804',
    dealname: 'Gone',
    dealstage: 'closedwon',
    closedate: '2023-06-30T15:00:00.000Z',
    amount: '1',
    deal_currency_code: 'EUR',
    createdate: '2023-04-02T11:00:00.000Z',
    dealtype: '',
    hs_is_closed_won: 'true',
    hs_is_closed: 'true',
    hs_analytics_source: '',
  },
]
const COMPANY_OF: Readonly<Record<string, string>> = { 801: '9101', 802: '9101', 803: '9102', 804: '9101' }
const GONE = '804'

const LABELS: Readonly<Record<string, string>> = {
  hs_object_id: 'Record ID', name: 'Company name', domain: 'Company Domain Name', industry: 'Industry', numberofemployees: 'Number of Employees', annualrevenue: 'Annual Revenue', country: 'Country/Region', state: 'State/Region', is_public: 'Is Public', web_technologies: 'Web Technologies', hubspot_owner_id: 'Company owner', createdate: 'Create Date',
  firstname: 'First Name', lastname: 'Last Name', email: 'Email', associatedcompanyid: 'Primary Associated Company ID', jobtitle: 'Job Title', hs_email_optout: 'Unsubscribed from all email', hs_buying_role: 'Buying Role',
  dealname: 'Deal Name', dealstage: 'Deal Stage', closedate: 'Close Date', amount: 'Amount', deal_currency_code: 'Currency', dealtype: 'Deal Type', hs_is_closed_won: 'Is Closed Won', hs_is_closed: 'Is Deal Closed?', hs_analytics_source: 'Original Traffic Source',
} // biome-ignore format: a table
const VALUES: Readonly<Record<string, string>> = {
  closedwon: 'Closed won', appointmentscheduled: 'Appointment scheduled', newbusiness: 'New Business', existingbusiness: 'Existing Business', ORGANIC_SEARCH: 'Organic Search', OFFLINE: 'Offline Sources', PAID_SEARCH: 'Paid Search', BUDGET_HOLDER: 'Budget Holder',
} // biome-ignore format: a table

type Shape = (
  rows: readonly Row[],
  table: 'companies' | 'contacts' | 'deals',
) => { readonly text: string; readonly fileName: string; readonly beside?: Readonly<Record<string, string>> }

const renamed = (row: Row, name: (key: string) => string, value: (text: string) => string = (text) => text) =>
  Object.fromEntries(Object.entries(row).map(([key, cell]) => [name(key), value(String(cell))]))
const isGone = (row: Row) => row['hs_object_id'] === GONE
const companyOf = (row: Row) => COMPANY_OF[String(row['hs_object_id'])] ?? row['associatedcompanyid'] ?? ''
const idOf = (row: Row) => row['hs_object_id']
const without = (row: Row, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))

export const SHAPES: Readonly<Record<string, Shape>> = {
  'a CSV export by labels': (rows, table) => ({
    fileName: `hubspot-crm-exports-all-${table}-2024-05-01.csv`,
    text: csvOf(
      rows.map((row) => ({
        ...renamed(
          without(row, 'associatedcompanyid'),
          (key) => LABELS[key] ?? key,
          (text) => VALUES[text] ?? text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/, '$1 $2'),
        ),
        'Associated Company IDs (Primary)': companyOf(row),
        archived: isGone(row),
      })),
    ),
  }),
  'the same through a spreadsheet': (rows, table) => ({
    fileName: `${table}.csv`,
    text: csvOf(
      rows.map((row) => ({
        ...renamed(
          without(row, 'associatedcompanyid'),
          (key) => (LABELS[key] ?? key).toUpperCase(),
          (text) =>
            (VALUES[text] ?? text)
              .replace(/^true$/, 'TRUE')
              .replace(/^false$/, 'FALSE')
              .replace(/^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d).*Z$/, '$3.$2.$1 $4'),
        ),
        'ASSOCIATED COMPANY IDS': companyOf(row),
        ARCHIVED: isGone(row) ? 'TRUE' : 'FALSE',
      })),
    )
      .replaceAll('",', '";')
      .replaceAll(',"', ';"'),
  }),
  'internal names': (rows, table) => ({
    fileName: `${table}.csv`,
    text: csvOf(rows.map((row) => ({ ...row, 'associations.company': companyOf(row), archived: isGone(row) }))),
  }),
  'the JSON of the API': (rows, table) => ({
    fileName: `${table}.jsonl`,
    text: jsonLinesOf(
      rows.map((row) => ({
        id: idOf(row),
        properties: { ...row, createdate: row['createdate'] },
        createdAt: row['createdate'],
        archived: isGone(row),
        ...(companyOf(row) !== '' && {
          associations: {
            companies: {
              results: [
                { id: companyOf(row), type: 'deal_to_company' },
                { id: companyOf(row), type: 'deal_to_company_unlabeled' },
              ],
            },
          },
        }),
      })),
    ),
  }),
  "Fivetran's tables": (rows, table) => ({
    fileName: { companies: 'COMPANY.csv', contacts: 'CONTACT.csv', deals: 'DEAL.csv' }[table],
    beside: {
      'DEAL_COMPANY.csv': csvOf(
        DEALS.flatMap((deal) => [
          { deal_id: idOf(deal), company_id: '9999', type_id: '341' },
          { deal_id: idOf(deal), company_id: companyOf(deal), type_id: '5' },
        ]),
      ),
    },
    text: csvOf(
      rows.map((row) => ({
        [table === 'deals' ? 'deal_id' : 'id']: idOf(row),
        ...(table === 'deals' ? { is_deleted: 'false', deal_pipeline_stage_id: row['dealstage'] } : {}),
        ...renamed(
          without(row, 'hs_object_id', 'dealstage'),
          (key) => `property_${key}`,
          (text) => text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d.\d+)Z$/, '$1 $2'),
        ),
        _fivetran_deleted: isGone(row),
      })),
    ),
  }),
  "Airbyte's records": (rows, table) => ({
    fileName: `${table}.jsonl`,
    text: jsonLinesOf(
      rows.map((row) => ({
        id: idOf(row),
        ...(table === 'companies' ? {} : { companies: companyOf(row) === '' ? [] : [Number(companyOf(row))] }),
        ...renamed(row, (key) => `properties_${key}`),
        properties: row,
        archived: isGone(row),
        _airbyte_raw_id: 'b1',
      })),
    ),
  }),
}
