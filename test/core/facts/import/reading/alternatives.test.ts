import { describe, expect, it } from 'vitest'
import { parseMapping } from '../../../../../src/core/facts/import/reading/parse-mapping.ts'
import { rowOf } from './support.ts'

const optional = { kind: 'contacts', optional_columns: true, ignore: 'rest' }

describe('a column of a mapping', () => {
  it.each(['Email', 'EMAIL', 'email', ' Email ', '\uFEFFEmail'])('is found where the header says %j', (name) => {
    const mapping = { ...optional, columns: { external_id: 'Id', email: 'Email' } }
    expect(rowOf(mapping, { Id: '1', [name]: 'ann@acme.com' })).toMatchObject({ email: 'ann@acme.com' })
  })

  it('is found by its own spelling before another', () => {
    const mapping = { ...optional, columns: { external_id: 'Id', title: 'Title', name: 'TITLE' } }
    expect(rowOf(mapping, { Id: '1', TITLE: 'Ann', Title: 'CFO' })).toMatchObject({ name: 'Ann', title: 'CFO' })
  })

  it('of the standard name is found in any case', () => {
    expect(rowOf({ kind: 'contacts' }, { External_ID: '1', EMAIL: 'a@b.com' })).toMatchObject({ email: 'a@b.com' })
  })
})

describe('values and conditions', () => {
  const seniority = { column: 'Level', values: { 'C-Level': 'c_level', VP: 'vp' }, otherwise: null }
  it.each([
    ['C-Level', 'c_level'],
    ['c-level', 'c_level'],
    [' C-LEVEL ', 'c_level'],
    ['Vp', 'vp'],
    ['Other', null],
  ])('compare without regard to case: %j', (level, expected) => {
    const mapping = { kind: 'contacts', columns: { external_id: 'Id', seniority } }
    expect(rowOf(mapping, { Id: '1', Level: level })).toMatchObject({ seniority: expected })
  })

  it('take an exact match before another', () => {
    const column = { column: 'Level', values: { m: 'manager', M: 'director' } }
    const mapping = { kind: 'contacts', columns: { external_id: 'Id', seniority: column } }
    expect(rowOf(mapping, { Id: '1', Level: 'M' })).toMatchObject({ seniority: 'director' })
    expect(rowOf(mapping, { Id: '1', Level: 'm' })).toMatchObject({ seniority: 'manager' })
  })

  it.each([
    [{ column: ['Status', 'State'], in: ['active'] }, { State: 'ACTIVE' }, 'row'],
    [{ column: ['Status', 'State'], in: ['active'] }, { State: 'gone' }, 'filtered'],
    [{ column: ['Status', 'State'], not_in: ['Gone'] }, { Status: '', State: 'gone ' }, 'filtered'],
    [{ column: 'state', equals: 'Active' }, { State: 'active' }, 'row'],
  ])('of a condition may stand in several columns: %j of %j', (condition, cells, expected) => {
    const outcome = rowOf({ ...optional, columns: { external_id: 'Id' }, where: [condition] }, { Id: '1', ...cells })
    expect(typeof outcome === 'string' ? outcome : 'row').toBe(expected)
  })

  it('of when take alternatives', () => {
    const title = { column: 'Title', when: { column: ['IsActive', 'Active'], in: ['true'] } }
    const mapping = { ...optional, columns: { external_id: 'Id', title } }
    expect(rowOf(mapping, { Id: '1', Title: 'CFO', Active: 'TRUE' })).toMatchObject({ title: 'CFO' })
    expect(rowOf(mapping, { Id: '1', Title: 'CFO', Active: 'FALSE' })).toMatchObject({ title: null })
  })
})

describe('a template', () => {
  const mapping = (template: object) => ({ ...optional, columns: { external_id: 'Id', name: template } })

  it('takes the first alternative that is there and holds something', () => {
    const name = { template: '{First Name|first_name} {Last Name|last_name}' }
    expect(rowOf(mapping(name), { Id: '1', first_name: 'Ann', 'Last Name': '', last_name: 'Lee' })).toMatchObject({
      name: 'Ann Lee',
    })
  })

  it('with an empty part is unknown, as a part of a key identifies nothing', () => {
    const name = { template: '{First Name} {Last Name}' }
    expect(rowOf(mapping(name), { Id: '1', 'First Name': 'Ann', 'Last Name': '' })).toMatchObject({ name: null })
  })

  it.each([
    [{ 'First Name': 'Ann', 'Last Name': '' }, 'Ann'],
    [{ 'First Name': '', 'Last Name': 'Lee' }, 'Lee'],
    [{ 'Last Name': 'Lee' }, 'Lee'],
    [{ 'First Name': ' Ann ', Middle: '', 'Last Name': 'Lee' }, 'Ann Lee'],
    [{ 'First Name': '', 'Last Name': '' }, null],
  ])('that is partial leaves empty and missing parts out: %j', (cells, expected) => {
    const name = { template: '{First Name} {Middle} {Last Name}', partial: true }
    expect(rowOf(mapping(name), { Id: '1', ...cells })).toMatchObject({ name: expected })
  })

  it('reads a column whose name holds the sign between alternatives', () => {
    expect(rowOf(mapping({ template: '{A|B}' }), { Id: '1', 'A|B': 'x', A: 'y' })).toMatchObject({ name: 'x' })
  })
})

