import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { importFiles } from '../../../../../src/jobs/facts/import/import.ts'
import { findPreset } from '../../../../../src/jobs/facts/import/presets.ts'
import { rowsOf } from '../../../../support/import-text.ts'
import { runScriptFile } from '../../../../support/run-script.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

/** The command on files as they are exported: what a person types, and what is in the database afterwards. */
let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.pool.query('truncate account, contact, opportunity, activity cascade')
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-cases-'))
  return () => rm(folder, { recursive: true })
})

const TIMEOUT = { timeout: 180_000 }

/** As the command does it, which is started for the first of each kind of case. */
async function run(preset: string, text: string, { currency }: { readonly currency?: string } = {}) {
  const file = await written(preset, text)
  const mapping = findPreset(preset, undefined)
  const { kind } = mapping
  return await importFiles(database.pool, {
    kind,
    files: [file],
    mapping: { ...mapping, ...(currency !== undefined && { currency }) },
    isPreset: true,
    rejectsFile: path.join(folder, 'rejects.csv'),
  })
}

async function command(preset: string, text: string, ...options: readonly string[]) {
  const [system = '', kind = ''] = preset.split('/')
  const file = await written(preset, text)
  const args = ['--preset', system, '--kind', kind, ...options, '--json', file]
  const { code, stdout, stderr } = await runScriptFile(database, 'scripts/data-team/import.ts', args, { cwd: folder })
  return { code, stderr, counts: stdout === '' ? undefined : JSON.parse(stdout).counts }
}

async function written(preset: string, text: string): Promise<string> {
  const file = path.join(folder, `${path.basename(preset)}.${text.startsWith('{') ? 'jsonl' : 'csv'}`)
  await writeFile(file, text)
  return file
}

const deals = () =>
  rowsOf(
    database,
    `select distinct on (o.external_id) o.external_id as id, a.external_id as account, v.outcome, left(v.closed_at::text, 10) as closed, v.amount::float8 as amount, v.currency, v.deleted
     from opportunity o join opportunity_version v using (opportunity_id) left join account a on a.account_id = o.account_id
     order by o.external_id, v.known_at desc`,
  )

const COMPANIES =
  'Record ID,Company name,Company Domain Name,Create Date\n9201,Fir Works,firworks.example.com,2023-01-10 09:30\n'
const PEOPLE = `Record ID,First Name,Last Name,Email,Associated Company IDs (Primary),Create Date
71,Ana,One,ana@firworks.example.com,9201,2023-01-11 10:00
72,Bo,Two,bo@firworks.example.com,9201,2023-01-11 10:00
73,Cy,Three,cy@firworks.example.com,9201,2023-01-11 10:00
`

