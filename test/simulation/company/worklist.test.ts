import { describe, expect, it } from 'vitest'
import { simulationOptions } from '../../../src/simulation/options.ts'
import type { SimulatedTables } from '../../../src/simulation/export/rows.ts'
import { simulateAccounts, simulateCompany } from '../../../src/simulation/simulate-company.ts'
import type { Worklist } from '../../../src/simulation/options.ts'
import { worklistOf } from '../../../src/simulation/company/worklist.ts'
import { type IsoDate, startOfDay } from '../../../src/core/base/time.ts'

const end = '2025-11-01' as IsoDate
const small = { end, accounts: 200, months: 24, seed: 'policies' }
const everybody: Worklist = () => true
const nobody: Worklist = () => false

const logit = (probability: number) => Math.log(probability / (1 - probability))
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const byAccount = (options: Parameters<typeof simulateAccounts>[0]) => [...simulateAccounts({ ...small, ...options })]

describe('a world under another policy', () => {
  it('is the same to the last row, save for the mark, when work by sales has no effect and leaves no traces', () => {
    const quiet = { ...small, salesEffect: 0, salesTraces: false }
    const withoutMarks = (worklist: Worklist) => {
      const { accountMonths, interventions, ...facts } = simulateCompany({ ...quiet, worklist })
      const unmarked = [...accountMonths, ...interventions].map((row) => ({ ...row, worked_by_sales: null }))
      return { ...facts, unmarked, worked: accountMonths.filter((row) => row.worked_by_sales).length }
    }
    const [all, none] = [withoutMarks(everybody), withoutMarks(nobody)]
    expect(all.worked).toBeGreaterThan(2000)
    expect(none.worked).toBe(0)
    expect({ ...all, worked: 0 }).toEqual(none)
  })

  it('leaves an account alone that both policies treat alike', () => {
    const even: Worklist = (account) => Number(account.slice(1)) % 2 === 0
    const [some, none] = [byAccount({ end, worklist: even }), byAccount({ end, worklist: nobody })]
    for (const [index, tables] of some.entries()) if (index % 2 === 1) expect(tables).toEqual(none[index])
    expect(some[0]).not.toEqual(none[0])
  })

  it('differs in what sales makes, its replies and what follows from them; never in what buyers do until a deal differs', () => {
    const [worked, left] = [
      byAccount({ end, salesEffect: 0, worklist: everybody }),
      byAccount({ end, salesEffect: 0, worklist: nobody }),
    ]
    let compared = 0
    for (const [index, tables] of worked.entries()) {
      const other = left[index]
      if (!other) throw new Error(`no account ${index} in the other world`)
      expect(tables.businessEvents).toEqual(other.businessEvents)
      const until = firstDifference(tables, other)
      // Every visit has a row, also of unknown people; in other rows people appear once they are known, which may be earlier.
      const visits = (of: SimulatedTables) =>
        of.activities
          .filter((row) => row.source === 'web' && row.occurred_at < until)
          .map((row) => `${row.source_id} ${row.kind} ${row.occurred_at}`)
      expect(visits(tables)).toEqual(visits(other))
      compared += visits(other).length
      const signals = (of: SimulatedTables) => of.intentSignals.filter((row) => row.known_at < until)
      expect(signals(tables)).toEqual(signals(other))
    }
    expect(compared).toBeGreaterThan(2000)
    const madeBySales = (accounts: readonly SimulatedTables[]) =>
      accounts.flatMap((tables) => tables.activities).filter((row) => /-S\d/.test(row.source_id))
    expect(madeBySales(left)).toEqual([])
    expect(new Set(madeBySales(worked).map((row) => row.kind))).toEqual(
      new Set(['sales_call', 'sales_email', 'sales_meeting', 'email_reply']),
    )
  })

  it('wins more of what it works by the coefficient, exactly without traces and by more with the replies', () => {
    const gap = (salesTraces: boolean) => {
      const options = { ...small, accounts: 300, salesEffect: 0.5, salesTraces }
      const months = (worklist: Worklist) =>
        new Map(
          simulateCompany({ ...options, worklist }).accountMonths.map((row) => [
            `${row.account_external_id} ${row.month}`,
            row,
          ]),
        )
      const without = months(nobody)
      return mean(
        [...months(everybody)].flatMap(([key, row]) => {
          const other = without.get(key)
          return row.worked_by_sales && other ? [logit(row.win_probability) - logit(other.win_probability)] : []
        }),
      )
    }
    // Deals that came out otherwise move the interest a little, hence not to the last digit.
    expect(gap(false)).toBeCloseTo(0.5, 1)
    expect(gap(true)).toBeGreaterThan(0.55)
  })

  it('has potential outcomes that differ by the coefficient, of which the one that was taken is the truth', () => {
    const { accountMonths, interventions } = simulateCompany({ ...small, salesEffect: 0.4 })
    const truth = new Map(accountMonths.map((row) => [`${row.account_external_id} ${row.month}`, row]))
    let worked = 0
    for (const row of interventions) {
      const { win_probability_worked: ifWorked, win_probability_not_worked: ifNot } = row
      expect(logit(ifWorked) - logit(ifNot)).toBeCloseTo(0.4, 9)
      const factual = truth.get(`${row.account_external_id} ${row.month}`)
      expect(factual?.worked_by_sales).toBe(row.worked_by_sales)
      expect(factual?.win_probability).toBe(row.worked_by_sales ? ifWorked : ifNot)
      expect(factual?.open_probability).toBe(row.open_probability_not_worked)
      if (row.open_probability_worked !== null && row.open_probability_not_worked !== null) {
        // Of those that open none by themselves, sales opens one with 2 in 100.
        const none = (1 - row.open_probability_not_worked) * (1 - 0.02)
        expect(row.open_probability_worked).toBeCloseTo(1 - none, 12)
      }
      worked += Number(row.worked_by_sales)
    }
    expect(worked).toBeGreaterThan(30)
    expect(interventions.length).toBeLessThan(accountMonths.length)
  })
})

