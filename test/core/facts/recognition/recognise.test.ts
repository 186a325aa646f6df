import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseMapping } from '../../../../src/core/facts/import/mapping.ts'
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

describe('a file is recognised by its columns', () => {
  const samples = readdirSync('test/fixtures').flatMap((system) =>
    mappings.some((known) => known.system === system)
      ? readdirSync(path.join('test/fixtures', system)).map((file) => [system, path.basename(file, '.csv')] as const)
      : [],
  )

  it.each(samples)('%s/%s', (system, name) => {
    const [header = ''] = readFileSync(`test/fixtures/${system}/${name}.csv`, 'utf8').split('\n')
    expect(best(...header.replaceAll('"', '').split(','))).toBe(`${system}/${name}`)
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
