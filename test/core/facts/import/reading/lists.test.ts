import { describe, expect, it } from 'vitest'
import { readRecord, rowOf } from './support.ts'

describe('a record with a list of contacts', () => {
  const mapping = {
    kind: 'activities',
    ignore: 'rest',
    rows_per: { field: 'contact_external_id', separator: ';' },
    columns: {
      source_id: 'Record ID',
      kind: { constant: 'email_reply' },
      occurred_at: { constant: '2024-01-01T00:00:00Z' },
      contact_external_id: { column: ['Contact IDs', 'associations.contact'] },
    },
  }
  const read = (contacts: string) => {
    const outcome = readRecord(mapping, { 'Record ID': '8901', 'Contact IDs': contacts })
    const rows = outcome.kind === 'rows' ? outcome.rows : [outcome]
    return rows.map((row) =>
      row.kind === 'row' ? `${row.row['source_id']} ${row.row['contact_external_id']}` : row.kind,
    )
  }

  it.each([
    ['71;72;73', ['8901/71 71', '8901/72 72', '8901/73 73']],
    ['#N/A;71; NULL', ['8901/71 71']],
    ['71', ['8901/71 71']],
    [' 71 ; 72;', ['8901/71 71', '8901/72 72']],
    ['71;71', ['8901/71 71']],
    ['', ['8901 null']],
    [';', ['8901 null']],
    ['["71","72"]', ['8901/71 71', '8901/72 72']],
    ["['71', '72']", ['8901/71 71', '8901/72 72']],
    ['[71, 72]', ['8901/71 71', '8901/72 72']],
    ['{71,72}', ['8901/71 71', '8901/72 72']],
    ['["71"]', ['8901/71 71']],
    ['[12345678901234567891]', ['8901/12345678901234567891 12345678901234567891']],
    ['[]', ['8901 null']],
    ['[null]', ['8901 null']],
  ])('%j is a row for each of them', (contacts, expected) => {
    expect(read(contacts)).toEqual(expected)
  })

  it('is parted by the mapping’s own separator', () => {
    const piped = { ...mapping, rows_per: { field: 'contact_external_id', separator: '|' } }
    expect(readRecord(piped, { 'Record ID': '1', 'Contact IDs': '71|72' })).toMatchObject({
      rows: [{ row: { source_id: '1/71' } }, { row: { source_id: '1/72' } }],
    })
  })

  it('of a kind without a key of its own has the item as a part of its key', () => {
    const links = {
      kind: 'opportunity-contacts',
      rows_per: { field: 'contact_external_id' },
      columns: { opportunity_external_id: 'Deal', contact_external_id: 'Contacts' },
    }
    expect(readRecord(links, { Deal: '9', Contacts: '71;72' })).toMatchObject({
      rows: [{ row: { contact_external_id: '71' } }, { row: { contact_external_id: '72' } }],
    })
  })
})

describe('a key that holds a list of ids', () => {
  const account = { column: 'Company IDs', several: 'first' }
  const mapping = (source: object) => ({
    kind: 'contacts',
    columns: { external_id: 'Id', account_external_id: source },
  })

  it.each([
    ['9201;9202', '9201', 1],
    ['9201', '9201', 0],
    ['9201;', '9201', 0],
    ['9201;9201', '9201', 0],
    ['', null, 0],
    ['["9201","9202"]', '9201', 1],
    ["['9201', '9202']", '9201', 1],
    ['["9201"]', '9201', 0],
    ['[9201.0]', '9201', 0],
    ['[]', null, 0],
    [' [ ] ', null, 0],
    ['[None]', null, 0],
    ['[Acme]', '[Acme]', 0],
    ['[1,]', '[1,]', 0],
  ])('%j: the first is taken, and counted where there are others', (ids, expected, shortened) => {
    const outcome = readRecord(mapping(account), { Id: '1', 'Company IDs': ids })
    expect(outcome).toMatchObject({ row: { account_external_id: expected } })
    expect(outcome.kind === 'row' && outcome.remarks.shortened).toHaveLength(shortened)
  })

  it('has the separator that the mapping says', () => {
    expect(rowOf(mapping({ ...account, separator: ',' }), { Id: '1', 'Company IDs': '1, 2' })).toMatchObject({
      account_external_id: '1',
    })
  })
})

