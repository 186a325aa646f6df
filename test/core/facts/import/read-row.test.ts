import { describe, expect, it } from 'vitest'
import { planRows } from '../../../../src/core/facts/import/header.ts'
import { parseMapping } from '../../../../src/core/facts/import/reading/parse-mapping.ts'
import { rowReader } from '../../../../src/core/facts/import/read-row.ts'

function read(json: object, record: Readonly<Record<string, string>>, rowNumber = 1) {
  const parsed = parseMapping(json)
  if (parsed.kind === 'refused') throw new Error(parsed.problems.join('\n'))
  const planned = planRows(Object.keys(record), parsed.mapping, true)
  if (planned.kind === 'refused') throw new Error(planned.problems.join('\n'))
  const declaredEvidence = parsed.mapping.evidence !== undefined
  const defaults = { source: 'crm', provider: 'bombay', initiatedBy: 'sales', declaredEvidence, providerLagDays: 7 }
  return rowReader(planned.plan, defaults)(Object.values(record), rowNumber)
}

describe('an activity', () => {
  const activity = { source_id: '1', kind: 'web_visit', occurred_at: '2024-03-05T10:00:00Z' }

  it('is known when it happened, and counts as caused by sales unless it says otherwise', () => {
    expect(read({ kind: 'activities' }, activity)).toMatchObject({
      row: {
        source: 'crm',
        known_at: null,
        assumed_known_at: '2024-03-05T10:00:00.000000Z',
        initiated_by: 'sales',
        evidence: 'false',
        ordinal: '0',
      },
    })
    expect(read({ kind: 'activities' }, { ...activity, initiated_by: 'unknown' })).toMatchObject({
      row: { initiated_by: 'sales' },
    })
    expect(read({ kind: 'activities' }, { ...activity, initiated_by: 'buyer' })).toMatchObject({
      row: { evidence: 'true' },
    })
  })

  it('is evidence when the mapping declares its source so', () => {
    expect(read({ kind: 'activities', evidence: { because: 'own process' } }, activity)).toMatchObject({
      row: { initiated_by: 'sales', evidence: 'true' },
    })
  })

  it('can be put together from columns, constants, value lists and its place in the file', () => {
    const json = {
      kind: 'activities',
      columns: {
        source_id: { row_number: true },
        kind: { template: '{activity}:{step}' },
        occurred_at: { column: 'at', time_zone: 'Europe/Berlin' },
        initiated_by: { column: 'by', values: { Kunde: 'buyer', Vertrieb: 'sales' }, otherwise: 'reject' },
        domain: { constant: 'acme.com' },
      },
      attributes: { amount: { column: 'amount', type: 'number' } },
    }
    const record = { activity: 'call', step: 'done', at: '2024-03-05 10:00', by: 'Kunde', amount: '12.5' }
    expect(read(json, record, 7)).toMatchObject({
      row: {
        source_id: '7',
        kind: 'call:done',
        occurred_at: '2024-03-05T09:00:00.000000Z',
        initiated_by: 'buyer',
        attributes: '{"amount":12.5}',
      },
    })
    expect(read(json, { ...record, by: 'Niemand' })).toMatchObject({
      problem: { reason: 'unmapped_value', column: 'by', value: 'Niemand' },
    })
  })
})

describe('rows', () => {
  it('that a condition leaves out are filtered', () => {
    const where = [
      { column: 'channel', not_in: ['test'] },
      { column: 'month', equals: '2024-03' },
    ]
    const spend = { month: '2024-03', channel: 'ads', currency: 'EUR', amount: '10' }
    expect(read({ kind: 'spend', where }, spend).kind).toBe('row')
    expect(read({ kind: 'spend', where }, { ...spend, channel: 'test' }).kind).toBe('filtered')
    expect(read({ kind: 'spend', where }, { ...spend, month: '2024-04' }).kind).toBe('filtered')
  })

  it('of intent are known seven days after their period is over', () => {
    const signal = {
      topic: 'crm',
      domain: 'acme.com',
      period_start: '2024-03-04',
      period_end: '2024-03-10',
      strength: '70',
    }
    expect(read({ kind: 'intent-signals' }, signal)).toMatchObject({
      row: {
        provider: 'bombay',
        subject: 'acme.com',
        observed_at: '2024-03-11T00:00:00.000000Z',
        assumed_known_at: '2024-03-18T00:00:00.000000Z',
      },
    })
    expect(read({ kind: 'intent-signals' }, { ...signal, domain: '' })).toMatchObject({
      problem: { reason: 'no_subject' },
    })
    expect(read({ kind: 'intent-signals' }, { ...signal, period_end: '2024-03-03' })).toMatchObject({
      problem: { reason: 'period_reversed' },
    })
  })

  it.each([
    [{ outcome: 'won' }, 'outcome_without_close'],
    [{ outcome: 'open', closed_at: '2024-03-05T00:00:00Z' }, 'close_without_outcome'],
    [{ outcome: 'won', closed_at: '2024-03-05T00:00:00Z', known_at: '2024-03-04T00:00:00Z' }, 'known_before_close'],
    [{ outcome: '' }, 'missing_value'],
  ])('of opportunities must not contradict themselves: %j', (cells, reason) => {
    const opportunity = { external_id: 'O1', account_external_id: 'A1', opened_at: '2024-03-01T00:00:00Z', ...cells }
    expect(read({ kind: 'opportunities' }, opportunity)).toMatchObject({ kind: 'rejected', problem: { reason } })
  })
})

