import { describe, expect, it } from 'vitest'
import { assign } from '../../../src/core/qualification/holdout.ts'
import { companyOf, day, policyOf, scoreOf, START } from './support.ts'

const holdout = { share: 0.1, band: 0.5, hold_days: 90, seed: 'a' }
const accounts = Array.from({ length: 20_000 }, (_, index) => index + 1)

describe('the holdout', () => {
  it('assigns an account to the same group within a month, at any time', () => {
    for (const account of accounts.slice(0, 50)) {
      const first = assign(holdout, account, START)
      expect(assign(holdout, account, day(30))).toMatchObject({ group: first.group, month: '2026-01-01' })
      expect(first.until).toBe(day(90))
    }
  })

  it('assigns its share to the control group, also among odd ids, independently in each month and for each seed', () => {
    const control = (of: readonly number[], seed: string, at = START) =>
      of.map((account) => assign({ ...holdout, seed }, account, at).group === 'control')
    const share = (drawn: readonly boolean[]) => drawn.filter(Boolean).length / drawn.length
    // Four standard errors of a share of 0.1 of 20,000 are 0.0085; of 10,000 0.012; of 0.01 of 20,000 0.0028.
    const january = control(accounts, 'a')
    expect(Math.abs(share(january) - 0.1)).toBeLessThan(0.0085)
    expect(
      Math.abs(
        share(
          control(
            accounts.filter((account) => account % 2 === 1),
            'a',
          ),
        ) - 0.1,
      ),
    ).toBeLessThan(0.012)
    for (const other of [control(accounts, 'b'), control(accounts, 'a', day(31))]) {
      expect(Math.abs(share(other) - 0.1)).toBeLessThan(0.0085)
      expect(Math.abs(share(other.map((drawn, index) => drawn && january[index] === true)) - 0.01)).toBeLessThan(0.0028)
    }
  })

  it('assigns only accounts near the capacity line to the control group, and lists others in their place', () => {
    const company = companyOf(policyOf({ capacity_per_month: 100, holdout: { ...holdout, share: 0.3 } }))
    const probability = (account: number) => 0.5 / account + 0.05
    const seen = new Map(accounts.slice(0, 400).map((account) => [account, { score: scoreOf(probability(account)) }]))
    const events = company.round(START, seen)
    const listed = events.filter(({ type }) => type === 'account.qualified').map(({ accountId }) => accountId ?? 0)
    const drawn = events.filter(({ type }) => type === 'holdout.assigned')
    const control = drawn.filter(({ payload }) => payload['group'] === 'control').map(({ accountId }) => accountId ?? 0)
    expect(listed).toHaveLength(100)
    expect(control.length).toBeGreaterThan(10)
    expect(listed.filter((account) => control.includes(account))).toEqual([])
    // The line is the hundredth's 0.055; the band ends at 0.0825, which is the fifteenth's probability.
    expect(Math.min(...drawn.map(({ accountId }) => accountId ?? 0))).toBe(16)
    expect(
      listed
        .slice()
        .sort((a, b) => a - b)
        .slice(0, 15),
    ).toEqual(accounts.slice(0, 15))
    expect(Math.max(...listed)).toBe(100 + control.length)
  })

  it('keeps control accounts off the list until the assignment ends or the holdout is switched off', () => {
    const always = { ...holdout, share: 0.5, band: 1 }
    const isInControlGroup = (account: number, at: number) => assign(always, account, day(at)).group === 'control'
    const unlucky = accounts.find((account) => isInControlGroup(account, 0) && isInControlGroup(account, 90)) ?? 0
    const company = companyOf(policyOf({ holdout: always }))
    const seen = new Map([[unlucky, { score: scoreOf(0.06) }]])
    const round = (at: number) => company.round(day(at), seen).map(({ type }) => type)
    expect(round(0)).toEqual(['holdout.assigned'])
    expect(company.stateOf(unlucky)).toMatchObject({ state: 'none', group: 'control', groupUntil: day(90) })
    expect(company.log.filter(({ type }) => type === 'holdout.assigned')).toMatchObject([{ inFeed: false }])
    expect(round(40)).toEqual([])
    expect(round(89)).toEqual([])
    expect(round(90)).toEqual(['holdout.assigned'])
    company.follow(policyOf({ holdout: { share: 0 } }))
    expect(round(91)).toEqual(['account.qualified'])
  })
})