describe('an opt-out beside a no', () => {
  const contacts = () =>
    rowsOf(
      database,
      `select c.external_id as id, v.attributes->'do_not_contact' as never from contact c join contact_version v using (contact_id) order by 1`,
    )

  it.each([
    [
      'salesforce/contacts',
      'Id,AccountId,Name,Email,DoNotCall,HasOptedOutOfEmail,CreatedDate\n003D01,001D01,Kim One,kim@x.example.com,false,true,2023-01-02T00:00:00Z\n003D02,001D01,Lee Two,lee@x.example.com,true,false,2023-01-02T00:00:00Z\n003D03,001D01,Max Three,max@x.example.com,false,false,2023-01-02T00:00:00Z\n',
      ['003D01', '003D02', '003D03'],
    ],
    [
      'salesforce/contacts',
      '"Contact ID","Full Name","Email","Do Not Call","Email Opt Out"\n"003R01","Kim One","kim@x.example.com","0","1"\n"003R02","Lee Two","lee@x.example.com","1","0"\n"003R03","Max Three","max@x.example.com","0","0"\n',
      ['003R01', '003R02', '003R03'],
    ],
    [
      'salesforce/leads',
      'id,name,email,do_not_call,has_opted_out_of_email,is_converted\n00QF01,Kim One,kim@x.example.com,FALSE,TRUE,FALSE\n00QF02,Lee Two,lee@x.example.com,TRUE,FALSE,FALSE\n00QF03,Max Three,max@x.example.com,FALSE,FALSE,FALSE\n',
      ['00QF01', '00QF02', '00QF03'],
    ],
    [
      'dynamics/contacts',
      'contactid,fullname,emailaddress1,donotemail,donotphone\n1,Kim One,kim@x.example.com,true,false\n2,Lee Two,lee@x.example.com,false,true\n3,Max Three,max@x.example.com,false,false\n',
      ['1', '2', '3'],
    ],
    [
      'dynamics/contacts',
      '(Do Not Modify) Contact,Full Name,Email,Do not allow Emails,Do not allow Phone Calls\n1,Kim One,kim@x.example.com,Do Not Allow,Allow\n2,Lee Two,lee@x.example.com,Allow,Do Not Allow\n3,Max Three,max@x.example.com,Allow,Allow\n',
      ['1', '2', '3'],
    ],
  ])('is an opt-out: %s, %#', TIMEOUT, async (preset, text, [first, second, third]) => {
    expect(await run(preset, text)).toMatchObject({ counts: { inserted: 3 } })
    expect(await contacts()).toEqual([
      { id: first, never: true },
      { id: second, never: true },
      { id: third, never: false },
    ])
  })

  it('and so it is by the command', TIMEOUT, async () => {
    const text = 'Id,Name,DoNotCall,HasOptedOutOfEmail\n003D01,Kim One,false,true\n'
    expect(await command('salesforce/contacts', text)).toMatchObject({ code: 0, counts: { inserted: 1 } })
    expect(await contacts()).toEqual([{ id: expect.stringContaining('003D01'), never: true }])
  })

  it('and the subtype that every task has does not hide its type', TIMEOUT, async () => {
    const tasks = `Id,WhoId,AccountId,ActivityDate,Status,IsClosed,TaskSubtype,Type,CallType,CompletedDateTime,CreatedDate,IsDeleted
00TD1,,001D01,2023-08-20,Completed,true,Task,Call,,2023-08-20T14:05:00Z,2023-08-18T08:00:00Z,false
00TD2,,001D01,2023-08-21,Completed,true,Task,Meeting,,2023-08-21T14:05:00Z,2023-08-18T08:00:00Z,false
00TD3,,001D01,2023-08-22,Completed,true,Call,Other,Inbound,2023-08-22T14:05:00Z,2023-08-18T08:00:00Z,false
00TD4,,001D01,2023-08-23,Completed,true,Task,,,2023-08-23T14:05:00Z,2023-08-18T08:00:00Z,false
`
    expect(await run('salesforce/tasks', tasks)).toMatchObject({ counts: { inserted: 4 } })
    expect(await rowsOf(database, 'select kind, initiated_by as by from activity order by source_id')).toEqual([
      { kind: 'sales_call', by: 'sales' },
      { kind: 'sales_meeting', by: 'sales' },
      { kind: 'sales_call', by: 'buyer' },
      { kind: 'sales_task', by: 'sales' },
    ])
  })
})

