import { describe, expect, it } from 'vitest'
import { dice, isWon, type MadeRow, madeDeals, withColumn } from './made-tables.ts'
import { read, refusal, SEEDS, tried } from './support.ts'

type ValueOf = (row: MadeRow, index: number, roll: () => number) => string

const hex = (roll: () => number, digits: number) =>
  Array.from({ length: digits }, () => Math.floor(roll() * 16).toString(16)).join('')
const dayOf = (row: MadeRow) => row['Create Date'] ?? ''
const two = (value: number) => String(value).padStart(2, '0')

/** Keys, dates, names and notes as systems write them; the numbers even tell the outcome a little. */
const NEVER: readonly (readonly [string, ValueOf])[] = [
  ['Record ID', (row, index) => String(51_000_000_000 + index * 7 + (isWon(row) ? 1 : 0))],
  ['Opportunity ID', (_, index, roll) => `0065g00000${hex(roll, 5)}AA${index}`],
  ['guid', (_, __, roll) => `${hex(roll, 8)}-${hex(roll, 4)}-4${hex(roll, 3)}-a${hex(roll, 3)}-${hex(roll, 12)}`],
  ['Row', (_, index) => String(index + 1)],
  ['Laufend', (_, index) => String(1000 + index)],
  ['Token', (_, __, roll) => hex(roll, 24)],
  ['Email', (_, index) => `person${index}@firm${index}.example`],
  ['Ansprechpartner', (_, index) => `Anna Muster${index}`],
  ['Phone', (_, index, roll) => `+49 30 ${1_000_000 + Math.floor(roll() * 8_000_000) + index}`],
  ['Website', (_, index) => `https://www.firm${index}.example/`],
  ['Notes', (row, index) => `Talked to number ${index} about ${row['Industry']}`],
  ['Opened', (row) => dayOf(row)],
  ['Eröffnet', (row) => dayOf(row).split('-').toReversed().join('.')],
  ['Lead Date', (row) => `${dayOf(row)} 09:15:00`],
  ['Start', (row) => `${dayOf(row)}T09:15:00.000Z`],
  ['Entered', (row) => String(Date.parse(`${dayOf(row)}T00:00Z`))],
  ['Created On', (row) => String(Date.parse(`${dayOf(row)}T00:00Z`) / 1000)],
  ['Added Date', (row) => String(Date.parse(`${dayOf(row)}T00:00Z`) / 86_400_000 + 25_569)],
  ['Day', (row) => dayOf(row).replaceAll('-', '')],
  ['Inquiry', (row) => `${Number(dayOf(row).slice(5, 7))}/${Number(dayOf(row).slice(8))}/${dayOf(row).slice(0, 4)}`],
  [
    'First Seen',
    (row) => new Date(`${dayOf(row)}T00:00Z`).toLocaleDateString('en-US', { dateStyle: 'medium', timeZone: 'UTC' }),
  ],
  ['Quarter', (row) => `Q${1 + Math.floor((Number(dayOf(row).slice(5, 7)) - 1) / 3)} ${dayOf(row).slice(0, 4)}`],
  ['Year', (row) => dayOf(row).slice(0, 4)],
  ['Month', (row) => `${dayOf(row).slice(0, 4)}-${two(Number(dayOf(row).slice(5, 7)))}`],
]

describe('a key, a date, a name or a note', () => {
  it.each(NEVER)('%s is never a feature, in ten tables', (name, valueOf) => {
    for (const seed of SEEDS) {
      const roll = dice(seed)
      const made = withColumn(madeDeals({ seed, dated: true, rows: 200 }), name, (row, index) =>
        valueOf(row, index, roll),
      )
      const { columns, roles } = read(made)
      const kind = columns.find((column) => column.name === name)?.content.kind
      expect([seed, name, roles.points?.column.name === name ? 'points' : kind]).toEqual([
        seed,
        name,
        kind === 'date' ? 'date' : 'identifier',
      ])
    }
  })

  it('is refused as a feature also where the user wants it', () => {
    expect(refusal(madeDeals({ seed: 1 }), { use: ['Deal ID'] })).toContain('is never a feature')
    expect(refusal(madeDeals({ seed: 1, dated: true }), { use: ['Create Date'] })).toBe(
      '--use: Create Date holds dates, and is never a feature',
    )
  })

  it('rows of one account stay on one side of the test', () => {
    const made = withColumn(madeDeals({ seed: 1, rows: 300 }), 'Account Name', (_, index) => `Firm ${index % 120}`)
    const { roles, features } = tried(made)
    expect(roles.id?.column.name).toBe('Account Name')
    expect(features.map(({ name }) => name)).not.toContain('Account Name')
  })
})

