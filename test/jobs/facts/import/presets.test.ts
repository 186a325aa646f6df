import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { columnsOf } from '../../../../src/core/facts/import/mapped-columns.ts'
import { parseMapping } from '../../../../src/core/facts/import/reading/parse-mapping.ts'
import { importFiles } from '../../../../src/jobs/facts/import/import.ts'
import { findPreset, kindCalled } from '../../../../src/jobs/facts/import/presets.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { rowsOf } from '../../../support/import-text.ts'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-presets-'))
})
afterAll(() => database.drop())

/** The sample of the same name, by the preset. */
async function importSample(preset: string) {
  const mapping = findPreset(preset, undefined)
  const rejectsFile = path.join(folder, 'rejects.csv')
  const files = [`test/fixtures/${preset}.csv`]
  const { counts, reasons } = await importFiles(database.pool, { kind: mapping.kind, files, mapping, rejectsFile })
  return { ...counts, reasons }
}

it.each(['salesforce', 'hubspot', 'dynamics', 'generic'])(
  'every preset of %s says what it is for, where its spellings come from, and has a sample',
  async (system) => {
    const names = (await readdir(`models/mappings/${system}`)).map((file) => path.basename(file, '.json'))
    const samples = (await readdir(`test/fixtures/${system}`)).map((file) => path.basename(file, '.csv'))
    expect(samples.toSorted()).toEqual(names.toSorted())
    for (const name of names) {
      const result = parseMapping(JSON.parse(await readFile(`models/mappings/${system}/${name}.json`, 'utf8')))
      if (result.kind === 'refused') throw new Error(`${name}: ${result.problems.join('\n')}`)
      const { description = '', columns, where, sources = {} } = result.mapping
      expect([name, description.length > 40]).toEqual([name, true])
      const read = Object.keys(columns).filter((field) => columnsOf(columns[field] ?? '').flat().length > 0)
      expect([name, Object.keys(sources).toSorted()]).toEqual([
        name,
        [...read, ...(where.length > 0 ? ['where'] : [])].toSorted(),
      ])
    }
  },
)

describe('a preset is found', () => {
  const described = (preset: string, kind?: string) => findPreset(preset, kind).description?.split(/[.,:]/)[0]

  it.each([
    ['hubspot', 'accounts', 'Companies'],
    ['hubspot', 'companies', 'Companies'],
    ['hubspot', 'Company', 'Companies'],
    ['HubSpot', 'opportunities', 'Deals'],
    ['hubspot', 'deal', 'Deals'],
    ['hubspot', 'activities', 'Engagements'],
    ['hubspot', 'engagements', 'Engagements'],
    ['salesforce', 'Account', 'Account'],
    ['salesforce', 'Opportunities', 'Opportunity'],
    ['salesforce', 'OpportunityHistory', 'OpportunityHistory'],
    ['salesforce', 'stage-history', 'OpportunityHistory'],
    ['salesforce', 'OpportunityFieldHistory', 'OpportunityFieldHistory'],
    ['salesforce', 'OpportunityContactRole', 'OpportunityContactRole'],
    ['salesforce', 'CampaignMember', 'CampaignMember'],
    ['salesforce', 'Task', 'Task'],
    ['salesforce/tasks', undefined, 'Task'],
    ['salesforce/Event', 'activities', 'Event'],
    ['hubspot/deals', 'opportunities', 'Deals'],
  ])('%s by the word %s', (preset, kind, first) => {
    expect(described(preset, kind)).toBe(first)
  })

  it.each([
    [
      'salesforce',
      'activities',
      'activities are several files; say --kind campaign-members, email-messages, events, tasks',
    ],
    [
      'salesforce',
      'deals',
      'deals are not among its files; say --kind account-merges, accounts, campaign-members, contacts,',
    ],
    [
      'hubspot',
      undefined,
      '--preset hubspot: say --kind calls, communications, companies, company-merges, contact-merges,',
    ],
    ['pipedrive', 'accounts', '--preset pipedrive: expected one of dynamics, generic, hubspot, salesforce'],
    ['../write-back', 'hubspot', '--preset ../write-back: expected one of dynamics, generic, hubspot, salesforce'],
    ['hubspot/deals', 'companies', '--preset hubspot/deals is for opportunities, and --kind is companies'],
  ])('or %s with %s is refused with what there is', (preset, kind, message) => {
    expect(() => findPreset(preset, kind)).toThrow(message)
  })

  it('for a word of a CRM that stands without --preset', () => {
    expect(kindCalled('Intent Signals')).toBe('intent-signals')
    expect(() => kindCalled('companies')).toThrow('got "companies": hubspot calls accounts so; add --preset hubspot')
    expect(() => kindCalled('leads')).toThrow(
      /got "leads": dynamics and salesforce call contacts so; add --preset dynamics or salesforce$/,
    )
    expect(() => kindCalled('invoices')).toThrow(/^--kind must be one of accounts, .* got "invoices"$/)
  })
})

