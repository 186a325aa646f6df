import { describe, expect, it } from 'vitest'
import { COMPANIES, PEOPLE, presetCases, TIMEOUT } from './preset-cases.ts'

const { run, command, rows, write } = presetCases()

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
      await rows(
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
    await write(
      'ENGAGEMENT_CONTACT.csv',
      'contact_id,engagement_id,engagement_type,type_id,_fivetran_synced,category,_sdc_deleted_at\n71,8901,EMAIL,194,x,HUBSPOT_DEFINED,\n72,8901,EMAIL,194,x,HUBSPOT_DEFINED,NULL\n73,8901,EMAIL,194,x,HUBSPOT_DEFINED,\n74,8901,EMAIL,194,x,HUBSPOT_DEFINED,2024-01-01 00:00:00\n',
    )
    await write('ENGAGEMENT_COMPANY.csv', 'company_id,engagement_id,engagement_type\n9201,8901,EMAIL\n')
    const emails =
      'engagement_id,_fivetran_deleted,_fivetran_synced,property_hs_createdate,property_hs_email_direction,property_hs_timestamp,type\n8901,false,x,2023-04-20 10:20:00.390,INCOMING_EMAIL,2023-04-20 10:00:00,EMAIL\n8902,true,x,2023-04-20 10:20:00.390,INCOMING_EMAIL,2023-04-20 10:00:00,EMAIL\n'
    expect(await run('hubspot/emails', emails)).toMatchObject({ counts: { read: 4, rejected: 0 } })
    expect(
      await rows(
        `select c.external_id as person, y.evidence from activity y join contact c using (contact_id) where not y.deleted order by 1`,
      ),
    ).toEqual(['71', '72', '73'].map((person) => ({ person, evidence: true })))
  })
})

describe('one engagement that was deleted', () => {
  const HEADER = 'Record ID,Activity type,Activity date,Create Date,Associated Contact IDs,archived\n'
  const line = (id: number, contacts: string, archived = 'false') =>
    `${id},Incoming Email,2023-04-20 10:00,2023-04-20 10:20,${contacts},${archived}\n`
  const live = async () =>
    await rows(
      `select string_agg(source_id, ' ' order by source_id) as ids from activity where superseded_at is null and not deleted`,
    )

  it.each([
    ['no longer names its people', ''],
    ['names one of them', '502'],
    ['names all of them', '501;502;503'],
  ])('takes all of its people back where it %s', TIMEOUT, async (_shape, contacts) => {
    const others = line(90_011, '501') + line(9, '501;502')
    await run('hubspot/engagements', HEADER + line(9001, '501;502;503') + others)
    const gone = await run('hubspot/engagements', HEADER + line(9001, contacts, 'true') + others)
    expect(gone).toMatchObject({ counts: { rejected: 0, duplicate: 0, unchanged: 3 } })
    const { read, inserted, updated, unchanged } = gone.counts
    expect(inserted + updated + unchanged).toBe(read)
    expect(inserted + updated).toBe(contacts.includes(';') ? 3 : 1)
    expect(await live()).toEqual([{ ids: '9/501 9/502 90011/501' }])
    const again = await run('hubspot/engagements', HEADER + line(9001, contacts, 'true'))
    expect(again).toMatchObject({ counts: { inserted: 0, updated: 0, rejected: 0, duplicate: 0 } })
  })

  it("by both of Fivetran's tables", TIMEOUT, async () => {
    const people = (gone: boolean) => `contact_id,engagement_id,_fivetran_deleted\n501,8901,${gone}\n502,8901,${gone}\n`
    const emails = (gone: boolean) =>
      `engagement_id,_fivetran_deleted,property_hs_createdate,property_hs_email_direction,property_hs_timestamp,type\n8901,${gone},2023-04-20 10:20:00.390,INCOMING_EMAIL,2023-04-20 10:00:00,EMAIL\n`
    await write('ENGAGEMENT_CONTACT.csv', people(false))
    await run('hubspot/emails', emails(false))
    expect(await live()).toEqual([{ ids: '8901/501 8901/502' }])
    await write('ENGAGEMENT_CONTACT.csv', people(true))
    expect(await run('hubspot/emails', emails(true))).toMatchObject({ counts: { read: 1, rejected: 0, unchanged: 0 } })
    expect(await live()).toEqual([{ ids: null }])
  })
})