describe('a report of Salesforce', () => {
  it('with labels, local dates, 15-character ids and footer lines', TIMEOUT, async () => {
    await run(
      'salesforce/accounts',
      'Id,Name,Website,CreatedDate\n0015g00000XyZabAAD,Globe Foods,globefoods.example.com,2023-01-01T00:00:00Z\n',
    )
    const report = `"Opportunity ID","Account ID","Opportunity Name","Stage","Amount","Amount Currency","Close Date","Closed","Won","Created Date"
"0065g00000AbCde","0015g00000XyZab","First order","Closed Won","12000.00","USD","2/29/2024","1","1","12/1/2023"
"0065g00000AbCdf","0015g00000XyZab","Second order","Closed Lost","500.00","USD","3/4/2024","1","0","12/1/2023"
"0065g00000AbCdg","0015g00000XyZab","Third order","Qualification","500.00","USD","3/4/2029","0","0","1/2/2024"


"Won and lost deals"
"Copyright (c) 2000-2024 example.com, inc. All rights reserved."
"Confidential Information - Do Not Distribute"
"Generated By:  Some One  3/1/2024, 9:15 AM"
"Example GmbH"
`
    const { counts } = await command('salesforce/opportunities', report, '--max-rejected', '100%')
    expect(counts).toMatchObject({ inserted: 3, unmatched: 0 })
    expect(await deals()).toMatchObject([
      { outcome: 'won', closed: '2024-03-01', amount: 12_000, currency: 'USD' },
      { outcome: 'lost', closed: '2024-03-05' },
      { outcome: 'open', closed: null },
    ])
  })

  it('that leaves out Closed and Won: the standard stages decide, and any other is named', TIMEOUT, async () => {
    const header = '"Opportunity ID","Account ID","Opportunity Name","Stage","Close Date","Created Date"\n'
    const row = (id: string, stage: string) =>
      `"0065g00000AbC${id}","0015g00000XyZab","x","${stage}","2/29/2024","12/1/2023"\n`
    const { code, stderr, counts } = await command(
      'salesforce/opportunities',
      header +
        row('d1', 'Closed Won') +
        row('d2', 'closed lost') +
        row('d3', 'Negotiation/Review') +
        row('d4', 'Signed'),
    )
    expect([code, counts]).toMatchObject([2, { inserted: 3, rejected: 1 }])
    expect(stderr).toContain('Stage, "Signed"')
    expect(await deals()).toMatchObject([{ outcome: 'won' }, { outcome: 'lost' }, { outcome: 'open', closed: null }])
  })
})

