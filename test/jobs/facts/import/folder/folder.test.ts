import { cp, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { rowsOf } from '../../../../support/import-text.ts'

const FIXTURES = path.join(import.meta.dirname, '../../../../fixtures')
import { folderCases, PATIENCE } from './folder-cases.ts'

const { database, folder, run, write } = folderCases()

const EXPORT = {
  // In the order of the alphabet everything comes before what it needs.
  'export/a-roles.csv': 'opportunity_external_id,contact_external_id,role\nO1,C1,user\n',
  'export/b-stages.csv': 'opportunity_external_id,stage,entered_at\nO1,demo,2024-03-02T00:00:00Z\n',
  'export/c-deals.csv':
    'external_id,account_external_id,outcome,opened_at,closed_at,amount,currency\nO1,A1,won,2024-03-01T00:00:00Z,2024-04-01T00:00:00Z,10,EUR\n',
  'export/d-people.csv': 'external_id,account_external_id,email,title\nC1,A1,ann@acme.example,CFO\n',
  'export/e-links.csv': 'account_external_id,kind,value\nA1,visitor,v-1\n',
  'export/f-companies.jsonl': '{"external_id":"A1","name":"Acme","domain":"acme.example"}\n',
  'export/g-visits.csv':
    'source_id,kind,occurred_at,initiated_by,visitor_id\nV1,web_visit,2024-02-01T00:00:00Z,buyer,v-1\n',
}

describe('a folder', () => {
  it('is imported whole, in the order in which facts need each other, with one summary', PATIENCE, async () => {
    await write({ ...EXPORT, 'export/README.md': '# Export', 'export/old/accounts.csv': 'external_id\nA2\n' })
    const { code, stdout, stderr } = await run('export')
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/: 100 of 100% read\n$/) })
    expect(stdout).toContain('not tables, passed over: export/README.md, export/old/')
    expect(stdout).toMatch(
      /\n7 files of 7 imported: 7 rows read = 7 inserted \+ 0 updated \+ 0 unchanged \+ 0 duplicate \+ 0 filtered \+ 0 rejected\n$/,
    )
    expect(stdout).not.toMatch(/rejected \w+:/)
    expect(await rowsOf(database(), 'select external_id from account')).toEqual([{ external_id: 'A1' }])
    expect(await rowsOf(database(), 'select role from opportunity_contact')).toEqual([{ role: 'user' }])
    expect(await rowsOf(database(), 'select stage from stage_history')).toEqual([{ stage: 'demo' }])
    // Imported again it says nothing new.
    expect((await run('export')).stdout).toContain(
      '7 files of 7 imported: 7 rows read = 0 inserted + 0 updated + 7 unchanged + 0 duplicate + 0 filtered + 0 rejected\n',
    )
  })

  it('names what fits nothing with what is nearest, imports the rest and ends with 2', PATIENCE, async () => {
    await write({
      'export/accounts.csv': 'external_id,name\nA1,Acme\n',
      'export/deals.csv': 'Record ID,Deal Name,Is Deal Closed?,Close Date,Amount\n1,One,true,2024-01-01,5\n',
      'export/events.csv': 'source_id,kind,occurred_at,domain\nE1,funding,2024-01-01T00:00:00Z,acme.example\n',
      'export/colours.csv': 'colour,shape\nred,round\n',
      'export/empty.csv': '',
    })
    const { code, stdout } = await run('export', '--json')
    const { imported, not_imported: left } = JSON.parse(stdout)
    expect([code, imported.map(({ preset }: { preset: string }) => preset)]).toEqual([2, ['standard/accounts']])
    const reason = (file: string): string => left.find((one: { file: string }) => one.file === `export/${file}`).reason
    expect(reason('deals.csv')).toMatch(
      /^nothing fits; nearest is hubspot deals, but it lacks "Is Closed Won" \(or hs_is_closed_won\) \(outcome\): /,
    )
    expect(reason('events.csv')).toMatch(
      /^fits activities, by the standard names and business-events, by the standard names equally: import it by itself with --kind activities or --kind business-events$/,
    )
    expect(reason('colours.csv')).toContain('no preset reads any of its columns (colour, shape)')
    expect(reason('empty.csv')).toContain('is empty')
    expect(await rowsOf(database(), 'select kind from business_event')).toEqual([])
  })

  it(
    'reads tables of associations beside theirs, saved by a spreadsheet too, and not as records',
    PATIENCE,
    async () => {
      await write({
        'export/COMPANY.csv':
          'id,property_name,property_domain,property_createdate\n1,Acme,acme.example,2024-01-01 00:00:00\n',
        'export/DEAL.csv':
          'deal_id,property_dealname,property_amount,deal_pipeline_stage_id,property_closedate,property_createdate\n5,One,10,77,2024-03-01 10:00:00,2024-02-01 00:00:00\n',
        'export/DEAL_COMPANY.csv': '\uFEFFsep=;\r\ndeal_id;company_id;type_id\r\n5;1;5\r\n',
        'export/DEAL_PIPELINE_STAGE.csv': 'sep=;\r\nstage_id;is_closed;closed_won\r\n77;TRUE;TRUE\r\n',
      })
      const { code, stdout } = await run('export', '--currency', 'USD', '--json')
      const { imported, companions, not_imported: left } = JSON.parse(stdout)
      expect([code, left]).toEqual([0, []])
      expect(imported.map(({ preset }: { preset: string }) => preset)).toEqual(['hubspot/companies', 'hubspot/deals'])
      expect(companions.toSorted()).toEqual(['export/DEAL_COMPANY.csv', 'export/DEAL_PIPELINE_STAGE.csv'])
      expect(
        await rowsOf(
          database(),
          `select o.account_external_id as account, v.outcome from opportunity o join opportunity_version v using (opportunity_id)
        order by v.known_at desc limit 1`,
        ),
      ).toEqual([{ account: '1', outcome: 'won' }])
      expect(await rowsOf(database(), `select attributes ->> 'name' as name from account_version`)).toEqual([
        { name: 'Acme' },
      ])
    },
  )

  it('of which nothing is recognised is refused with 1, and so is one that is not there', PATIENCE, async () => {
    await write({ 'export/colours.csv': 'colour,shape\nred,round\n' })
    expect(await run('export')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^no file was recognised by its columns\nexport\/colours\.csv: no preset/),
    })
    expect(await run('nowhere')).toMatchObject({ code: 1, stderr: 'nowhere cannot be read: there is no such file\n' })
  })

  it('is read by the presets of one system, where one is named', PATIENCE, async () => {
    for (const file of ['companies.csv', 'deals.csv'])
      await cp(path.join(FIXTURES, 'hubspot', file), path.join(folder(), 'export', file))
    const other = await run('export', '--preset', 'salesforce')
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('no file was recognised') })
    const { code, stdout } = await run('export', '--preset', 'hubspot', '--json')
    const { imported } = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(imported.map(({ preset }: { preset: string }) => preset)[0]).toBe('hubspot/companies')
    expect(await run('export', '--preset', 'hubpot')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^--preset hubpot: expected one of .*hubspot/),
    })
  })

  it.each(['hubspot', 'salesforce', 'dynamics', 'generic'])(
    'of exports of %s is recognised whole',
    PATIENCE,
    async (system) => {
      const exports = path.join(FIXTURES, system)
      const { stdout } = await run(exports, '--json', '--max-rejected', '100%')
      const { imported, not_imported: left } = JSON.parse(stdout)
      expect(left).toEqual([])
      const presets: readonly string[] = imported.map(({ preset }: { preset: string }) => preset)
      const files = (await readdir(exports)).map((file) => `${system}/${path.basename(file, '.csv')}`)
      expect(presets.filter((preset) => !preset.startsWith('standard/')).toSorted()).toEqual(
        system === 'generic' ? expect.any(Array) : files.toSorted(),
      )
    },
  )

  it('takes the options of all its files, and one file for all that they reject', PATIENCE, async () => {
    await write({
      'export/accounts.csv': 'external_id\nA1\n',
      'export/opportunities.csv':
        'external_id,account_external_id,outcome,opened_at,amount\nO1,A1,open,2024-07-01 00:30:00,10\n',
    })
    expect(await run('export', '--currency', 'usd', '--time-zone', 'Europe/Berlin')).toMatchObject({ code: 0 })
    expect(await rowsOf(database(), 'select currency, opened_at from opportunity_version')).toEqual([
      { currency: 'USD', opened_at: expect.stringContaining('2024-06-30') },
    ])
    await write({
      'export/accounts.csv': 'external_id,deleted\nA1,\nA2,perhaps\nA3,\nA4,\nA5,\nA6,\n',
      'export/opportunities.csv': `external_id,account_external_id,outcome,opened_at\nO1,A1,maybe,2024-07-01\n${[2, 3, 4, 5, 6].map((id) => `O${id},A1,open,2024-07-01\n`).join('')}`,
    })
    expect(await run('export', '--rejects', 'r.csv')).toMatchObject({ code: 0 })
    const rejects = await readFile(path.join(folder(), 'r.csv'), 'utf8')
    expect(rejects.split('\n').map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'file,line',
      'export/accounts.csv,3',
      'export/opportunities.csv,2',
      '',
    ])
  })

  it('without a table, and files without rows or text, are named with the way out', PATIENCE, async () => {
    await write({
      'empty/notes.md': '# Notes',
      'accounts.csv': 'external_id,name\n',
      'x.csv': '%PDF-1.7\n\0\0',
    })
    expect(await run('empty')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^empty: no tables there .*; passed over: empty\/notes\.md\n$/),
    })
    expect((await run('accounts.csv')).stdout).toContain('the file has no rows below its header')
    expect(await run('--kind', 'accounts', 'x.csv')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^x\.csv is not a text file: .*PDF.*CSV UTF-8/),
    })
  })
})

