import { describe, expect, it } from 'vitest'
import { findPreset } from '../../../../../src/jobs/facts/import/presets.ts'
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
    [{ DoNotCall: 'no', HasOptedOutOfEmail: 'perhaps' }, null],
    [{ DoNotCall: 'no', HasOptedOutOfEmail: 'opted out' }, true],
    [{ DoNotCall: 'no', HasOptedOutOfEmail: 'Unsubscribed' }, true],
    [{ DoNotCall: 'no', HasOptedOutOfEmail: 'Subscribed' }, false],
    [{ DoNotCall: 'NIE', HasOptedOutOfEmail: 'TAK' }, true],
    [{ DoNotCall: '\u041B\u041E\u0416\u042C', HasOptedOutOfEmail: '\u0418\u0421\u0422\u0418\u041D\u0410' }, true],
    [{ DoNotCall: 'Hay\u0131r', HasOptedOutOfEmail: 'Fa\u0142sz' }, false],
  ])('is true where any of them is: %j', (cells, expected) => {
    expect(read(cells)).toBe(expected)
  })

  it('is unknown where one that cannot be read stands beside a no: it may be a yes', () => {
    expect(readRecord(mapping, { Id: '1', DoNotCall: 'no', HasOptedOutOfEmail: 'perhaps' })).toMatchObject({
      row: { attributes: '{}' },
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
    [{ _sdc_deleted_at: 'NULL' }, 'false'],
    [{ _sdc_deleted_at: '\\N' }, 'false'],
    [{ _sdc_deleted_at: 'NaT' }, 'false'],
    [{ _sdc_deleted_at: '0' }, 'false'],
    [{ _sdc_deleted_at: '1' }, 'true'],
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

const preset = (name: string) => findPreset(name, undefined)

describe('a condition on a yes/no column', () => {
  const mapping = (condition: object) => ({ kind: 'accounts', columns: { external_id: 'Id' }, where: [condition] })
  const isKept = (condition: object, cell: string) =>
    typeof rowOf({ ...mapping(condition), ignore: 'rest' }, { Id: '1', Flag: cell }) === 'object'

  it.each(['true', 'TRUE', 'WAHR', '1.0', 'y', 'oui', '\u2713', 'si\u0301'])('takes %j for a yes', (cell) => {
    expect(isKept({ column: 'Flag', in: ['true', '1'] }, cell)).toBe(true)
    expect(isKept({ column: 'Flag', equals: 'true' }, cell)).toBe(true)
    expect(isKept({ column: 'Flag', not_in: ['true', '1'] }, cell)).toBe(false)
  })

  it.each(['false', 'FALSCH', '0.0', 'no', ''])('takes %j for no yes', (cell) => {
    expect(isKept({ column: 'Flag', in: ['true', '1'] }, cell)).toBe(false)
    expect(isKept({ column: 'Flag', not_in: ['true', '1'] }, cell)).toBe(true)
  })

  it('keeps the codes and words of other columns apart: 1 is a state, Yes an answer of a picklist', () => {
    expect(isKept({ column: 'Flag', in: ['1', 'Completed'] }, 'true')).toBe(false)
    expect(isKept({ column: 'Flag', in: ['true', 'Completed'] }, 'completed')).toBe(true)
    expect(isKept({ column: 'Flag', in: ['Yes'] }, 'x')).toBe(false)
  })
})

describe('closed and won of a deal', () => {
  const deals = [
    ['salesforce/opportunities', 'Id', 'AccountId', 'StageName', 'CloseDate', 'IsClosed', 'IsWon', 'Closed Won'],
    ['hubspot/deals', 'id', 'companies', 'dealstage', 'closedate', 'hs_is_closed', 'hs_is_closed_won', 'closedwon'],
  ] as const
  it.each(
    deals.flatMap((names) =>
      [
        ['WAHR', 'WAHR', 'Signed', 'won'],
        ['1.0', '0.0', 'Gone', 'lost'],
        ['VERO', 'FALSO', 'Gone', 'lost'],
        ['TRUE', '', names[7], 'won'],
        ['FALSCH', '', 'Talking', 'open'],
        ['', '', names[7], 'won'],
      ].map((row) => ({ names, row })),
    ),
  )('are read in any spelling, and the stage where one is empty: $names.0 $row', ({ names, row }) => {
    const [name, id, account, stage, closedAt, isClosed, isWon] = names
    const [closed = '', won = '', stageName = '', outcome] = row
    const deal = { [id]: '1', [account]: '2', [stage]: stageName, [closedAt]: '2024-03-01' }
    expect(rowOf(preset(name), { ...deal, [isClosed]: closed, [isWon]: won })).toMatchObject({
      outcome,
      closed_at: outcome === 'open' ? null : '2024-03-02T00:00:00.000000Z',
    })
  })

  it('that cannot be told is named by the stage, as the CRM writes it', () => {
    const deal = { Id: '1', AccountId: '2', StageName: 'Signed', CloseDate: '2024-03-01', IsClosed: 'TRUE', IsWon: '' }
    expect(readRecord(preset('salesforce/opportunities'), deal)).toMatchObject({
      problem: { reason: 'unmapped_value', column: 'StageName', value: 'Signed' },
    })
  })

  it('leaves out a lead that was converted', () => {
    const lead = { Id: '1', Email: 'ann@acme.com', LastName: 'Lee' }
    expect(rowOf(preset('salesforce/leads'), { ...lead, IsConverted: 'WAHR' })).toBe('filtered')
    expect(rowOf(preset('salesforce/leads'), { ...lead, IsConverted: 'FALSCH' })).toMatchObject({ external_id: '1' })
  })
})

describe('a date of deletion or archiving', () => {
  it.each([
    ['generic/accounts', { id: '1', name: 'x' }, 'deleted_at'],
    ['generic/accounts', { id: '1', name: 'x' }, 'deletedAt'],
    ['generic/contacts', { id: '1', email: 'a@x.com' }, 'Archived At'],
    ['generic/opportunities', { id: '1', status: 'open' }, 'deleted_on'],
    ['hubspot/companies', { id: '1', name: 'x', archived: '' }, 'archivedAt'],
    ['hubspot/deals', { id: '1', dealstage: 'contractsent', companies: '2' }, 'archivedAt'],
  ])('takes the row back by %s', (name, record, column) => {
    const read = (at: string) => rowOf(preset(name), { ...record, [column]: at })
    expect(read('2024-05-01')).toMatchObject({ external_id: '1', deleted: 'true' })
    expect(read('')).toMatchObject({ deleted: 'false' })
    expect(read('NULL')).toMatchObject({ deleted: 'false' })
  })

  it('of MySQL is a zero where there is none', () => {
    const row = { id: '1', name: 'x', deleted_at: '0000-00-00 00:00:00' }
    expect(rowOf(preset('generic/accounts'), row)).toMatchObject({ deleted: 'false' })
  })
})