describe('one engagement with three people', () => {
  const each = [
    [
      'one row with a list',
      'hubspot/engagements',
      'Record ID,Activity type,Activity date,Create Date,Associated Contact IDs,Associated Company IDs\n8901,INCOMING_EMAIL,2023-04-20 10:00,2023-04-20 10:20,71;72;73,9201\n',
    ],
    [
      'a row for each',
      'hubspot/engagements',
      'Record ID,Activity type,Activity date,Create Date,Associated Contact IDs,Associated Company IDs\n8901,Incoming Email,2023-04-20 10:00,2023-04-20 10:20,71,9201\n8901,Incoming Email,2023-04-20 10:00,2023-04-20 10:20,72,9201\n8901,Incoming Email,2023-04-20 10:00,2023-04-20 10:20,73,9201\n',
    ],
    [
      'the JSON of the API',
      'hubspot/emails',
      `${JSON.stringify({
        id: '8901',
        properties: {
          hs_timestamp: '2023-04-20T10:00:00Z',
          hs_createdate: '2023-04-20T10:20:00Z',
          hs_email_direction: 'INCOMING_EMAIL',
        },
        archived: false,
        associations: {
          contacts: {
            results: [
              { id: '71', type: 'email_to_contact' },
              { id: '72', type: 'email_to_contact' },
              { id: '73', type: 'email_to_contact' },
            ],
          },
          companies: { results: [{ id: '9201', type: 'email_to_company' }] },
        },
      })}\n`,
    ],
    [
      'the record of tap-hubspot',
      'hubspot/engagements',
      `${JSON.stringify({ engagement_id: 8901, lastUpdated: '2023-04-20T10:20:00Z', engagement: { id: 8901, type: 'INCOMING_EMAIL', timestamp: '2023-04-20T10:00:00.000000Z', createdAt: '2023-04-20T10:20:00.000000Z' }, associations: { contactIds: [71, 72, 73], companyIds: [9201], dealIds: [] }, metadata: {} })}\n`,
    ],
    [
      "Airbyte's record",
      'hubspot/emails',
      `${JSON.stringify({ id: '8901', properties_hs_timestamp: '2023-04-20T10:00:00Z', properties_hs_createdate: '2023-04-20T10:20:00Z', properties_hs_email_direction: 'INCOMING_EMAIL', contacts: ['71', '72', '73'], companies: ['9201'], archived: false })}\n`,
    ],
  ] as const

  it.each(each)('engages all of them: %s', TIMEOUT, async (_shape, preset, text) => {
    await run('hubspot/companies', COMPANIES)
    await run('hubspot/contacts', PEOPLE)
    expect(await run(preset, text)).toMatchObject({ counts: { inserted: 3, rejected: 0, unmatched: 0 } })
    expect(await run(preset, text)).toMatchObject({ counts: { inserted: 0, updated: 0, rejected: 0 } })
    expect(
      await rowsOf(
        database,
        `select y.source_id as id, y.kind, y.evidence, c.external_id as person, left(y.occurred_at::text, 16) as at from activity y join contact c using (contact_id) order by 1`,
      ),
    ).toEqual(
      ['71', '72', '73'].map((person) => ({
        id: `8901/${person}`,
        kind: 'email_reply',
        evidence: true,
        person,
        at: '2023-04-20 10:00',
      })),
    )
  })

  it('by the command', TIMEOUT, async () => {
    expect(await command('hubspot/engagements', each[0][2])).toMatchObject({ code: 0, counts: { inserted: 3 } })
  })

  it("from Fivetran's tables, whose people stand in a file beside it", TIMEOUT, async () => {
    await run('hubspot/companies', COMPANIES)
    await run('hubspot/contacts', PEOPLE)
    await writeFile(
      path.join(folder, 'ENGAGEMENT_CONTACT.csv'),
      'contact_id,engagement_id,engagement_type,type_id,_fivetran_synced,category\n71,8901,EMAIL,194,x,HUBSPOT_DEFINED\n72,8901,EMAIL,194,x,HUBSPOT_DEFINED\n73,8901,EMAIL,194,x,HUBSPOT_DEFINED\n',
    )
    await writeFile(
      path.join(folder, 'ENGAGEMENT_COMPANY.csv'),
      'company_id,engagement_id,engagement_type\n9201,8901,EMAIL\n',
    )
    const emails =
      'engagement_id,_fivetran_deleted,_fivetran_synced,property_hs_createdate,property_hs_email_direction,property_hs_timestamp,type\n8901,false,x,2023-04-20 10:20:00.390,INCOMING_EMAIL,2023-04-20 10:00:00,EMAIL\n8902,true,x,2023-04-20 10:20:00.390,INCOMING_EMAIL,2023-04-20 10:00:00,EMAIL\n'
    expect(await run('hubspot/emails', emails)).toMatchObject({ counts: { read: 2, rejected: 0 } })
    expect(
      await rowsOf(
        database,
        `select c.external_id as person, y.evidence from activity y join contact c using (contact_id) where not y.deleted order by 1`,
      ),
    ).toEqual(['71', '72', '73'].map((person) => ({ person, evidence: true })))
  })
})

describe('an organisation with one currency', () => {
  it.each([
    [
      'hubspot/deals',
      'Record ID,Deal Name,Deal Stage,Close Date,Amount,Create Date,Is Closed Won,Is Deal Closed?,Associated Company IDs (Primary)\n921,One,Closed won,2023-06-30 15:00,24000,2023-04-02 11:00,true,true,9201\n',
    ],
    [
      'salesforce/opportunities',
      'Id,AccountId,Name,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate\n006U1,001U,a,Closed Won,24000,2024-03-31,true,true,2024-01-10T08:00:00Z\n',
    ],
    [
      'dynamics/opportunities',
      'opportunityid,_parentaccountid_value,name,statecode,actualvalue,estimatedvalue,actualclosedate,createdon\no1,a1,a,1,24000,1,2024-03-31,2024-01-10T08:00:00Z\n',
    ],
    [
      'generic/opportunities',
      'id,company id,deal name,status,value,created,closed\no1,a1,a,Won,24000,2024-01-10,2024-03-31\n',
    ],
  ])('keeps the outcome of %s, with or without its currency', TIMEOUT, async (preset, text) => {
    const without = await run(preset, text)
    expect(without.counts).toMatchObject({ inserted: 1, rejected: 0 })
    expect(await deals()).toMatchObject([{ outcome: 'won', amount: null, currency: null }])
    await database.pool.query('truncate opportunity cascade')
    await run(preset, text, { currency: 'EUR' })
    expect(await deals()).toMatchObject([{ outcome: 'won', amount: 24_000, currency: 'EUR' }])
  })
})