describe('an optional cell that cannot be read', () => {
  const account = { external_id: 'a', domain: 'acme.com', employees: '5', created_at: '2024-01-01T00:00:00Z' }
  const unreadable = (json: object, cells: object) => {
    const outcome = readRecord(json, { ...account, ...cells })
    return outcome.kind === 'row' ? outcome.remarks.unreadable.map(({ problem }) => problem.reason) : outcome.kind
  }

  it.each([
    [{ employees: 'a few' }, ['bad_number']],
    [{ created_at: 'last year' }, ['bad_instant']],
    [{ created_at: '2024-01-01 10:00' }, ['no_time_zone']],
    [{ domain: 'maple example com' }, ['bad_domain']],
    [{ employees: 'x', domain: '?' }, ['bad_domain', 'bad_number']],
  ])('of %j is unknown, and the row stays', (cells, expected) => {
    expect(unreadable({ kind: 'accounts' }, cells).toString().split(',').toSorted()).toEqual(expected.toSorted())
    expect(unreadable({ kind: 'accounts', strict: true }, cells)).toBe('rejected')
  })

  it('of a list of domains leaves those that can be read', () => {
    expect(rowOf({ kind: 'accounts' }, { ...account, domain: 'acme.com; n/a ;acme.de' })).toMatchObject({
      domain: '["acme.com","acme.de"]',
    })
  })

  it('is named as the CRM names it', () => {
    const mapping = {
      kind: 'accounts',
      columns: { external_id: 'Id', employees: { column: ['Size', 'NumberOfEmployees'] } },
    }
    expect(readRecord(mapping, { Id: '1', NumberOfEmployees: 'a few' })).toMatchObject({
      remarks: { unreadable: [{ field: 'employees', problem: { column: 'NumberOfEmployees', value: 'a few' } }] },
    })
  })

  it('is the reason given where the row cannot do without it', () => {
    const deal = { external_id: 'o', outcome: 'won', opened_at: '2024-01-01T00:00:00Z', closed_at: 'soon' }
    expect(rowOf({ kind: 'opportunities' }, deal)).toBe('bad_instant closed_at')
  })

  it('that nothing reads stops nothing', () => {
    const mapping = { kind: 'accounts', columns: { external_id: 'Id' }, ignore: 'rest' }
    const cells = { Notes: 'x'.repeat(11_000), Bad: 'a\0\uFFFD', List: 'a;'.repeat(45_000) }
    expect(readRecord(mapping, { Id: '1', ...cells })).toMatchObject({ kind: 'row', remarks: { unreadable: [] } })
  })
})

describe('a list in brackets', () => {
  const account = { kind: 'contacts', columns: { external_id: 'Id', account_external_id: 'Company' } }

  it.each([
    ['["71"]', '71'],
    ['[71]', '71'],
    ["['71']", '71'],
    ['{71}', '71'],
    ['[]', null],
    ['{}', null],
    ['{6F9619FF-8B86-D011-B42D-00CF4FC964FF}', '6f9619ff-8b86-d011-b42d-00cf4fc964ff'],
  ])('%j is the id %j', (cell, expected) => {
    expect(rowOf(account, { Id: '1', Company: cell })).toMatchObject({ account_external_id: expected })
  })

  it('of two ids is no id', () => {
    expect(readRecord(account, { Id: '1', Company: '["71","72"]' })).toMatchObject({
      row: { account_external_id: null },
      remarks: { unreadable: [{ problem: { reason: 'several_ids', column: 'Company' } }] },
    })
  })

  it.each([
    ['["SAP","M\\u00fcller; Co","say \\"x\\""]', ['M\u00FCller; Co', 'SAP', 'say "x"']],
    ["['SAP', 'O\\'Reilly']", ["O'Reilly", 'SAP']],
    ['[]', undefined],
    ['SAP; AWS', ['AWS', 'SAP']],
  ])('%j is a list of texts', (cell, expected) => {
    const mapping = { kind: 'accounts', columns: { external_id: 'Id', domain: 'Sites', technologies: 'Tools' } }
    const row = rowOf(mapping, { Id: '1', Sites: '["b.com","a.com"]', Tools: cell })
    expect(row).toMatchObject({ domain: '["a.com","b.com"]' })
    expect(JSON.parse(typeof row === 'object' ? (row['attributes'] ?? '') : row).technologies).toEqual(expected)
  })

  it('has as many items as any other at most', () => {
    const cell = `[${Array.from({ length: 101 }, (_, index) => `"a${index}.com"`).join(',')}]`
    expect(readRecord({ kind: 'accounts' }, { external_id: '1', domain: cell })).toMatchObject({
      remarks: { unreadable: [{ problem: { reason: 'too_large' } }] },
    })
  })
})