describe('a row of a file', () => {
  const account = { external_id: 'a', domain: 'acme.com', technologies: 'x', tags: 'y', more: 'z' }
  const lists = { tags: { column: 'tags', type: 'list' }, more: { column: 'more', type: 'list', separator: '|' } }
  const mapping = { kind: 'accounts', attributes: lists }
  const names = (many: number, separator = ';') =>
    Array.from({ length: many }, (_, index) => `n${index}.example.com`).join(separator)

  it('may have 100 domains and, in all lists together, 1,000 values, as over the API', () => {
    const most = { ...account, domain: names(100), technologies: names(500), tags: names(300), more: names(200, '|') }
    const strict = { ...mapping, strict: true }
    expect(read(strict, most)).toMatchObject({ kind: 'row', remarks: { unreadable: [] } })
    expect(read(strict, { ...most, domain: names(101) })).toMatchObject({
      problem: { reason: 'too_large', column: 'domain', message: 'at most 100 domains a row, got 101' },
    })
    expect(read(strict, { ...most, technologies: names(1001) })).toMatchObject({
      problem: { reason: 'too_large', column: 'technologies' },
    })
    expect(read(strict, { ...most, more: names(201, '|') })).toMatchObject({
      problem: { reason: 'too_large', column: 'more', message: 'at most 1000 list values a row, got 1001' },
    })
    expect(read(mapping, { ...most, more: names(201, '|') })).toMatchObject({
      kind: 'row',
      remarks: { unreadable: [{ field: 'more' }] },
    })
  })
})

describe('a key made of the content', () => {
  const keyOf = (hash: unknown, record: Readonly<Record<string, string>>) => {
    const json = { kind: 'accounts', columns: { external_id: { hash } }, attributes: 'rest', ignore: ['Status'] }
    return read(json, record)
  }

  it('is equal for equal rows, and differs when any cell or the place of one does', () => {
    const row = { Size: 'Big', Region: 'EU', Status: 'Won' }
    // sha256 of ["Big","EU","Won"], the first 32 digits, by sha256sum.
    const first = { row: { external_id: '4905f9db60f75d07788d811944d61372' } }
    expect(keyOf('all', row)).toMatchObject(first)
    expect(keyOf('all', { ...row, Region: ' EU ' })).toMatchObject(first)
    expect(keyOf('all', { ...row, Status: 'Lost' })).not.toMatchObject(first)
    expect(keyOf('all', { ...row, Size: 'EU', Region: 'Big' })).not.toMatchObject(first)
  })

  it('may be made of some columns, which stay free for attributes', () => {
    const row = { Size: 'Big', Region: 'EU', Status: 'Won' }
    const outcome = keyOf(['Size', 'Region'], row)
    expect(outcome).toMatchObject({ row: { external_id: 'ecc579fd22ed3e2d93357fd2fdf1e26b' } })
    expect(keyOf(['Size', 'Region'], { ...row, Status: 'Lost' })).toEqual(outcome)
    expect(JSON.stringify(outcome)).toContain('Size')
  })

  it('is missing when all of its cells are empty', () => {
    expect(keyOf(['Size'], { Size: '', Region: 'EU', Status: 'Won' })).toMatchObject({
      problem: { reason: 'missing_value', column: 'external_id' },
    })
  })
})
