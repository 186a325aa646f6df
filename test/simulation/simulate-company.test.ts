import { describe, expect, it } from 'vitest'
import { linearTerms, logOdds } from '../../src/simulation/process/log-odds.ts'
import { OPEN, WIN } from '../../src/simulation/process/process.ts'
import { type SimulatedTables, TABLES } from '../../src/simulation/export/rows.ts'
import { simulateAccounts, simulateCompany } from '../../src/simulation/simulate-company.ts'
import { withOpportunities } from '../../src/simulation/size.ts'
import { addDays, firstOfMonthBefore, instantPlusDays, type IsoDate, startOfDay } from '../../src/core/base/time.ts'
import { recount } from './recount.ts'

const end = '2025-11-01' as IsoDate
const small = { end, accounts: 300, months: 18, seed: 'test' }
const linear = { ...small, latent: false, interactions: false, salesEffect: 0 }
const world = simulateCompany({ end, accounts: 1500, months: 24, seed: 3 })

const logit = (probability: number) => Math.log(probability / (1 - probability))

describe('a simulated company', () => {
  it('is the same to the last row for the same seed, and another for another', () => {
    const options = { ...small, accounts: 40 }
    expect(simulateCompany(options)).toEqual(simulateCompany(options))
    expect(simulateCompany({ ...options, seed: 'other' }).activities).not.toEqual(simulateCompany(options).activities)
  })

  it('lets an account live the same life in a world of any size', () => {
    const [few, many] = [
      [...simulateAccounts({ ...small, accounts: 5 })],
      [...simulateAccounts({ ...small, accounts: 9 })],
    ]
    expect(many.slice(0, 5)).toEqual(few)
  })

  it('writes exactly the columns of the import', () => {
    for (const [table, { columns }] of Object.entries(TABLES)) {
      const rows: readonly object[] = world[table as keyof typeof world]
      expect(rows.length, table).toBeGreaterThan(0)
      for (const row of rows.slice(0, 200)) expect(Object.keys(row), table).toEqual(columns)
    }
  })

  it('says what a euro was worth on every day, near the rate of its amounts, whatever the number of accounts', () => {
    const days = world.rates.map((row) => row.day)
    expect(days).toEqual(days.map((_, index) => addDays(days[0] ?? end, index)))
    const mean = world.rates.reduce((sum, row) => sum + row.usd_per_unit, 0) / days.length
    expect(Math.abs(mean / 1.1 - 1)).toBeLessThan(0.04)
    expect(new Set(world.rates.map((row) => row.usd_per_unit)).size).toBeGreaterThan(100)
    const one = simulateCompany({ ...small, accounts: 1 })
    expect(simulateCompany({ ...small, accounts: 3 }).rates).toEqual(one.rates)
  })

  it('gives every fact, person and company a key of its own', () => {
    const unique = (keys: readonly string[]) => expect(new Set(keys).size).toBe(keys.length)
    unique(world.activities.map((row) => row.source_id))
    unique(world.contacts.map((row) => row.external_id))
    unique(world.contacts.flatMap((row) => row.email ?? []))
    unique(world.accounts.map((row) => `${row.external_id} ${row.known_at}`))
    unique(world.opportunities.map((row) => `${row.external_id} ${row.known_at}`))
    unique(world.stageHistory.map((row) => `${row.opportunity_external_id} ${row.stage}`))
    unique(world.intentSignals.map((row) => [row.account_external_id, row.domain, row.topic, row.period_start].join()))
    expect(new Set(world.accounts.map((row) => row.domain)).size).toBe(1500)
    expect(world.accountLinks.length).toBe(new Set(world.accountLinks.map((row) => row.value)).size)
  })

  it('exports nothing that became known on or after the end', () => {
    const last = startOfDay(end)
    const known = [
      ...world.accounts,
      ...world.contacts,
      ...world.activities,
      ...world.intentSignals,
      ...world.businessEvents,
      ...world.opportunities,
      ...world.opportunityContacts,
      ...world.stageHistory,
      ...world.accountLinks,
      ...world.customerEvents,
    ].flatMap((row) => row.known_at ?? [])
    expect(known.filter((at) => at >= last)).toEqual([])
    expect(world.opportunities.filter((row) => (row.closed_at ?? '') >= last)).toEqual([])
    expect(world.spend.filter((row) => row.month >= end)).toEqual([])
    expect(world.rates.at(-1)?.day).toBe(addDays(end, -1))
  })

  it('names people only once they are known, and refers to rows that exist', () => {
    const contacts = new Map(world.contacts.map((row) => [row.external_id, row]))
    for (const row of [...world.activities, ...world.opportunityContacts]) {
      if (row.contact_external_id === null) continue
      const contact = contacts.get(row.contact_external_id)
      expect(contact).toBeDefined()
      if ('occurred_at' in row) expect((contact?.known_at ?? '') <= row.known_at).toBe(true)
    }
  })

  it('moves stages forward only', () => {
    const order = ['discovery', 'qualification', 'solution', 'proposal', 'negotiation', 'closed_won', 'closed_lost']
    const byOpportunity = Map.groupBy(world.stageHistory, (row) => row.opportunity_external_id)
    for (const rows of byOpportunity.values()) {
      const places = rows.map((row) => order.indexOf(row.stage))
      expect(places).toEqual(places.toSorted((one, other) => one - other))
      const moments = rows.map((row) => row.entered_at)
      expect(moments).toEqual(moments.toSorted())
    }
  })

  it('has the base rates that the documentation promises', () => {
    const months = world.accountMonths.filter((row) => row.open_probability !== null)
    const opening = months.reduce((sum, row) => sum + (row.open_probability ?? 0), 0) / months.length
    const won = world.opportunityTruths.filter((row) => row.won_within_180_days).length / world.opportunityTruths.length
    expect(opening).toBeGreaterThan(0.007)
    expect(opening).toBeLessThan(0.013)
    expect(won).toBeGreaterThan(0.22)
    expect(won).toBeLessThan(0.4)
    const worked = world.accountMonths.filter((row) => row.worked_by_sales).length / world.accountMonths.length
    expect(worked).toBeGreaterThan(0.02)
    expect(worked).toBeLessThan(0.08)
  })

  it('says of an opportunity won within 180 days what its exported row says', () => {
    const final = new Map(world.opportunities.map((row) => [row.external_id, row]))
    const mature = instantPlusDays(startOfDay(end), -181)
    const checked = world.opportunityTruths.filter((truth) => {
      const row = final.get(truth.opportunity_external_id)
      return row !== undefined && row.opened_at < mature
    })
    expect(checked.length).toBeGreaterThan(50)
    for (const truth of checked) {
      const row = final.get(truth.opportunity_external_id)
      if (!row) throw new Error(`no row for ${truth.opportunity_external_id}`)
      const within = row.outcome === 'won' && (row.closed_at ?? '') < instantPlusDays(row.opened_at, 180)
      expect(within).toBe(truth.won_within_180_days)
    }
  })
})

