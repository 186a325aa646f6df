import { describe, expect, it } from 'vitest'
import type { FeatureColumn } from '../../../../src/core/features/types.ts'
import { auditLeakage } from '../../../../src/core/evaluation/leakage/audit.ts'
import { instantPlusDays } from '../../../../src/core/base/time.ts'
import { LOAN_EVENTS_PRESENT, loanCases } from '../../../support/data/loan-events.ts'

const CLOSES = ['A_APPROVED:COMPLETE', 'A_DECLINED:COMPLETE', 'A_CANCELLED:COMPLETE']
const column = (name: string, kind: FeatureColumn['kind'] = 'number'): FeatureColumn => ({
  name,
  family: 'engagement',
  kind,
  transform: 'none',
  sign: null,
})

/** Applications at their first offer, with honest counts and two columns that nobody could have had then. */
function rowsAtFirstOffer() {
  const cases = loanCases()
  const kinds = [...new Set(cases.flatMap(({ events }) => events.map(({ kind }) => kind)))].toSorted()
  const described = cases.flatMap(({ id, amount, events }) => {
    const asOf = events.find(({ kind }) => kind === 'O_SENT:COMPLETE')?.at
    const close = events.find(({ kind }) => CLOSES.includes(kind))
    if (!asOf || (close && close.at <= asOf) || asOf > '2012-02-13') return []
    const past = events.filter((event) => event.at < asOf)
    const between = (from: number, to: number) =>
      events.filter((event) => event.at >= instantPlusDays(asOf, from) && event.at < instantPlusDays(asOf, to)).length
    const values = [
      amount,
      ...[1, 3, 7, 14].map((days) => between(-days, 0)),
      past.at(-1)?.kind ?? null,
      ...kinds.map((kind) => past.filter((event) => event.kind === kind).length),
      events.length,
      close?.kind ?? null,
    ]
    const won = close !== undefined && close.kind === CLOSES[0] && close.at < instantPlusDays(asOf, 30)
    return [
      {
        row: { id, asOf, openedAt: asOf, won, weight: 1, values },
        around: { before: between(-30, 0), after: between(0, 30) },
      },
    ]
  })
  const honest = [
    ...['amount', 'events_1d', 'events_3d', 'events_7d', 'events_14d'].map((name) => column(name)),
    column('last_event', 'category'),
    ...kinds.map((kind) => column(kind)),
  ]
  return {
    columns: [...honest, column('all_events'), column('final_status', 'category')],
    rows: described.map(({ row }) => row),
    around: described.map(({ around }) => around),
  }
}

describe.skipIf(!LOAN_EVENTS_PRESENT)('the loan events at the first offer', () => {
  it('reveal only the status written at close and the count of all events', () => {
    const found = auditLeakage(rowsAtFirstOffer())
    expect(found.map(({ column: name, kind, severity }) => [name, kind, severity])).toEqual([
      ['final_status', 'separates_outcome', 'critical'],
      ['all_events', 'counts_later_facts', 'critical'],
    ])
  })
})
