import { describe, expect, it } from 'vitest'
import { type Choice, chooseMapping, optionsFor } from '../../../../src/core/facts/recognition/choose.ts'
import { knownMappings } from '../../../../src/jobs/facts/import/presets.ts'

const known = knownMappings()
const choose = (header: string, fileName = 'rows.csv', among = known) =>
  named(chooseMapping(header.split(','), among, { fileName, hasDefaultSource: false }))

function named(choice: Choice): string {
  if (choice.kind === 'fits') return optionsFor(choice.mapping)
  if (choice.kind === 'several') return `several: ${choice.mappings.map(optionsFor).join(', ')}`
  return `none, nearest ${choice.nearest ? optionsFor(choice.nearest) : 'nothing'}`
}

describe('the mapping of a file', () => {
  it.each([
    ['external_id,name,domain,industry', '--kind accounts'],
    ['external_id,account_external_id,email,title', '--kind contacts'],
    ['currency,day,usd_per_unit', '--kind rates'],
    ['source_id,kind,occurred_at,ip,visitor_id', '--kind activities'],
    ['provider,topic,period_start,period_end,strength,domain', '--kind intent-signals'],
    ['Record ID,Deal Name,Deal Stage,Close Date,Is Deal Closed?,Is Closed Won', '--preset hubspot --kind deals'],
    ['hs_object_id,dealname,dealstage,hs_is_closed,hs_is_closed_won', '--preset hubspot --kind deals'],
    ['Id,AccountId,Name,StageName,IsClosed,IsWon,CloseDate', '--preset salesforce --kind opportunities'],
    ['Opportunity ID,Account ID,Opportunity Name,Stage,Closed,Won', '--preset salesforce --kind opportunities'],
  ])('with the columns %s is %s', (header, expected) => {
    expect(choose(header)).toBe(expected)
  })

  it('is the one whose name the file bears, where standard names fit two kinds', () => {
    const header = 'source_id,kind,occurred_at,domain'
    expect(choose(header)).toBe('several: --kind activities, --kind business-events')
    expect(choose(header, 'exports/Business Events 2024.csv')).toBe('--kind business-events')
  })

  it('is none where two columns of any table are all that fits', () => {
    expect(choose('id,name,price')).toMatch(/^none, nearest --preset /)
    expect(choose('colour,shape')).toBe('none, nearest nothing')
  })

  it('is one of a system, where only that is asked about', () => {
    const salesforce = known.filter(({ system }) => system === 'salesforce')
    const deals = 'Record ID,Deal Name,Deal Stage,Close Date,Is Deal Closed?,Is Closed Won'
    expect(choose(deals, 'deals.csv', salesforce)).toMatch(/^none/)
  })
})