describe('the truth', () => {
  const accounts = [...simulateAccounts(linear)]

  it('is the table of coefficients applied to the rows as exported and as known on the first of the month', () => {
    let compared = 0
    for (const tables of accounts) {
      for (const truth of tables.accountMonths) {
        const terms = linearTerms(recount(tables, startOfDay(truth.month)))
        expect(logit(truth.win_probability)).toBeCloseTo(sumOf(WIN, terms), 9)
        if (truth.open_log_odds !== null) expect(truth.open_log_odds).toBeCloseTo(sumOf(OPEN, terms), 9)
        compared += 1
      }
    }
    expect(compared).toBeGreaterThan(2000)
  })

  it('of an opportunity is that of the first of the month before it opened', () => {
    let compared = 0
    for (const tables of accounts) {
      const months = new Map(tables.accountMonths.map((row) => [row.month, row.win_probability]))
      for (const truth of tables.opportunityTruths) {
        const row = tables.opportunities.find(({ external_id }) => external_id === truth.opportunity_external_id)
        if (!row) throw new Error(`no row for ${truth.opportunity_external_id}`)
        expect(truth.win_probability).toBe(months.get(firstOfMonthBefore(row.opened_at).slice(0, 10) as IsoDate))
        compared += 1
      }
    }
    expect(compared).toBeGreaterThan(10)
  })

  it('holds the latent state, the interactions and the work of sales as separate terms', () => {
    const accountsWithAll = [...simulateAccounts({ ...small, accounts: 120 })]
    const gaps = new Set<number>()
    for (const tables of accountsWithAll) {
      for (const truth of tables.accountMonths) {
        const terms = linearTerms(recount(tables, startOfDay(truth.month)))
        const withoutSales = logOdds(WIN, terms, truth.latent, { latent: true, interactions: true })
        gaps.add(Math.abs(Math.round((logit(truth.win_probability) - withoutSales) * 1e6)) / 1e6)
        expect(sumOf(WIN, terms) + interactionsOf(terms) + WIN.latent * truth.latent).toBeCloseTo(withoutSales, 9)
      }
    }
    expect([...gaps].toSorted()).toEqual([0, 0.25])
  })
})

describe('the size of a simulated company', () => {
  it('reaches a number of opportunities through the accounts or, where those are given, through the rate', () => {
    const count = (tables: SimulatedTables) => tables.opportunityTruths.length
    const more = withOpportunities({ end, months: 18, seed: 5 }, 120)
    expect(more.openingShift).toBe(0)
    expect(count(simulateCompany(more))).toBeGreaterThan(85)
    expect(count(simulateCompany(more))).toBeLessThan(155)
    const denser = withOpportunities({ end, months: 18, seed: 5, accounts: 400 }, 120)
    expect(denser.openingShift).toBeGreaterThan(0.3)
    expect(count(simulateCompany(denser))).toBeGreaterThan(85)
    expect(count(simulateCompany(denser))).toBeLessThan(155)
  })

  it('refuses what no world can hold', () => {
    expect(() => simulateCompany({ end, months: 4 })).toThrow('months must be a whole number above the 4 of warm-up')
    expect(() => simulateCompany({ end, accounts: 0 })).toThrow('accounts must be a whole number of at least 1, got 0')
    expect(() => withOpportunities({ end, accounts: 50, months: 12 }, 100_000)).toThrow('cannot hold 100000')
  })
})

function sumOf(table: typeof WIN, terms: Readonly<Record<string, number>>): number {
  const parts = Object.entries(table.linear).map(([name, coefficient]) => coefficient * (terms[name] ?? 0))
  return table.intercept + parts.reduce((sum, part) => sum + part, 0)
}

function interactionsOf(terms: Readonly<Record<string, number>>): number {
  return WIN.interactions.reduce(
    (sum, { of, coefficient }) => sum + coefficient * (terms[of[0]] ?? 0) * (terms[of[1]] ?? 0),
    0,
  )
}