describe('flags', () => {
  const outcome = {
    flags: [
      ['IsClosed', 'Closed'],
      ['IsWon', 'Won'],
    ],
    values: { 'true/true': 'won', 'true/false': 'lost', 'false/false': 'open', 'false/': 'open' },
    otherwise: 'reject',
  }
  const mapping = { kind: 'opportunities', ignore: 'rest', columns: { external_id: 'Id', closed_at: 'At', outcome } }
  it.each([
    ['true', 'true', 'won'],
    ['TRUE', 'FALSE', 'lost'],
    ['1', '0', 'lost'],
    ['Yes', 'y', 'won'],
    ['t', 'No', 'lost'],
    ['False', '', 'open'],
    ['0', 'n', 'open'],
  ])('%s and %s are read in every spelling', (closed, won, expected) => {
    const at = expected === 'open' ? '' : '2024-01-01T00:00:00Z'
    expect(rowOf(mapping, { Id: '1', Closed: closed, IsWon: won, At: at })).toMatchObject({ outcome: expected })
  })

  it.each([
    ['maybe', 'true'],
    ['true', ''],
    ['', 'true'],
  ])('%j and %j are not guessed', (closed, won) => {
    expect(rowOf(mapping, { Id: '1', Closed: closed, Won: won, At: '' })).toBe('unmapped_value Closed')
  })
})

describe('several sources', () => {
  const sources = [
    { template: '{Region}-{City}' },
    { flags: [['IsKey'], ['IsLarge']], values: { 'true/true': 'key', 'true/false': 'key' }, otherwise: null },
    { column: 'Notes', values: { none: null } },
    { constant: 'unknown' },
  ]
  const mapping = { ...optional, columns: { external_id: 'Id', title: { first_of: sources } } }
  it.each([
    [{ Region: 'EU', City: 'Rome' }, 'EU-Rome'],
    [{ Region: 'EU', City: '', IsKey: 'yes', IsLarge: 'no' }, 'key'],
    [{ Region: 'EU', IsKey: 'no', IsLarge: 'no', Notes: 'text' }, 'text'],
    [{ Notes: 'None' }, 'unknown'],
    [{ Notes: '' }, 'unknown'],
  ])('of %j the first that yields a value is taken', (cells, expected) => {
    expect(rowOf(mapping, { Id: '1', ...cells })).toMatchObject({ title: expected })
  })

  it('none of which the header has are a missing column', () => {
    const required = { kind: 'contacts', columns: { external_id: { first_of: ['Id', 'Record ID'] } } }
    expect(() => rowOf(required, { Key: '1' })).toThrow('column "Id" of the mapping is not in the header')
  })
})

describe('a mapping that makes no sense', () => {
  it.each([
    [{ columns: { name: { column: 'A', present: true } } }, 'columns.name: present is for yes/no fields'],
    [{ columns: { name: { column: 'A', several: 'first' } } }, 'columns.name: several is for keys'],
    [{ columns: { name: { first_of: [{ row_number: true }] } } }, 'columns.name: expected "Column"'],
    [
      { columns: { name: { first_of: [{ column: 'A', format: 'yyyy' }] } } },
      'columns.name: format and time_zone are for',
    ],
    [{ columns: { name: { flags: [] } } }, 'columns.name'],
    [{ rows_per: { field: 'nome' } }, 'rows_per.field: contacts have no field nome; did you mean name?'],
    [
      { rows_per: { field: 'created_at' } },
      'rows_per.field: the cell of created_at cannot be parted; fields that can: external_id, source, account_external_id, email',
    ],
    [{ currency: 'Euro' }, 'currency: expected three letters as in EUR'],
    [{ strict: 'yes' }, 'strict'],
  ])('is refused by name: %j', (json, message) => {
    const result = parseMapping({ kind: 'contacts', ...json })
    expect(result.kind === 'refused' ? result.problems.join('\n') : '').toContain(message)
  })
})
