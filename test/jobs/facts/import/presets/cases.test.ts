import { describe, expect, it } from 'vitest'
import { COMPANIES, PEOPLE, presetCases, TIMEOUT } from './preset-cases.ts'

const { run, command, rows, query, deals } = presetCases()

describe('the outcome of a HubSpot deal', () => {
  it('is what its flags say, whatever the stage is called', TIMEOUT, async () => {
    const flags = [
      '1,Gewonnen,true,false',
      '2,Closed Lost - No Budget,false,true',
      '3,Closed Won,false,true',
      '4,4711,false,false',
    ].map((row) => `${row},2024-03-01 10:00,2024-01-01 10:00,9\n`)
    const text = `Record ID,Deal Stage,Is Closed Won,Is Closed Lost,Close Date,Create Date,Associated Company IDs (Primary)\n${flags.join('')}`
    expect(await run('hubspot/deals', text)).toMatchObject({ counts: { inserted: 4 } })
    expect(await deals()).toMatchObject(['won', 'lost', 'lost', 'open'].map((outcome) => ({ outcome })))
  })
})

describe('an opt-out beside a no', () => {
  const contacts = () =>
    rows(
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
      'hubspot/contacts',
      'Record ID,First Name,Email,Unsubscribed from all email,Opted out of email: Marketing Information,Do Not Call\n1,Kim,kim@x.example.com,No,Yes,No\n2,Lee,lee@x.example.com,No,,TRUE\n3,Max,max@x.example.com,No,No,No\n',
      ['1', '2', '3'],
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
    expect(await rows('select kind, initiated_by as by from activity order by source_id')).toEqual([
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
    await query('truncate opportunity cascade')
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
    expect(await rows('select count(*)::int as n from account')).toEqual([{ n: 0 }])
  })
})
