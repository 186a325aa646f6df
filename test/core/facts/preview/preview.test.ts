import { describe, expect, it } from 'vitest'
import { planRows } from '../../../../src/core/facts/import/header.ts'
import { parseMapping } from '../../../../src/core/facts/import/reading/parse-mapping.ts'
import { missingFields, shownColumns, usesOf } from '../../../../src/core/facts/preview/column-names.ts'
import { mappingToEdit } from '../../../../src/core/facts/preview/edit-mapping.ts'
import { previewColumns, unmappedValues } from '../../../../src/core/facts/preview/preview-rows.ts'
import { knownMappings } from '../../../../src/jobs/facts/import/presets.ts'

const preset = (system: string, name: string) => {
  const found = knownMappings().find((one) => one.system === system && one.name === name)
  if (!found) throw new Error(`${system}/${name} is no preset`)
  return found
}
const deals = preset('hubspot', 'deals')
const HEADER = ['Record ID', 'Deal Stage', 'Deal Type', 'Is Deal Closed?', 'Is Closed Won', 'Pipeline']
const ROWS = [
  ['1', 'Closed won', 'New Business', 'true', 'true', 'Main'],
  ['2', 'Closed lost', 'Upsell', 'true', 'false', ''],
  ['3', 'Demo', 'Upsell', 'false', 'false', 'Main'],
  ['4', 'Demo', '', 'maybe', 'false', 'Main'],
]

describe('the columns of a preview', () => {
  it('show what they fill, how much of them is filled and some of their values', () => {
    const seen = previewColumns(HEADER, ROWS, deals.mapping)
    expect(seen[0]).toEqual({ column: 'Record ID', uses: ['external_id'], filled: 1, samples: ['1', '2', '3'] })
    expect(seen[2]).toEqual({ column: 'Deal Type', uses: ['type'], filled: 0.75, samples: ['New Business', 'Upsell'] })
    expect(seen.at(-1)).toEqual({ column: 'Pipeline', uses: [], filled: 0.75, samples: ['Main'] })
  })

  it('name the rows that a condition chooses, and the attributes that are kept', () => {
    const result = parseMapping({
      kind: 'activities',
      columns: { source_id: 'Id' },
      where: [{ column: 'Field', in: ['StageName'] }],
      attributes: { campaign: 'Campaign' },
    })
    if (result.kind === 'refused') throw new Error(result.problems.join())
    const uses = (column: string) => usesOf(column, result.mapping)
    expect([uses('Field'), uses('Campaign'), uses('id'), uses('occurred_at'), uses('else')]).toEqual([
      ['which rows count'],
      ['attribute campaign'],
      ['source_id'],
      ['occurred_at'],
      [],
    ])
  })

  it('list the values that map to nothing, most frequent first', () => {
    const result = planRows(HEADER, deals.mapping, true)
    if (result.kind === 'refused') throw new Error(result.problems.join())
    expect(unmappedValues(result.plan, ROWS).filter(({ field }) => field === 'type')).toEqual([
      { column: 'Deal Type', field: 'type', value: 'Upsell', count: 2 },
    ])
  })
})

describe('what a file lacks', () => {
  it('is named as its system exports it, what every row needs first', () => {
    const [first, ...others] = missingFields(deals.mapping, ['Record ID', 'Deal Name', 'Is Deal Closed?'])
    expect(first).toMatchObject({ field: 'outcome', required: true })
    expect(first && shownColumns(first)).toBe('"Is Closed Won" (or hs_is_closed_won)')
    expect(others.every(({ required }) => !required)).toBe(true)
    expect(others.find(({ field }) => field === 'amount')?.columns).toEqual([['Amount']])
  })

  it('is nothing where another column says the same', () => {
    const names = ['hs_object_id', 'dealstage', 'createdate', 'amount']
    expect(missingFields(deals.mapping, names).map(({ field }) => field)).not.toContain('outcome')
  })
})

describe('a mapping to edit', () => {
  it('has the names of the file alone, and reads it as the preset does', () => {
    const edited = mappingToEdit(deals, HEADER)
    expect(edited.columns['external_id']).toEqual({ column: 'Record ID' })
    expect(edited.columns['amount']).toBeUndefined()
    const result = parseMapping(JSON.parse(JSON.stringify(edited)))
    if (result.kind === 'refused') throw new Error(result.problems.join())
    expect(planRows(HEADER, result.mapping, true).kind).toBe('plan')
  })

  it.each(knownMappings().map((known) => [`${known.system}/${known.name}`, known] as const))(
    'of %s is a mapping that parses, whatever columns the file has',
    (_name, known) => {
      for (const names of [[], ['Id'], HEADER]) {
        const result = parseMapping(JSON.parse(JSON.stringify(mappingToEdit(known, names))))
        expect(result.kind === 'refused' ? result.problems : []).toEqual([])
      }
    },
  )

  it('keeps the required fields that the file lacks, so that the import names them', () => {
    const edited = mappingToEdit(deals, ['Record ID'])
    const result = planRows(['Record ID'], edited, true)
    expect(result.kind === 'refused' && result.problems.join()).toContain('Is Deal Closed?')
  })
})
