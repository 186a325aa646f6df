import { describe, expect, it } from 'vitest'
import { accountAsOf } from '../../../../src/core/training/cohorts/cohort.ts'
import { inMarketCohort } from '../../../../src/core/training/cohorts/in-market-cohort.ts'
import { winCohort } from '../../../../src/core/training/cohorts/win-cohort.ts'
import { account, at, closed, deal, inMarketSpecification, winSpecification } from './support.ts'

// account-1 became part of account-2 on 2024-08-15. Training as of 2025-01-01, so 2024-10-01 is the last labelled month.
const trainingAsOf = at('2025-01-01')
const two = account(2)
const one = { ...account(1), heirs: [{ account: two, since: at('2024-08-15') }] }
const first = closed('2024-05-20', '2024-05-25', 'lost', { account: account(99) })

const wonMonths = (...opportunities: Parameters<typeof inMarketCohort>[1]) => {
  const { rows } = inMarketCohort([one, two], [first, ...opportunities], inMarketSpecification(), trainingAsOf)
  return rows.filter((row) => row.won).map((row) => `${row.account.accountId} ${row.asOf.slice(0, 7)}`)
}

describe('an account that became part of another', () => {
  it('is another account from then on, strictly', () => {
    expect(accountAsOf(one, at('2024-08-15'))).toBe(one)
    expect(accountAsOf(one, at('2024-08-15T00:00:00.000001'))).toBe(two)
    expect(accountAsOf(two, trainingAsOf)).toBe(two)
  })

  it('is no example of its own any more, which is counted', () => {
    const { rows, excluded } = inMarketCohort([one, two], [first], inMarketSpecification(), trainingAsOf)
    const months = (id: number) => rows.filter((row) => row.account.accountId === id).map((row) => row.asOf.slice(5, 7))
    expect(months(1)).toEqual(['06', '07', '08'])
    expect(months(2)).toEqual(['06', '07', '08', '09', '10'])
    expect(excluded).toEqual({ label_not_mature: 4, account_merged_away: 2 })
  })

  it('before the merge only its own opportunities are its own', () => {
    expect(wonMonths(deal('2024-07-10', { account: one }))).toEqual(['1 2024-06', '1 2024-07'])
    expect(wonMonths(deal('2024-07-10', { account: two }))).toEqual(['2 2024-06', '2 2024-07'])
  })

  it('after it an opportunity is both what the one became and the other, whichever it was filed under', () => {
    const expected = ['1 2024-07', '1 2024-08', '2 2024-07', '2 2024-08', '2 2024-09']
    expect(wonMonths(deal('2024-09-10', { account: one }))).toEqual(expected)
    expect(wonMonths(deal('2024-09-10', { account: two }))).toEqual(expected)
  })

  it('keeps its open opportunity', () => {
    const { excluded } = inMarketCohort(
      [one, two],
      [first, closed('2024-06-10', '2024-09-20', 'lost', { account: one })],
      inMarketSpecification(),
      trainingAsOf,
    )
    // Its own in July and August, account 2's in September.
    expect(excluded).toEqual({ label_not_mature: 4, account_merged_away: 2, had_open_opportunity: 3 })
  })

  it('counts its opportunities for the account that had them as of the description', () => {
    const rowOf = (openedAt: string) =>
      winCohort([closed(openedAt, '2024-12-01', 'won', { account: one })], winSpecification(), at('2026-01-01')).rows[0]
    // Described as of 2024-08-01 and 2024-09-01.
    expect(rowOf('2024-08-20')?.account).toBe(one)
    expect(rowOf('2024-09-20')?.account).toBe(two)
  })
})
