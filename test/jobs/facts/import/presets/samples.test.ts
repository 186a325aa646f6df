import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importByPreset } from './import-by-preset.ts'
import { rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

const TIMEOUT = { timeout: 120_000 }

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function sample(preset: string, beside?: Readonly<Record<string, string>>) {
  const text = await readFile(`test/fixtures/${preset}.csv`, 'utf8')
  return (await importByPreset(database, preset, text, { ...(beside && { beside }) })).counts
}

/** The activities of one source, each as `id kind by person`; those taken back are left out. */
async function activities(source: string, ...ids: readonly string[]) {
  const rows = await rowsOf(
    database,
    `select y.source_id as id, y.kind, y.initiated_by as by, coalesce(c.external_id, a.external_id, '-') as whose, left(y.occurred_at::text, 16) as at
     from activity y left join contact c using (contact_id) left join account a on a.account_id = y.account_id
     where y.source = '${source}' and not y.deleted order by y.source_id`,
  )
  return (rows as Record<string, string>[])
    .filter(({ id = '' }) => ids.some((prefix) => id.startsWith(prefix)))
    .map(({ id, kind, by, whose }) => `${id} ${kind} ${by} ${whose}`)
}

describe('HubSpot', () => {
  it('engagements of each type, in tables of their own', TIMEOUT, async () => {
    await sample('hubspot/companies')
    await sample('hubspot/contacts')
    await sample('hubspot/deals')
    expect(await sample('hubspot/calls')).toMatchObject({ read: 2, inserted: 2, unmatched: 0 })
    expect(await sample('hubspot/communications')).toMatchObject({ inserted: 1, unmatched: 0 })
    expect(await sample('hubspot/emails')).toMatchObject({ inserted: 2, unmatched: 0 })
    expect(await sample('hubspot/meetings')).toMatchObject({ inserted: 1, filtered: 1 })
    expect(await sample('hubspot/tasks')).toMatchObject({ inserted: 1, filtered: 1 })
    expect(await sample('hubspot/notes')).toMatchObject({ inserted: 1 })
    expect(await activities('hubspot', '90')).toEqual([
      '9001/51 sales_call sales 51',
      '9002/51 sales_call buyer 51',
      '9011/51 sales_message sales 51',
      '9021/51 sales_email sales 51',
      '9022 email_reply buyer 51',
      '9031/51 sales_meeting sales 51',
      '9041/51 note system 51',
      '9051/51 sales_call sales 51',
    ])
  })

  it('forms, web pages and marketing emails as the kinds that the shipped features count', TIMEOUT, async () => {
    expect(await sample('hubspot/form-submissions')).toMatchObject({ read: 6, inserted: 6, unmatched: 0 })
    expect(await sample('hubspot/web-events')).toMatchObject({ inserted: 3, unmatched: 0 })
    expect(await sample('hubspot/email-events')).toMatchObject({ inserted: 2, filtered: 2, unmatched: 0 })
    expect(await activities('hubspot', 'c', 'w', 'e')).toEqual([
      'c1 form_submit buyer 51',
      'c2 demo_request buyer 51',
      'c3 content_download buyer 51',
      'c4 demo_request buyer 51',
      'c5 form_submit buyer 51',
      'c6 free_trial_start buyer 51',
      'e1 email_open buyer 51',
      'e2 email_click buyer 51',
      'w1 pricing_page_visit buyer 51',
      'w2 web_visit buyer 51',
      'w3 pricing_page_visit buyer 9002',
    ])
    const { features } = JSON.parse(await readFile('models/features.json', 'utf8')) as {
      features: { name: string; kinds?: string[] }[]
    }
    const counted = await rowsOf(database, `select distinct kind from activity where evidence`)
    const kinds = new Set((counted as { kind: string }[]).map(({ kind }) => kind))
    for (const name of ['demo_requested', 'content', 'email_responses', 'free_trial', 'pricing_page_visits'])
      expect([name, features.find((feature) => feature.name === name)?.kinds?.some((kind) => kinds.has(kind))]).toEqual(
        [name, true],
      )
  })

  it('a submission of the forms API is its person by the field email, and has a key of its own', TIMEOUT, async () => {
    const submission = (email: string, pageUrl: string) =>
      `${JSON.stringify({
        formId: 'f9',
        submittedAt: 1_692_540_300_000,
        pageUrl,
        values: [
          { name: 'firstname', value: 'Milton' },
          { name: 'email', value: email, objectTypeId: '0-1' },
        ],
      })}\n`
    const text =
      submission('milton@initech.com', 'https://example.com/book-a-demo') +
      submission('alice@umbrella.co.uk', 'https://example.com/news')
    const { counts } = await importByPreset(database, 'hubspot/form-submissions', text, {
      fileName: 'form_submissions.jsonl',
    })
    expect(counts).toMatchObject({ read: 2, inserted: 2, unmatched: 0 })
    expect(await activities('hubspot', 'f9')).toEqual([
      'f9/1692540300000/alice@umbrella.co.uk form_submit buyer 52',
      'f9/1692540300000/milton@initech.com demo_request buyer 51',
    ])
  })

  it('lists: one whose name tells of a webinar is evidence, any other is none', TIMEOUT, async () => {
    const lists = 'id,_fivetran_deleted,name\n38,false,Webinar May: attended\n39,false,Newsletter\n'
    expect(await sample('hubspot/list-memberships', { 'CONTACT_LIST.csv': lists })).toMatchObject({
      inserted: 2,
      unmatched: 0,
    })
    expect(await activities('hubspot', 'list')).toEqual([
      'list/38/51 webinar_attended buyer 51',
      'list/39/52 list_membership system 52',
    ])
  })

  it('stage history, the people of deals, and what was merged away', TIMEOUT, async () => {
    expect(await sample('hubspot/deal-stages')).toMatchObject({ read: 3, inserted: 2, filtered: 1 })
    expect(await rowsOf(database, 'select stage from stage_history order by entered_at')).toEqual([
      { stage: 'appointmentscheduled' },
      { stage: 'closedwon' },
    ])
    expect(await sample('hubspot/deal-contacts')).toMatchObject({ inserted: 2 })
    const list = 'Record ID,Deal Name,Associated Contact IDs\n701,Initech seats,51;52\n702,Initech more,\n'
    expect(
      (await importByPreset(database, 'hubspot/deal-contacts', list, { fileName: 'deals.csv' })).counts,
    ).toMatchObject({ inserted: 1, unchanged: 1, filtered: 1 })
    expect(await sample('hubspot/contact-merges')).toMatchObject({ rejected: 0 })
    expect(await sample('hubspot/deal-merges')).toMatchObject({ rejected: 0 })
  })

  it('companies that were merged are one', TIMEOUT, async () => {
    await importByPreset(
      database,
      'hubspot/companies',
      'Record ID,Company name,Create Date\n9003,Initech old,2023-01-10 09:30\n9004,Initech older,2023-01-10 09:30\n',
    )
    expect(await sample('hubspot/company-merges')).toMatchObject({ read: 3, inserted: 2, filtered: 1 })
  })
})

describe('Salesforce', () => {
  it('leads are people, merged accounts are one, and mails go to each addressee', TIMEOUT, async () => {
    await sample('salesforce/accounts')
    await sample('salesforce/contacts')
    expect(await sample('salesforce/leads')).toMatchObject({ read: 2, inserted: 1, filtered: 1 })
    expect(await sample('salesforce/account-merges')).toMatchObject({ read: 2, inserted: 1, filtered: 1 })
    expect(await sample('salesforce/email-messages')).toMatchObject({ read: 4, inserted: 3, filtered: 1, unmatched: 0 })
    expect(await activities('salesforce', 'email')).toEqual([
      'email/02sA1/ann@acme.de email_reply buyer 003A000001',
      'email/02sA2/ann@acme.de sales_email sales 003A000001',
      'email/02sA2/bob@globex.com sales_email sales 003A000002',
    ])
  })

  it('the members of a campaign, whose kind stands in another table, are read beside it', TIMEOUT, async () => {
    const members =
      'id,campaign_id,contact_id,lead_id,has_responded,first_responded_date,is_deleted,_fivetran_synced\nm1,70A,003A000001,,true,2023-08-10,false,x\nm2,70B,003A000001,,true,2023-08-11,false,x\nm3,70C,003A000001,,true,2023-08-12,false,x\n'
    const beside = {
      'campaign.csv':
        'id,name,type,is_deleted\n70A,Spring,Webinar,false\n70B,Demo requests 2023,Other,false\n70C,Spring mail,Email,false\n',
    }
    expect((await importByPreset(database, 'salesforce/campaign-members', members, { beside })).counts).toMatchObject({
      inserted: 3,
      unmatched: 0,
    })
    expect(await activities('salesforce', 'campaign-member/m')).toEqual([
      'campaign-member/m1 webinar_attended buyer 003A000001',
      'campaign-member/m2 demo_request buyer 003A000001',
      'campaign-member/m3 campaign_response buyer 003A000001',
    ])
  })
})

describe('Dynamics', () => {
  it('accounts, people and opportunities by the names of the Web API', TIMEOUT, async () => {
    expect(await sample('dynamics/accounts')).toMatchObject({ read: 2, inserted: 2 })
    expect(await sample('dynamics/contacts')).toMatchObject({ inserted: 2, unmatched: 0 })
    expect(await sample('dynamics/leads')).toMatchObject({ inserted: 1, filtered: 1 })
    expect(await sample('dynamics/opportunities')).toMatchObject({ inserted: 3, unmatched: 0 })
    expect(await sample('dynamics/account-merges')).toMatchObject({ inserted: 1, filtered: 1 })
    expect(
      await rowsOf(
        database,
        `select distinct on (1) o.external_id as id, v.outcome, left(v.closed_at::text, 10) as closed, v.amount::float8 as amount, v.currency, v.stage from opportunity o
        join opportunity_version v using (opportunity_id) where o.external_id like 'o-%' order by 1, v.known_at desc`,
      ),
    ).toEqual([
      { id: 'o-1', outcome: 'won', closed: '2023-07-01', amount: 24_000, currency: 'USD', stage: '4-Close' },
      { id: 'o-2', outcome: 'lost', closed: '2023-07-31', amount: 9000, currency: 'EUR', stage: '1-Qualify' },
      { id: 'o-3', outcome: 'open', closed: null, amount: 5000, currency: 'USD', stage: '2-Develop' },
    ])
    expect(
      await rowsOf(
        database,
        `select a.external_id as id, v.deleted, v.attributes->>'industry' as industry from account a join account_version v using (account_id) where a.external_id like 'a-%' order by 1`,
      ),
    ).toEqual([
      { id: 'a-1', deleted: false, industry: 'Food' },
      { id: 'a-2', deleted: true, industry: null },
    ])
  })

  it("activities: what came in is the buyer's, what was cancelled is left out", TIMEOUT, async () => {
    expect(await sample('dynamics/phone-calls')).toMatchObject({ inserted: 2, filtered: 1, unmatched: 0 })
    expect(await sample('dynamics/emails')).toMatchObject({ inserted: 2, unmatched: 0 })
    expect(await sample('dynamics/appointments')).toMatchObject({ inserted: 1, filtered: 1 })
    expect(await sample('dynamics/tasks')).toMatchObject({ inserted: 1, unmatched: 0 })
    expect(await sample('dynamics/activities')).toMatchObject({ inserted: 2, unmatched: 0 })
    expect(await activities('dynamics', 'p-', 'm-', 't-', 'k-', 'v-')).toEqual([
      'k-1 sales_task sales a-1',
      'm-1 email_reply buyer c-1',
      'm-2 sales_email sales c-1',
      'p-1 sales_call sales c-1',
      'p-2 sales_call buyer a-1',
      't-1 sales_meeting sales c-1',
      'v-1 sales_call sales c-1',
      'v-2 sales_meeting sales a-1',
    ])
  })

  it('the same by the display names of an Excel export, where names are keys', TIMEOUT, async () => {
    const accounts =
      '(Do Not Modify) Account,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Account Name,Website,Industry,Number of Employees,Status,Created On\ng1,x,x,Northwind,northwind.example.com,Retail,250,Active,1/31/2023 8:00 AM\n'
    const deals =
      '(Do Not Modify) Opportunity,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Topic,Account,Status,Actual Revenue,Est. Revenue,Actual Close Date,Currency,Created On\nx1,x,x,Shelves,Northwind,Won,3522,3000,6/30/2023,US Dollar,4/20/2023 9:15 AM\nx2,x,x,More,Northwind,Open,,100,,US Dollar,4/21/2023 9:15 AM\n'
    expect((await importByPreset(database, 'dynamics/accounts', accounts)).counts).toMatchObject({ inserted: 1 })
    expect((await importByPreset(database, 'dynamics/opportunities', deals)).counts).toMatchObject({
      inserted: 2,
      unmatched: 0,
    })
    expect(
      await rowsOf(
        database,
        `select distinct on (1) o.external_id as id, v.outcome, left(v.closed_at::text, 10) as closed, v.amount::float8 as amount from opportunity o
        join opportunity_version v using (opportunity_id) where o.external_id like 'x%' order by 1, v.known_at desc`,
      ),
    ).toEqual([
      { id: 'x1', outcome: 'won', closed: '2023-07-01', amount: 3522 },
      { id: 'x2', outcome: 'open', closed: null, amount: 100 },
    ])
  })
})

describe('a table of no particular system', () => {
  it('is read by the usual spellings', TIMEOUT, async () => {
    for (const name of [
      'accounts',
      'contacts',
      'opportunities',
      'activities',
      'stage-history',
      'opportunity-contacts',
      'customer-events',
    ]) {
      const { read, inserted, unmatched } = await sample(`generic/${name}`)
      expect([name, read >= inserted || name === 'opportunities', inserted > 0, unmatched]).toEqual([
        name,
        true,
        true,
        0,
      ])
    }
    expect(
      await rowsOf(
        database,
        `select distinct on (1) o.external_id as id, v.outcome, v.amount::float8 as amount, left(v.closed_at::text, 10) as closed from opportunity o
        join opportunity_version v using (opportunity_id) where o.external_id like 'gd%' order by 1, v.known_at desc`,
      ),
    ).toEqual([
      { id: 'gd1', outcome: 'won', amount: 24_000, closed: '2023-07-01' },
      { id: 'gd2', outcome: 'lost', amount: 9000, closed: '2023-07-31' },
      { id: 'gd3', outcome: 'open', amount: 5000, closed: null },
    ])
    expect(await activities('crm', 'ge')).toEqual(['ge1 demo_request buyer gp1'])
  })

  it('and by the standard names', TIMEOUT, async () => {
    const accounts = 'external_id,name,domain,employees\nh1,Elm,elm.example.com,70\n'
    const deals =
      'external_id,account_external_id,opened_at,closed_at,outcome,amount,currency\nhd1,h1,2023-04-02T00:00:00Z,2023-06-30T00:00:00Z,won,10,EUR\n'
    expect((await importByPreset(database, 'generic/accounts', accounts)).counts).toMatchObject({ inserted: 1 })
    expect((await importByPreset(database, 'generic/opportunities', deals)).counts).toMatchObject({
      inserted: 1,
      unmatched: 0,
    })
  })
})