describe('the people of a record in a later export', () => {
  const HEADER = 'Record ID,Activity type,Activity date,Create Date,Associated Contact IDs\n'
  const line = (id: number, contacts: string) => `${id},Incoming Email,2023-04-20 10:00,2023-04-20 10:20,${contacts}\n`
  const live = async () => {
    const found = await rows(
      'select source_id from activity where superseded_at is null and not deleted order by source_id',
    )
    return found.map((row) => Object.values(row as object).join()).join(' ')
  }

  it.each([
    ['fewer', line(9002, '501'), '9002/501', '1 row whose record no longer lists it was taken back'],
    ['nobody', line(9002, ''), '9002', '2 rows whose records no longer list them were taken back'],
    ['another', line(9002, '503'), '9002/503', '2 rows whose records no longer list them were taken back'],
    ['a line for each', line(9002, '501') + line(9002, '502'), '9002/501 9002/502', undefined],
    ['another record', line(9003, '501'), '9002/501 9002/502 9003/501', undefined],
  ])('names %s', TIMEOUT, async (_what, text, expected, note) => {
    await run('hubspot/engagements', HEADER + line(9002, '501;502'))
    const { notes } = await run('hubspot/engagements', HEADER + text)
    expect(await live()).toBe(expected)
    expect(notes.filter((one) => one.includes('taken back'))).toEqual(note === undefined ? [] : [note])
    expect((await run('hubspot/engagements', HEADER + text)).counts).toMatchObject({ inserted: 0, updated: 0 })
    await run('hubspot/engagements', HEADER + line(9002, '501;502'))
    expect(await live()).toMatch(/^9002\/501 9002\/502/)
  })

  it('is not the whole list in a column that names one of several', TIMEOUT, async () => {
    await run('hubspot/engagements', HEADER + line(9002, '501;502'))
    await run('hubspot/engagements', HEADER.replace('Associated Contact IDs', 'contact_id') + line(9002, '503'))
    expect(await live()).toBe('9002/501 9002/502 9002/503')
  })

  it('of JSON is not empty where the list was not asked for', TIMEOUT, async () => {
    const email = (rest: object) =>
      `${JSON.stringify({ id: '8901', hs_timestamp: '2023-04-20T10:00:00Z', hs_createdate: '2023-04-20T10:20:00Z', ...rest })}\n`
    await run('hubspot/emails', email({ contacts: ['71', '72'] }))
    await run('hubspot/emails', email({ archived: false }))
    expect(await live()).toContain('8901/71 8901/72')
    await run('hubspot/emails', email({ contacts: [] }))
    expect(await live()).toBe('8901')
  })

  it('of a deal are taken back, also all of them', TIMEOUT, async () => {
    await run('hubspot/companies', COMPANIES)
    await run('hubspot/contacts', PEOPLE)
    await run(
      'hubspot/deals',
      'Record ID,Deal Name,Deal Stage,Close Date,Create Date,Is Closed Won,Is Deal Closed?,Associated Company IDs (Primary)\n5,A,New,,2023-01-01 10:00,false,false,9201\n6,B,New,,2023-01-01 10:00,false,false,9201\n',
    )
    const links = async () =>
      await rows(
        `select string_agg(o.external_id || '/' || c.external_id, ' ' order by 1) as ids from opportunity_contact t
           join opportunity o using (opportunity_id) join contact c using (contact_id) where removed_at is null`,
      )
    const people = (five: string) => `Record ID,Associated Contact IDs\n5,${five}\n6,71;73\n`
    await run('hubspot/deal-contacts', people('71;72'))
    await run('hubspot/deal-contacts', people('72'))
    expect(await links()).toEqual([{ ids: '5/72 6/71 6/73' }])
    expect(await run('hubspot/deal-contacts', people(''))).toMatchObject({ counts: { filtered: 1, rejected: 0 } })
    expect(await links()).toEqual([{ ids: '6/71 6/73' }])
    await run('hubspot/deal-contacts', 'deal_id,contact_id,_fivetran_deleted\n6,71,true\n')
    expect(await links()).toEqual([{ ids: '6/73' }])
  })
})