describe('a worklist as a table', () => {
  const options = simulationOptions(small)
  const row = (account_external_id: string, month: string) => ({ account_external_id, month })

  it('gives back the world that it was taken from: the old rule before its first month, itself from then on', () => {
    const world = simulateCompany(small)
    const listed = world.accountMonths
      .filter((truth) => truth.worked_by_sales)
      .map((truth) => row(truth.account_external_id, truth.month.slice(0, 7)))
    expect(simulateCompany({ ...small, worklist: worklistOf(listed, options) })).toEqual(world)
  })

  it('refuses what the world does not have', () => {
    const list = (account: string, month: string) => () => worklistOf([row(account, month)], options)
    expect(list('A000200', '2025-01')).toThrow('"A000200" is no account of this world, which has 200')
    expect(list('Acme', '2025-01')).toThrow('"Acme" is no account of this world')
    expect(list('A000001', '2025-11')).toThrow('"2025-11" of A000001 is no month of this world')
    expect(list('A000001', '2025-01-02')).toThrow('is no month of this world')
    expect(() => worklistOf([], options)).toThrow('names no account')
  })
})

/** The first of the month in which the opportunities of two lives of one account part. */
function firstDifference(one: SimulatedTables, other: SimulatedTables): string {
  const keys = (tables: SimulatedTables) => new Set(tables.opportunities.map((row) => JSON.stringify(row)))
  const [ours, theirs] = [keys(one), keys(other)]
  const parting = [...one.opportunities, ...other.opportunities]
    .filter((row) => !ours.has(JSON.stringify(row)) || !theirs.has(JSON.stringify(row)))
    .map((row) => row.opened_at.slice(0, 8))
    .toSorted()[0]
  return parting === undefined ? startOfDay(end) : startOfDay(`${parting}01` as IsoDate)
}
