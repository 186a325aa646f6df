import { describe, expect, it } from 'vitest'
import { dice, isWon, type MadeRow, madeDeals, withColumn } from './made-tables.ts'
import { SEEDS, tried } from './support.ts'

interface Leak {
  readonly name: string
  readonly valueOf: (row: MadeRow, roll: () => number) => string
}

/** Written at the close, in the ways in which that shows. Only the first two have a name that tells. */
const WRITTEN_AT_CLOSE: readonly Leak[] = [
  { name: 'Loss Reason', valueOf: (row, roll) => (isWon(row) ? '' : roll() < 0.5 ? 'Price' : 'Competitor') },
  { name: 'Contract Number', valueOf: (row, roll) => (isWon(row) ? `C-${Math.floor(roll() * 1e7)}` : '') },
  { name: 'Onboarding', valueOf: (row, roll) => (isWon(row) ? `2025-0${1 + Math.floor(roll() * 9)}-11` : '') },
  { name: 'Billed', valueOf: (row, roll) => (isWon(row) ? String(5000 + Math.floor(roll() * 90_000)) : '0') },
  { name: 'Temperature', valueOf: (row, roll) => String(Math.floor(100 * roll()) + (isWon(row) ? 80 : 0)) },
  { name: 'Next Step', valueOf: (row, roll) => (isWon(row) === roll() < 0.95 ? 'Kick-off' : 'Call again') },
  { name: 'Nachfass', valueOf: (row, roll) => (isWon(row) ? '' : roll() < 0.7 ? 'in 6 Monaten' : '') },
]

describe('a column written at the close', () => {
  it.each(WRITTEN_AT_CLOSE)('$name is named in all of ten tables and left out of the fit', ({ name, valueOf }) => {
    for (const seed of SEEDS) {
      const roll = dice(seed + 100)
      const { leaks, features } = tried(withColumn(madeDeals({ seed, dated: true }), name, (row) => valueOf(row, roll)))
      expect(leaks.filter(({ isLeftOut }) => isLeftOut).map(({ column }) => column)).toEqual([name])
      expect(features.map((feature) => feature.name)).not.toContain(name)
    }
  })

  it('would have raised the AUC by as much as the answer says', () => {
    const roll = dice(1)
    const made = withColumn(madeDeals({ seed: 1, dated: true }), 'Next Step', (row) =>
      isWon(row) === roll() < 0.95 ? 'Kick-off' : 'Call again',
    )
    const { aucWithLeaks, figures } = tried(made)
    expect(aucWithLeaks).toBeGreaterThan(0.93)
    expect(figures.auc.value).toBeLessThan(0.85)
    expect(tried(madeDeals({ seed: 1, dated: true })).aucWithLeaks).toBeNull()
  })

  it('a number of days from the creation to the close is one by arithmetic', () => {
    const roll = dice(4)
    const closed = withColumn(madeDeals({ seed: 4, dated: true }), 'Closed At', (row) => {
      const days = 20 + Math.floor(60 * roll())
      return new Date(Date.parse(`${row['Create Date']}T00:00Z`) + days * 86_400_000).toISOString()
    })
    const made = withColumn(closed, 'Zeitraum', (row) =>
      String(
        Math.round((Date.parse(row['Closed At'] ?? '') - Date.parse(`${row['Create Date']}T00:00Z`)) / 86_400_000),
      ),
    )
    const { leaks, roles } = tried(made)
    expect(roles.closedColumn).toBe('Closed At')
    expect(leaks.find(({ column }) => column === 'Zeitraum')?.evidence).toBe(
      'Zeitraum equals the days from Create Date to the close in 100% of the rows.',
    )
  })

  it.each([
    'Closed Lost Reason',
    'Win/Loss Comments',
    'Reason for Loss',
    'Days to Close',
    'Sales Cycle (days)',
    'Invoice Amount',
    'Contract Signed Date',
    'closed_at',
    'hs_closed_won_reason',
    'Verlustgrund',
    'Rechnungsbetrag',
    'Vertragsnummer',
    'Forecast Category',
    'Probability (%)',
    'IsClosed',
    'Deal Stage',
  ])('%s is one by its name', (name) => {
    const roll = dice(7)
    const made = withColumn(madeDeals({ seed: 7, dated: true }), name, () => (roll() < 0.5 ? 'A' : 'B'))
    expect(tried(made).leaks.map(({ column }) => column)).toEqual([name])
  })

  it.each([
    'Lead Source',
    'Number of Employees',
    'Order Volume Last Year',
    'Windows Version',
    'Closest Office',
    'Budget Stage',
    'Reason for Contact',
    'Store Count',
    'Wonder',
  ])('%s is none', (name) => {
    const roll = dice(7)
    const { leaks, features } = tried(
      withColumn(madeDeals({ seed: 7, dated: true }), name, () => (roll() < 0.5 ? 'A' : 'B')),
    )
    expect(leaks).toEqual([])
    expect(features.map((feature) => feature.name)).toContain(name)
  })

  it('is taken all the same where the user says so', () => {
    const roll = dice(7)
    const made = withColumn(madeDeals({ seed: 7, dated: true }), 'Forecast Category', () => (roll() < 0.5 ? 'A' : 'B'))
    const { leaks, features } = tried(made, { use: ['forecast category'] })
    expect(leaks).toEqual([])
    expect(features.map(({ name }) => name)).toContain('Forecast Category')
  })

  it('two columns that tell the outcome only together are found by the fit', () => {
    const roll = dice(8)
    const first = withColumn(madeDeals({ seed: 8, dated: true }), 'Alpha', () => String(Math.floor(20 * roll())))
    const made = withColumn(first, 'Beta', (row) =>
      String(Number(row['Alpha']) + (isWon(row) ? 1 : -1) * (20 + Math.floor(20 * roll()))),
    )
    const { leaks, figures } = tried(made)
    expect(leaks.map(({ column }) => column)).toSatisfy(
      (names: string[]) => names.includes('Alpha') || names.includes('Beta'),
    )
    expect(figures.auc.value).toBeLessThan(0.9)
  })
})
