import { describe, expect, it } from 'vitest'
import { instantReader } from '../../../../../src/core/facts/import/local-time.ts'
import { receivedRowReader } from '../../../../../src/core/facts/import/received-row.ts'
import { rowOf } from '../reading/support.ts'

describe('a day that is known when it ends', () => {
  const read = instantReader({ endOfDay: true })

  it.each([
    ['2024-03-01', '2024-03-02T00:00:00.000000Z'],
    ['2024-03-01T00:00:00Z', '2024-03-02T00:00:00.000000Z'],
    ['2024-03-01T00:00:00-05:00', '2024-03-02T05:00:00.000000Z'],
    ['2024-03-01 00:00:00.000+0530', '2024-03-01T18:30:00.000000Z'],
    ['2024-03-01T00:00+02', '2024-03-01T22:00:00.000000Z'],
    ['2024-03-01T00:00:01-05:00', '2024-03-01T05:00:01.000000Z'],
    ['2024-03-01T05:00:00Z', '2024-03-01T05:00:00.000000Z'],
  ])('%s ends at %s', (text, expected) => {
    expect(read(text, 'Close Date')).toBe(expected)
  })
})

describe('midnight under the standard names', () => {
  const values = ['2024-03-01', '2024-03-01T00:00:00Z', '2024-03-01T00:00:00-05:00', '2024-03-01T00:00:00.000+02:00']

  it.each(values)('%s is read over REST as in a file', (closed) => {
    const deal = {
      external_id: 'O',
      account_external_id: 'A',
      outcome: 'won',
      opened_at: '2024-01-10',
      closed_at: closed,
    }
    const received = receivedRowReader('opportunities', {
      source: 'crm',
      provider: undefined,
      initiatedBy: 'sales',
      declaredEvidence: false,
      providerLagDays: 7,
    })(deal)
    const file = rowOf({ kind: 'opportunities' }, deal)
    expect(received).toMatchObject({ row: { closed_at: typeof file === 'object' ? file['closed_at'] : file } })
  })
})
