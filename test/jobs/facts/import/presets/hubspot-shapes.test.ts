import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COMPANIES, CONTACTS, DEALS, SHAPES } from './hubspot-portal.ts'
import { importByPreset } from './import-by-preset.ts'
import { rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

describe('one HubSpot portal', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  it.each(Object.keys(SHAPES))(
    'is the same companies, people and deals from %s',
    { timeout: 120_000 },
    async (name) => {
      const shape = SHAPES[name]
      if (!shape) throw new Error(name)
      await database.pool.query('truncate account, contact, opportunity cascade')
      for (const [table, rows] of [
        ['companies', COMPANIES],
        ['contacts', CONTACTS],
        ['deals', DEALS],
      ] as const) {
        const { text, ...options } = shape(rows, table)
        const { counts } = await importByPreset(database, `hubspot/${table}`, text, options)
        expect([table, counts.read, counts.rejected, counts.unmatched]).toEqual([table, rows.length, 0, 0])
      }
      expect(
        await rowsOf(
          database,
          `select a.external_id as id, left(v.known_at::text, 16) as known, v.attributes - 'owner' as attributes,
        (select value from account_link l where l.account_id = a.account_id) as domain
        from account a join account_version v using (account_id) order by 1`,
        ),
      ).toEqual([
        {
          id: '9101',
          known: '2023-01-10 09:30',
          domain: 'cedarlabs.example.com',
          attributes: {
            name: 'Cedar Labs',
            in_crm: true,
            country: 'Germany',
            industry: 'COMPUTER_SOFTWARE',
            employees: 120,
            ownership: 'private',
            revenue_usd: 8_000_000,
            technologies: ['hubspot', 'marketo'],
          },
        },
        {
          id: '9102',
          known: '2023-02-10 09:30',
          domain: 'deltalabs.example.com',
          attributes: { name: 'Delta Labs', in_crm: true, country: 'Germany', employees: 80 },
        },
      ])
      expect(
        await rowsOf(
          database,
          `select c.external_id as id, v.name, v.title, v.buying_role as role, a.external_id as account, v.attributes->'do_not_contact' as opted_out
        from contact c join contact_version v using (contact_id) join account a on a.account_id = v.account_id order by 1`,
        ),
      ).toEqual([
        {
          id: '61',
          name: 'Rio Sample',
          title: 'CFO',
          role: 'economic_decision_maker',
          account: '9101',
          opted_out: false,
        },
        { id: '62', name: 'Sol', title: 'CTO', role: null, account: '9101', opted_out: true },
      ])
      expect(
        await rowsOf(
          database,
          `select distinct on (o.external_id) o.external_id as id, a.external_id as account, v.outcome, v.deleted, left(v.closed_at::text, 16) as closed,
        v.amount::float8 as amount, v.currency, v.type, v.lead_source
        from opportunity o join opportunity_version v using (opportunity_id) join account a on a.account_id = o.account_id
        order by o.external_id, v.known_at desc`,
        ),
      ).toEqual([
        {
          id: '801',
          account: '9101',
          outcome: 'won',
          deleted: false,
          closed: '2023-06-30 15:00',
          amount: 24_000,
          currency: 'EUR',
          type: 'new_business',
          lead_source: 'inbound',
        },
        {
          id: '802',
          account: '9101',
          outcome: 'lost',
          deleted: false,
          closed: '2023-07-30 15:00',
          amount: 14_000,
          currency: 'EUR',
          type: 'expansion',
          lead_source: 'outbound',
        },
        {
          id: '803',
          account: '9102',
          outcome: 'open',
          deleted: false,
          closed: null,
          amount: 14_000,
          currency: 'EUR',
          type: null,
          lead_source: 'inbound',
        },
      ])
    },
  )
})