describe('a deletion', () => {
  const CREATED = '2023-04-20 10:20'
  const known = async () =>
    await rows(
      `select to_char(known_at at time zone 'UTC', 'YYYY-MM-DD') as known, deleted from activity where known_at < now() - interval '1 day' order by known_at`,
    )
  const stood = { known: '2023-04-20', deleted: false }

  it.each([
    [
      'hubspot/engagements',
      'Record ID,Activity type,Activity date,Create Date,archived',
      '8901,CALL,2023-04-20 10:00,',
    ],
    [
      'hubspot/meetings',
      'engagement_id,Meeting outcome,start_time,hs_createdate,_fivetran_deleted',
      '8901,Done,2023-04-20 10:00,',
    ],
    [
      'salesforce/tasks',
      'Id,Status,IsClosed,ActivityDate,CreatedDate,IsDeleted',
      '00T000000000001,Completed,true,2023-04-20,',
    ],
    [
      'dynamics/phone-calls',
      'activityid,directioncode,statecode,actualend,createdon,IsDelete',
      '8901,true,1,2023-04-20 10:00,',
    ],
  ])(
    'by %s is known from its own date, or from the import, and the past stays',
    TIMEOUT,
    async (preset, header, row) => {
      await run(preset, `${header}\n${row}${CREATED},false\n`)
      expect(await known()).toEqual([stood])
      await run(preset, `${header}\n${row}${CREATED},true\n`)
      expect(await known()).toEqual([stood])
      expect(await rows('select count(*)::int as n from activity where deleted')).toEqual([{ n: 1 }])
      // What comes again is back, since now.
      await run(preset, `${header}\n${row}${CREATED},false\n`)
      expect(await rows('select deleted from activity where superseded_at is null')).toEqual([{ deleted: false }])
    },
  )

  it('that states its date is known since then', TIMEOUT, async () => {
    const header = 'id,hs_timestamp,hs_createdate,archived,archivedAt\n'
    await run('hubspot/emails', `${header}8901,2023-04-20 10:00,${CREATED},false,\n`)
    await run('hubspot/emails', `${header}8901,2023-04-20 10:00,${CREATED},true,2024-02-01 08:00\n`)
    expect(await known()).toEqual([stood, { known: '2024-02-01', deleted: true }])
  })
})

describe('a deal without a company', () => {
  it("is told in the CRM's words, and is no failure of the import", TIMEOUT, async () => {
    await run('hubspot/companies', COMPANIES)
    const deal = (id: number, company: string) => `${id},A,New,,2023-01-01 10:00,false,false,${company}\n`
    const deals = `Record ID,Deal Name,Deal Stage,Close Date,Create Date,Is Closed Won,Is Deal Closed?,Associated Company IDs (Primary)\n${deal(1, '9201')}${deal(2, '')}${deal(3, '')}`
    const { byFile } = await run('hubspot/deals', deals)
    expect(byFile[0]?.rejections).toMatchObject([
      { reason: 'no_account', count: 2, first: { line: 3, column: 'Associated Company IDs (Primary)' } },
    ])
    expect(await command('hubspot/deals', deals)).toMatchObject({ code: 0, counts: { rejected: 2 } })
    expect(await command('hubspot/deals', deals.replace(deal(1, '9201'), ''))).toMatchObject({ code: 2 })
  })
})
