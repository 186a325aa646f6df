import { describe, expect, it } from 'vitest'
import { simulateCompany } from '../../src/simulation/simulate-company.ts'
import { type IsoDate, startOfDay } from '../../src/core/base/time.ts'

const first = '2025-11-01' as IsoDate
const middle = '2025-11-18' as IsoDate
const options = { accounts: 500, months: 18, seed: 'end' }
const before = simulateCompany({ ...options, end: first })
const world = simulateCompany({ ...options, end: middle })

describe('a world that ends within a month', () => {
  it('continues the world that ends on the first of the month', () => {
    for (const table of ['activities', 'intentSignals', 'businessEvents', 'stageHistory', 'accountLinks'] as const) {
      const known: readonly { readonly known_at: string | null }[] = world[table]
      expect(
        known.filter((row) => (row.known_at ?? '') < first),
        table,
      ).toEqual(before[table])
      expect(known.length, table).toBeGreaterThan(before[table].length)
    }
    expect(world.accounts.filter((row) => (row.known_at ?? '') < first)).toEqual(before.accounts)
  })

  it('has the facts of the month up to that day and none of later ones', () => {
    const days = new Set(world.activities.map((row) => row.occurred_at.slice(0, 10)).filter((day) => day >= first))
    expect([...days].toSorted().at(-1)).toBe('2025-11-17')
    expect(days.size).toBeGreaterThan(12)
    expect(world.activities.filter((row) => row.known_at >= startOfDay(middle))).toEqual([])
    expect(world.opportunities.filter((row) => (row.closed_at ?? row.opened_at) >= startOfDay(middle))).toEqual([])
  })

  it('has the win probability of that month but no opening, of which the files show only a part', () => {
    const inMonth = [...world.accountMonths, ...world.interventions].filter((row) => row.month === first)
    expect(inMonth.length).toBeGreaterThan(900)
    for (const row of inMonth) {
      if ('open_log_odds' in row)
        expect([row.open_log_odds, row.open_probability, row.open_90d_probability]).toEqual([null, null, null])
      else expect([row.open_probability_worked, row.open_probability_not_worked]).toEqual([null, null])
    }
    expect(world.accountMonths.filter((row) => row.month < first)).toEqual(before.accountMonths)
    // An opportunity that opened in it has its truth.
    const opened = new Map(world.opportunities.map((row) => [row.external_id, row.opened_at]))
    const late = world.opportunityTruths.filter((row) => (opened.get(row.opportunity_external_id) ?? '') >= first)
    expect(late.length).toBeGreaterThan(0)
  })

  it('has as customers the accounts won up to that day', () => {
    const won = world.opportunities.filter((row) => row.outcome === 'won' && row.type === 'new_business')
    const motion = new Map(world.accounts.map((row) => [row.external_id, row]))
    const recent = won.filter((row) => (row.closed_at ?? '') >= '2025-10-01')
    expect(recent.length).toBeGreaterThan(0)
    for (const row of recent) expect(motion.get(row.account_external_id)?.motion).toBe('expansion')
  })
})
