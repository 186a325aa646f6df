import { describe, expect, it } from 'vitest'
import { readRecord, rowOf } from './support.ts'

const optional = { optional_columns: true, ignore: 'rest' }

describe('a yes/no field of several columns', () => {
  const columns = ['DoNotCall', 'HasOptedOutOfEmail', 'Email Opt Out']
  const mapping = { ...optional, kind: 'contacts', columns: { external_id: 'Id', do_not_contact: { column: columns } } }
  const read = (cells: Readonly<Record<string, string>>) => {
    const row = rowOf(mapping, { Id: '1', ...cells })
    return typeof row === 'string' ? row : (JSON.parse(row['attributes'] ?? '{}').do_not_contact ?? null)
  }

  it.each([
    [{ DoNotCall: 'false', HasOptedOutOfEmail: 'true' }, true],
    [{ DoNotCall: 'true', HasOptedOutOfEmail: 'false' }, true],
    [{ DoNotCall: 'FALSE', HasOptedOutOfEmail: '', 'Email Opt Out': '1' }, true],
    [{ DoNotCall: 'perhaps', HasOptedOutOfEmail: 'yes' }, true],
    [{ DoNotCall: 'false', HasOptedOutOfEmail: 'false' }, false],
    [{ DoNotCall: '', HasOptedOutOfEmail: 'no' }, false],
    [{ DoNotCall: '', HasOptedOutOfEmail: '' }, null],
  ])('is true where any of them is: %j', (cells, expected) => {
    expect(read(cells)).toBe(expected)
  })

  it('lists the column that cannot be read, under its own name', () => {
    expect(readRecord(mapping, { Id: '1', DoNotCall: 'no', HasOptedOutOfEmail: 'perhaps' })).toMatchObject({
      row: { attributes: '{"do_not_contact":false}' },
      remarks: { unreadable: [{ problem: { reason: 'bad_boolean', column: 'HasOptedOutOfEmail' } }] },
    })
  })

  it('translates each of them by the same values', () => {
    const opt = { column: ['Mail', 'Phone'], values: { out: 'true', in: 'false' } }
    const translated = { kind: 'contacts', columns: { external_id: 'Id', do_not_contact: opt } }
    expect(rowOf(translated, { Id: '1', Mail: 'In', Phone: 'OUT' })).toMatchObject({
      attributes: '{"do_not_contact":true}',
    })
  })
})

describe('a deletion', () => {
  const deleted = {
    first_of: [
      { column: ['IsDeleted', 'archived', '_fivetran_deleted'] },
      { column: ['_sdc_deleted_at', 'MasterRecordId'], present: true, pass_over: ['000000000000000'] },
    ],
  }
  const mapping = { ...optional, kind: 'accounts', columns: { external_id: 'Id', deleted } }
  it.each([
    [{ IsDeleted: 'false', archived: 'true' }, 'true'],
    [{ IsDeleted: 'false', _sdc_deleted_at: '2024-01-01T00:00:00Z' }, 'true'],
    [{ IsDeleted: 'false', MasterRecordId: '001000000000001' }, 'true'],
    [{ IsDeleted: 'false', MasterRecordId: '000000000000000' }, 'false'],
    [{ IsDeleted: '0', _sdc_deleted_at: '' }, 'false'],
    [{ Name: 'x' }, 'false'],
  ])('is any of what says so: %j', (cells, expected) => {
    expect(rowOf(mapping, { Id: '1', ...cells })).toMatchObject({ deleted: expected })
  })

  it('that cannot be read costs the row: neither answer would be safe', () => {
    expect(rowOf(mapping, { Id: '1', IsDeleted: 'perhaps', archived: 'false' })).toBe('bad_boolean IsDeleted')
    expect(rowOf(mapping, { Id: '1', IsDeleted: 'perhaps', archived: 'true' })).toMatchObject({ deleted: 'true' })
  })
})

describe('a value that is passed over', () => {
  const kind = {
    column: ['TaskSubtype', 'Type', 'Subtype__c'],
    pass_over: ['Task', 'None'],
    values: { Call: 'sales_call', Meeting: 'sales_meeting', Email: 'sales_email' },
    otherwise: 'sales_task',
  }
  const mapping = {
    ...optional,
    kind: 'activities',
    columns: { source_id: 'Id', occurred_at: { constant: '2024-01-01T00:00:00Z' }, kind },
  }
  it.each([
    [{ TaskSubtype: 'Task', Type: 'Call' }, 'sales_call'],
    [{ TaskSubtype: 'task', Type: 'Meeting' }, 'sales_meeting'],
    [{ TaskSubtype: 'Task', Type: 'None', Subtype__c: 'Email' }, 'sales_email'],
    [{ TaskSubtype: 'Call', Type: 'Email' }, 'sales_call'],
    [{ TaskSubtype: 'Task', Type: '' }, 'sales_task'],
    [{ TaskSubtype: 'Task' }, 'sales_task'],
  ])('counts only where no other column says more: %j', (cells, expected) => {
    expect(rowOf(mapping, { Id: '1', ...cells })).toMatchObject({ kind: expected })
  })
})