describe('--preview', () => {
  it('shows what each file would become and stores nothing', PATIENCE, async () => {
    await cp(path.join(FIXTURES, 'hubspot'), path.join(folder(), 'export'), { recursive: true })
    const { code, stdout } = await run('--preview', 'export')
    expect(code).toBe(0)
    expect(stdout).toContain('export/deals.csv: CSV, utf-8, all 3 rows looked at, nothing stored')
    expect(stdout).toContain('  read as hubspot deals (--preset hubspot --kind deals), which are opportunities')
    expect(stdout).toMatch(/\n {2}Is Closed Won +closed_at, outcome +100% {2}true \| false\n/)
    expect(stdout).toContain('  columns not read: Pipeline\n')
    expect(await readdir(folder())).toEqual(['export'])
    expect(await rowsOf(database(), 'select external_id from account')).toEqual([])
  })

  it('reads no more than the first 1,000 rows', PATIENCE, async () => {
    const rows = Array.from({ length: 1001 }, (_, index) => `A${index},Acme`).join('\n')
    await write({ 'accounts.csv': `external_id,name\n${rows}\n` })
    const { stdout } = await run('--preview', 'accounts.csv', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ rows: 1000, is_whole: false, outcome: { taken: 1000 } })
  })

  it('names what is missing as the CRM does, and ends with 2', PATIENCE, async () => {
    await write({ 'deals.csv': 'Record ID,Deal Name,Is Deal Closed?,Close Date\n1,One,true,2024-01-01\n' })
    const { code, stdout } = await run('--preview', 'deals.csv')
    expect(code).toBe(2)
    expect(stdout).toContain('missing, and needed for it: "Is Closed Won" (or hs_is_closed_won) for outcome')
  })

  it.each([
    ['salesforce/opportunities.csv', ['--preset', 'salesforce', '--kind', 'accounts']],
    ['salesforce/opportunities.csv', ['--preset', 'hubspot', '--kind', 'deals']],
    ['hubspot/companies.csv', ['--preset', 'salesforce/accounts']],
  ])('refuses what an import would: %s with %j', PATIENCE, async (fixture, options) => {
    await cp(path.join(FIXTURES, fixture), path.join(folder(), 'file.csv'))
    const previewed = await run('--preview', 'file.csv', ...options)
    const imported = await run('file.csv', ...options)
    expect([previewed.code, imported.code]).toEqual([2, 1])
    const reason = /this header looks like .+/.exec(imported.stderr)?.[0] ?? 'not refused'
    expect(previewed.stdout).toContain(`  cannot be imported: ${reason}\n`)
    expect(previewed.stdout).not.toMatch(/could be taken|which opportunities require/)
  })

  it('names a mapping by its file, as the option does', PATIENCE, async () => {
    await write({ 'own.json': '{"kind":"accounts","columns":{"external_id":"Id"}}', 'file.csv': 'Id,name\n1,Acme\n' })
    const { stdout } = await run('--preview', 'file.csv', '--mapping', 'own.json')
    expect(stdout).toContain('file.csv: CSV, utf-8, the only row looked at, nothing stored\n')
    expect(stdout).toContain('  read as mapping own.json (--mapping own.json), which are accounts\n')
  })

  it('reads nested values of JSON by their paths', PATIENCE, async () => {
    const deal = {
      id: '1',
      properties: {
        dealname: 'One',
        hs_is_closed: 'true',
        hs_is_closed_won: 'true',
        closedate: '2024-05-01T00:00:00Z',
      },
    }
    await write({ 'deals.jsonl': `${JSON.stringify(deal)}\n` })
    const { stdout } = await run('--preview', 'deals.jsonl', '--json')
    const { preset, columns } = JSON.parse(stdout)
    expect(preset).toEqual({ system: 'hubspot', name: 'deals', kind: 'opportunities' })
    expect(columns).toContainEqual({ column: 'properties.dealname', uses: ['name'], filled: 1, samples: ['One'] })
  })

  it('writes a mapping to edit that reads the file, and writes over nothing', PATIENCE, async () => {
    await cp(path.join(FIXTURES, 'hubspot/companies.csv'), path.join(folder(), 'companies.csv'))
    expect(await run('--preview', 'companies.csv', '--write-mapping', 'own.json')).toMatchObject({ code: 0 })
    const { kind, columns } = JSON.parse(await readFile(path.join(folder(), 'own.json'), 'utf8'))
    expect([kind, columns.name]).toEqual(['accounts', { column: 'Company name' }])
    expect(await run('--preview', 'companies.csv', '--write-mapping', 'own.json')).toMatchObject({
      code: 1,
      stderr: '--write-mapping own.json: the file is there already, and is not written over\n',
    })
    expect(await run('--mapping', 'own.json', 'companies.csv')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^accounts: 2 rows read = 2 inserted/),
    })
    expect(await run('companies.csv', '--write-mapping', 'other.json')).toMatchObject({
      code: 1,
      stderr: '--write-mapping goes with --preview\n',
    })
  })
})
