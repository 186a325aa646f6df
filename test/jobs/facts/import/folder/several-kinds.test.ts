import { describe, expect, it } from 'vitest'
import { rowsOf } from '../../../../support/import-text.ts'
import { folderCases, PATIENCE } from './folder-cases.ts'

const { database, run, write } = folderCases()

describe('a file', () => {
  it('says once that times without an offset were read as UTC, unless the zone is stated', PATIENCE, async () => {
    const rows = (time: string) =>
      `Record ID,Company name,Company Domain Name,Create Date\n1,Acme,acme.example,${time}\n2,Beta,beta.example,${time}\n`
    await write({
      'local.csv': rows('2023-01-10 09:30'),
      'days.csv': rows('2023-01-10 00:00'),
      'offset.csv': rows('2023-01-10T09:30:00Z'),
    })
    const note = 'times without an offset were read as UTC ("Create Date", first in line 2): say --time-zone'
    const companies = ['--preset', 'hubspot', '--kind', 'companies']
    expect((await run('--preview', 'local.csv')).stdout).toContain(
      'times without an offset were read as UTC ("Create Date"): say --time-zone',
    )
    expect((await run('local.csv')).stdout.split(note)).toHaveLength(2)
    for (const args of [['days.csv'], ['offset.csv'], ['local.csv', '--time-zone', 'UTC']])
      expect((await run(...companies, ...args)).stdout).not.toContain('without an offset')
  })

  it('of another system than the one that is named says whose file it is', PATIENCE, async () => {
    await write({
      'deals.csv':
        'Record ID,Deal Name,Deal Stage,Close Date,Is Deal Closed?,Is Closed Won\n1,One,77,2024-01-01,true,true\n',
      'opportunities.csv':
        'Id,AccountId,Name,StageName,IsClosed,IsWon,CloseDate\n006A,001A,One,Won,true,true,2024-01-01\n',
    })
    const looksLike = 'this header looks like hubspot deals: --preset hubspot --kind deals'
    expect((await run('--preset', 'salesforce', 'deals.csv')).stderr).toContain(`deals.csv: ${looksLike}`)
    expect((await run('--preset', 'salesforce', '--preview', 'deals.csv')).stdout).toContain(looksLike)
    expect((await run('--preset', 'dynamics', 'opportunities.csv')).stderr).toContain(
      'this header looks like salesforce opportunities: --preset salesforce --kind opportunities',
    )
  })

  it('is read once for each kind that a file holds, and says so', PATIENCE, async () => {
    await write({
      'hubspot/companies.csv':
        'Record ID,Company name,Company Domain Name,Merged record IDs,Create Date\n1,Acme,acme.example,2,2023-01-10 09:30\n2,Acme Ltd,acme-ltd.example,,2023-01-10 09:30\n',
      'hubspot/contacts.csv':
        'Record ID,First Name,Email,Primary Associated Company ID,Create Date\n51,Ann,ann@acme.example,1,2023-01-11 10:00\n52,Bob,bob@acme.example,1,2023-01-11 10:00\n',
      'hubspot/deals.csv':
        'Record ID,Deal Name,Deal Stage,Close Date,Amount,Create Date,Is Closed Won,Is Deal Closed?,Associated Company IDs (Primary),Associated Contact IDs\n701,One,Closed won,2023-06-30 15:00,10,2023-04-02 11:00,true,true,1,51;52\n702,Two,Closed lost,2023-06-30 15:00,10,2023-04-02 11:00,false,true,1,\n',
      'salesforce/Account.csv':
        'Id,IsDeleted,MasterRecordId,Name,Website,CreatedDate,LastModifiedDate\n001A0000000keep,false,,Initech,initech.example,2023-01-10T08:00:00Z,2023-01-10T08:00:00Z\n001A0000000gone,true,001A0000000keep,Initech Inc,initech-inc.example,2023-01-10T08:00:00Z,2023-05-10T08:00:00Z\n',
      'salesforce/report.csv':
        'Opportunity ID,Account ID,Opportunity Name,Stage,Closed,Won,Created Date,Close Date,Contact ID,Role\n006A0000000ooo1,001A0000000keep,One,Closed Won,1,1,2023-02-01,2023-03-01,,\n',
      'generic/deals.csv':
        'deal id,company id,status,created date,close date,contact id\nd1,1,won,2023-02-01,2023-03-01,51\nd2,1,lost,2023-02-01,2023-03-01,\n',
      'dynamics/account.csv':
        'accountid,name,websiteurl,createdon,modifiedon,_masterid_value\n0a000000-0000-0000-0000-000000000001,Umbrella,umbrella.example,2023-01-01T00:00:00Z,2023-01-01T00:00:00Z,\n0a000000-0000-0000-0000-000000000002,Umbrella Inc,umbrella-inc.example,2023-01-01T00:00:00Z,2023-02-01T00:00:00Z,0a000000-0000-0000-0000-000000000001\n',
    })
    const preview = await run('--preview', 'hubspot/deals.csv')
    expect(preview.stdout).toContain(
      '  and then as hubspot deal-contacts (--preset hubspot --kind deal-contacts), which are opportunity-contacts\n',
    )
    const { code, stdout } = await run('hubspot', 'salesforce', 'generic', 'dynamics', '--currency', 'USD')
    expect({ code, stdout }).toMatchObject({ code: 0 })
    expect(stdout).toContain(
      'hubspot/deals.csv: hubspot deal-contacts\n  read again: hubspot/deals.csv holds these too\n',
    )
    expect(stdout).toContain('salesforce/report.csv: salesforce opportunity-contacts\n')
    expect(stdout).toContain('7 files of 7 imported')
    const people = `select o.external_id as deal, c.external_id as person from opportunity_contact
      join opportunity o using (opportunity_id) join contact c using (contact_id) order by 1, 2`
    expect(await rowsOf(database(), people)).toEqual([
      { deal: '701', person: '51' },
      { deal: '701', person: '52' },
      { deal: 'd1', person: '51' },
    ])
    const merges = `select gone.external_id as gone, kept.external_id as kept from account_merge m
      join account gone on gone.account_id = m.account_id join account kept on kept.account_id = m.into_account_id order by 1`
    expect(await rowsOf(database(), merges)).toMatchObject([
      { gone: '001A0000000goneIAA' },
      { gone: '0a000000-0000-0000-0000-000000000002', kept: '0a000000-0000-0000-0000-000000000001' },
      { gone: '2', kept: '1' },
    ])
  })
})