describe('the presets for Salesforce', () => {
  it('take accounts, contacts and opportunities as the Data Loader writes them', async () => {
    expect(await importSample('salesforce/accounts')).toMatchObject({ read: 3, inserted: 3 })
    expect(await importSample('salesforce/contacts')).toMatchObject({ read: 2, inserted: 2, unmatched: 0 })
    expect(await importSample('salesforce/opportunities')).toMatchObject({
      read: 4,
      inserted: 4,
      reasons: {},
    })
    expect(
      await rowsOf(
        database,
        `select a.external_id as id, v.deleted, v.attributes->>'parent_account_external_id' as parent, left(v.known_at::text, 10) as known,
           v.backfilled, (v.attributes->>'revenue_usd')::float8 as revenue, (select value from account_link l where l.account_id = a.account_id) as domain
         from account a join account_version v using (account_id) where a.external_id like '001%' order by 1`,
      ),
    ).toEqual([
      {
        id: '001A000001',
        deleted: false,
        parent: null,
        known: '2023-02-01',
        backfilled: true,
        revenue: 12e6,
        domain: 'acme.de',
      },
      {
        id: '001A000002',
        deleted: false,
        parent: '001A000001',
        known: '2023-03-01',
        backfilled: true,
        revenue: 5e7,
        domain: 'globex.com',
      },
      {
        id: '001A000003',
        deleted: true,
        parent: null,
        known: '2023-06-01',
        backfilled: true,
        revenue: null,
        domain: null,
      },
    ])
    expect(
      await rowsOf(
        database,
        `select o.external_id as id, v.outcome, left(v.closed_at::text, 16) as closed, v.type, v.lead_source, v.attributes
         from opportunity o join lateral (
           select * from opportunity_version v where v.opportunity_id = o.opportunity_id order by known_at desc limit 1) v on true
         order by 1`,
      ),
    ).toMatchObject([
      // Opened at 8 and closed on the same day: at its end.
      {
        outcome: 'won',
        closed: '2023-09-02 00:00',
        type: 'new_business',
        lead_source: 'inbound',
        attributes: { product_line: 'Robots' },
      },
      { outcome: 'lost', closed: '2023-12-21 00:00', type: 'expansion', lead_source: 'partner' },
      { outcome: 'open', closed: null, type: null, lead_source: null },
      // Closed before it was opened: kept and marked.
      {
        outcome: 'won',
        closed: '2023-02-01 00:00',
        attributes: { closed_before_opened: '2024-02-01T08:00:00.000000Z' },
      },
    ])
    expect(
      await rowsOf(database, `select left(mql_at::text, 10) as mql, attributes from contact_version order by known_at`),
    ).toEqual([
      { mql: '2023-08-15', attributes: { owner: '005X01', do_not_contact: false } },
      { mql: null, attributes: { owner: '005X02', do_not_contact: true } },
    ])
  })

  it('take histories, roles, tasks, events and campaign members', async () => {
    expect(await importSample('salesforce/stage-history')).toMatchObject({ read: 2, inserted: 2 })
    expect(await importSample('salesforce/field-history')).toMatchObject({ read: 2, inserted: 1, filtered: 1 })
    expect(await importSample('salesforce/opportunity-contacts')).toMatchObject({ read: 2, inserted: 2 })
    expect(await importSample('salesforce/tasks')).toMatchObject({ read: 3, inserted: 2, filtered: 1, unmatched: 0 })
    expect(await importSample('salesforce/events')).toMatchObject({ read: 1, inserted: 1 })
    expect(await importSample('salesforce/campaign-members')).toMatchObject({ read: 2, inserted: 1, filtered: 1 })
    expect(
      await rowsOf(
        database,
        `select source_id as id, kind, initiated_by as by, left(occurred_at::text, 16) as at from activity
         where source = 'salesforce' order by source_id`,
      ),
    ).toEqual([
      { id: 'campaign-member/00vA1', kind: 'webinar_attended', by: 'buyer', at: '2023-08-10 00:00' },
      { id: 'event/00UA1', kind: 'sales_meeting', by: 'sales', at: '2023-08-25 13:00' },
      { id: 'task/00TA1', kind: 'sales_call', by: 'sales', at: '2023-08-20 14:05' },
      { id: 'task/00TA2', kind: 'sales_email', by: 'sales', at: '2023-11-02 00:00' },
    ])
    expect(await rowsOf(database, 'select role from opportunity_contact order by known_at')).toEqual([
      { role: 'economic_decision_maker' },
      { role: null },
    ])
  })
})

