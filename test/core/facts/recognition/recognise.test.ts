import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseMapping } from '../../../../src/core/facts/import/reading/parse-mapping.ts'
import { type KnownMapping, namesOf, recognise } from '../../../../src/core/facts/recognition/recognise.ts'

const FOLDER = 'models/mappings'
const mappings: readonly KnownMapping[] = readdirSync(FOLDER).flatMap((system) =>
  readdirSync(path.join(FOLDER, system)).map((file) => {
    const result = parseMapping(JSON.parse(readFileSync(path.join(FOLDER, system, file), 'utf8')))
    if (result.kind === 'refused') throw new Error(result.problems.join('\n'))
    return { system, name: path.basename(file, '.json'), mapping: result.mapping }
  }),
)

const best = (...names: readonly string[]) => {
  const found = recognise(names, mappings)[0]
  return found && `${found.system}/${found.name}`
}

const bestNamed = (fileName: string, names: readonly string[]) => {
  const [found] = recognise(names, mappings, fileName)
  return found && `${found.system}/${found.name}`
}

describe('a file is recognised by its columns and its name', () => {
  const samples = readdirSync('test/fixtures').flatMap((system) =>
    mappings.some((known) => known.system === system)
      ? readdirSync(path.join('test/fixtures', system)).map((file) => [system, path.basename(file, '.csv')] as const)
      : [],
  )

  it.each(samples)('%s/%s', (system, name) => {
    const [header = ''] = readFileSync(`test/fixtures/${system}/${name}.csv`, 'utf8').split('\n')
    expect(bestNamed(`exports/all-${name}-2024-05-01.csv`, header.replaceAll('"', '').split(','))).toBe(
      `${system}/${name}`,
    )
  })

  it.each([
    ['COMPANY.csv', 'id,is_deleted,property_name,property_domain,property_createdate', 'hubspot/companies'],
    [
      'DEAL.csv',
      'deal_id,is_deleted,deal_pipeline_stage_id,property_dealname,property_closedate,property_createdate',
      'hubspot/deals',
    ],
    [
      'ENGAGEMENT_CALL.csv',
      'engagement_id,_fivetran_deleted,property_hs_createdate,property_hs_timestamp,type',
      'hubspot/calls',
    ],
    ['deal_contact_data.csv', 'contact_id,deal_id,_fivetran_synced,type_id,category', 'hubspot/deal-contacts'],
    [
      'opportunity.csv',
      'id,account_id,amount,close_date,created_date,is_closed,is_won,name,stage_name,_fivetran_synced',
      'salesforce/opportunities',
    ],
    [
      'report1700000000000.csv',
      'Opportunity ID,Account ID,Opportunity Name,Stage,Amount,Amount Currency,Close Date,Closed,Won,Created Date',
      'salesforce/opportunities',
    ],
    ['OpportunityHistory.csv', 'Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate', 'salesforce/stage-history'],
    [
      'table.csv',
      'external_id,account_external_id,opened_at,closed_at,outcome,amount,currency',
      'generic/opportunities',
    ],
  ])('%s as pipelines and reports call it', (file, header, wanted) => {
    expect(bestNamed(file, header.split(','))).toBe(wanted)
  })

  it('without regard to case and to spaces around a name', () => {
    expect(best('RECORD ID', ' deal name', 'Close date', 'IS DEAL CLOSED?', 'Is closed won')).toBe('hubspot/deals')
  })

  it('and not at all when no mapping reads any of them', () => {
    expect(recognise(['colour', 'shape'], mappings)).toEqual([])
  })

  it('with the fields that are required and missing', () => {
    const [found] = recognise(['Deal ID', 'Deal Name', 'Close Date'], mappings)
    expect(found).toMatchObject({ system: 'hubspot', name: 'deals', required: 0.5, missing: ['outcome'] })
  })
})

describe('the columns of a JSON object', () => {
  it('are its keys and the paths to nested values, not the items of lists', () => {
    expect(namesOf({ id: 1, properties: { dealname: 'a', nested: { deep: null } }, ids: [{ a: 1 }] })).toEqual([
      'id',
      'properties',
      'properties.dealname',
      'properties.nested',
      'properties.nested.deep',
      'ids',
    ])
  })
})