describe('a row that a pipeline marks as deleted', () => {
  const HEADER =
    'hs_object_id,Deal Name,Deal Stage,Close Date,Amount,Currency,Create Date,Is Closed Won,Is Deal Closed?,Associated Company IDs (Primary)'
  const row = (id: number, ...marks: readonly string[]) =>
    `${[id, 'x', 'Closed won', '2023-06-30 15:00', 1, 'EUR', '2023-04-02 11:00', true, true, 9201, ...marks].join(',')}\n`

  it('is taken back, by whatever mark', TIMEOUT, async () => {
    const marks = ['archived', '_fivetran_deleted', 'is_deleted', '_sdc_deleted_at', '_ab_cdc_deleted_at']
    const none: readonly string[] = marks.map((mark) => (mark.endsWith('_at') ? '' : 'false'))
    const kept = `${HEADER},${marks.join(',')}\n${[931, 932, 933, 934, 935, 936].map((id) => row(id, ...none)).join('')}`
    expect(await run('hubspot/deals', kept)).toMatchObject({ counts: { inserted: 6 } })
    const gone = marks.map((mark, index) =>
      row(932 + index, ...none.with(index, mark.endsWith('_at') ? '2024-01-01T00:00:00Z' : 'TRUE')),
    )
    expect(
      await run('hubspot/deals', `${HEADER},${marks.join(',')}\n${row(931, ...none)}${gone.join('')}`),
    ).toMatchObject({ counts: { rejected: 0 } })
    expect(
      (await deals()).map((deal) => deal as { id: string; deleted: boolean }).map(({ id, deleted }) => [id, deleted]),
    ).toEqual([['931', false], ...['932', '933', '934', '935', '936'].map((id) => [id, true])])
  })

  it('and was never seen is no fault', TIMEOUT, async () => {
    const text = `${HEADER},archived\n${row(931, 'false')}${row(932, 'true')}`
    expect(await command('hubspot/deals', text)).toMatchObject({ code: 0, counts: { inserted: 1, rejected: 0 } })
    expect(await deals()).toMatchObject([{ id: '931', deleted: false }])
  })
})

describe("a preset for another system's file", () => {
  it.each([
    ['salesforce/accounts', COMPANIES, 'this header looks like hubspot companies: --preset hubspot --kind companies'],
    [
      'salesforce/accounts',
      '{"id":"9201","properties":{"name":"Fir Works","domain":"firworks.example.com","createdate":"2023-01-10T09:30:00Z"},"archived":false}\n',
      'looks like hubspot companies',
    ],
    ['hubspot/companies', PEOPLE, 'looks like hubspot contacts'],
    [
      'hubspot/deals',
      'opportunityid,_parentaccountid_value,name,statecode,actualvalue,actualclosedate,createdon\no1,a1,a,1,1,2024-03-31,2024-01-10T08:00:00Z\n',
      'looks like dynamics opportunities',
    ],
    [
      'hubspot/companies',
      'Id,IsDeleted,MasterRecordId,Name,Website,NumberOfEmployees,AnnualRevenue,BillingCountry,CreatedDate\n001,false,,x,x.example.com,1,1,DE,2023-01-10T09:30:00Z\n',
      'looks like salesforce accounts',
    ],
    [
      'dynamics/contacts',
      'Id,AccountId,FirstName,LastName,Name,Title,Email,HasOptedOutOfEmail,CreatedDate\n003,001,A,B,A B,CEO,a@x.example.com,false,2023-01-10T09:30:00Z\n',
      'looks like salesforce contacts',
    ],
  ])('is refused with what it looks like: %s, %#', TIMEOUT, async (preset, text, message) => {
    await expect(run(preset, text)).rejects.toThrow(message)
    expect(await rowsOf(database, 'select count(*)::int as n from account')).toEqual([{ n: 0 }])
  })
})