describe('the presets for HubSpot', () => {
  it('take companies, contacts, deals and engagements as an export names them', async () => {
    expect(await importSample('hubspot/companies')).toMatchObject({ read: 2, inserted: 2 })
    expect(await importSample('hubspot/contacts')).toMatchObject({ read: 2, inserted: 2, unmatched: 0 })
    expect(await importSample('hubspot/deals')).toMatchObject({ read: 3, inserted: 3, unmatched: 0 })
    expect(await importSample('hubspot/engagements')).toMatchObject({ read: 3, inserted: 3, unmatched: 0 })
    expect(
      await rowsOf(
        database,
        `select kind, initiated_by as by, evidence, contact_id is not null as person from activity
         where source = 'hubspot' order by source_id`,
      ),
    ).toEqual([
      { kind: 'sales_call', by: 'sales', evidence: false, person: true },
      { kind: 'email_reply', by: 'buyer', evidence: true, person: true },
      { kind: 'note', by: 'system', evidence: false, person: false },
    ])
    expect(
      await rowsOf(
        database,
        `select distinct on (1) o.external_id as id, v.outcome, v.lead_source from opportunity o
         join opportunity_version v using (opportunity_id) where o.external_id like '70%' order by 1, v.known_at desc`,
      ),
    ).toEqual([
      { id: '701', outcome: 'won', lead_source: 'inbound' },
      { id: '702', outcome: 'lost', lead_source: 'outbound' },
      { id: '703', outcome: 'open', lead_source: null },
    ])
    expect(
      await rowsOf(
        database,
        `select v.seniority, v.buying_role, left(v.mql_at::text, 16) as mql from contact c
         join contact_version v using (contact_id) where c.external_id = '51'`,
      ),
    ).toEqual([{ seniority: 'director', buying_role: 'economic_decision_maker', mql: '2023-03-05 08:15' }])
  })

  it('change nothing when the same export comes again', async () => {
    for (const preset of ['companies', 'contacts', 'deals', 'engagements'])
      expect(await importSample(`hubspot/${preset}`)).toMatchObject({ inserted: 0, updated: 0, rejected: 0 })
    for (const preset of ['accounts', 'contacts', 'opportunities', 'tasks', 'campaign-members'])
      expect(await importSample(`salesforce/${preset}`)).toMatchObject({ inserted: 0, updated: 0 })
  })
})