describe('quantities', () => {
  it.each([
    ['1234.5', ['1234.5', '20.25', '7'], 1234.5],
    ['1.234,50 €', ['1.234,50 €', '20,25 €', '7 €'], 1234.5],
    ['1,234.50', ['1,234.50', '$20.25', '(7)'], 1234.5],
    ['35%', ['35%', '20.25%', '7%'], 0.35],
    ['51-200', ['51-200', '1-10', '7'], Math.sqrt(51 * 200)],
    ['1.5M', ['1.5M', '20.25', '7k'], 1_500_000],
    ["1'234.50", ["1'234.50", '20.25', 'CHF 7'], 1234.5],
    ['1.2E7', ['1.2E7', '20.25', '-7'], 12_000_000],
  ])('%s is read as a number', (_, cells, first) => {
    const made = withColumn(madeDeals({ seed: 1 }), 'Umsatz', (__, index) => cells[index % cells.length] ?? '')
    const profile = read(made).columns.find(({ name }) => name === 'Umsatz')
    const numbers = profile?.content.kind === 'number' ? profile.content.numbers : []
    expect(new Set(numbers)).toContain(first)
    expect(numbers).not.toContain(null)
  })

  it('1.355 is what the other columns of the file say', () => {
    const euro = withColumn(madeDeals({ seed: 1 }), 'Preis', (_, index) => ['12,50', '7,25'][index % 2] ?? '')
    const numbersOf = (made: typeof euro) => {
      const content = read(made).columns.find(({ name }) => name === 'Menge')?.content
      return new Set(content?.kind === 'number' ? content.numbers : [])
    }
    const amount = () => (_: MadeRow, index: number) => ['1.355', '2.100'][index % 2] ?? ''
    expect(numbersOf(withColumn(euro, 'Menge', amount()))).toEqual(new Set([1355, 2100]))
    const many = (_: MadeRow, index: number) => ['688', '1.355', '2.100', '3.250', '7.125', '9.480'][index % 6] ?? ''
    expect(numbersOf(withColumn(madeDeals({ seed: 1 }), 'Menge', many))).toEqual(
      new Set([688, 1355, 2100, 3250, 7125, 9480]),
    )
    const alone = tried(withColumn(madeDeals({ seed: 1 }), 'Menge', (_, index) => ['688', '1.355'][index % 2] ?? ''))
    expect(alone.features.map(({ name }) => name)).not.toContain('Menge')
    expect(alone.roles.unclear.join()).toContain('Menge is set aside: 1.355 could be a thousand or a decimal')
  })

  it('a cell that holds no number is unknown and counted', () => {
    const made = withColumn(madeDeals({ seed: 1 }), 'Seats', (_, index) =>
      index === 5 ? 'tbd' : String((index * 37) % 50),
    )
    const content = read(made).columns.find(({ name }) => name === 'Seats')?.content
    expect(content).toMatchObject({ kind: 'number', unreadable: { rows: 1, examples: ['tbd'] } })
  })
})

describe('the date', () => {
  it('day and month that could be either way round are no order, and the answer says so', () => {
    const made = withColumn(
      madeDeals({ seed: 1 }),
      'Created',
      (_, index) => `${1 + (index % 12)}/${1 + ((index * 5) % 12)}/2024`,
    )
    const { roles } = read(made)
    expect(roles.date).toBeNull()
    expect(roles.unclear.join()).toContain('Created could be day/month or month/day')
  })

  it('of several candidates none is taken silently', () => {
    const first = withColumn(madeDeals({ seed: 1, dated: true }), 'Opened', (row) => row['Create Date'] ?? '')
    const made = { ...first, header: first.header.filter((name) => name !== 'Create Date') }
    const both = withColumn(made, 'Received', (row) => row['Create Date'] ?? '')
    const { roles } = read(both)
    expect(roles.date).toBeNull()
    expect(roles.unclear.join()).toContain('--date "Opened", --date "Received"')
    expect(read(both, { date: 'received' }).roles.date).toMatchObject({
      why: 'as stated',
      column: { name: 'Received' },
    })
  })

  it('training ends with what had closed before the test begins', () => {
    const roll = dice(3)
    const made = withColumn(madeDeals({ seed: 3, rows: 600, dated: true }), 'Close Date', (row) =>
      new Date(Date.parse(`${row['Create Date']}T00:00Z`) + Math.floor(400 * roll()) * 86_400_000)
        .toISOString()
        .slice(0, 10),
    )
    const { roles, tested } = tried(made)
    expect([roles.date?.column.name, roles.closedColumn, tested.method]).toEqual([
      'Create Date',
      'Close Date',
      'forward',
    ])
  })
})
