import { expect, it } from 'vitest'
import { createRandom } from '../../../src/core/base/random.ts'
import { tryHoldout } from '../../../src/simulation/studies/holdout-study.ts'
import { companyOf, day, policyOf, scoreOf } from './support.ts'

/** Entries that come within 30 days of having left. */
function reentriesOf(listed: readonly boolean[]): number {
  let [leftOn, count] = [-Infinity, 0]
  listed.forEach((isListed, at) => {
    const before = listed[at - 1] ?? false
    if (isListed && !before && at - leftOn <= 30) count += 1
    if (!isListed && before) leftOn = at
  })
  return count
}

it('a list by the default rules has less than half the re-entries of a single threshold and about the same size', () => {
  const policy = policyOf({ qualified_probability: { enter: 0.05 }, dwell_days: undefined, cool_down_days: undefined })
  const random = createRandom('calm')
  const company = companyOf(policy)
  const accounts = Array.from({ length: 60 }, (_, index) => index + 1)
  // Log-odds that wander around -3.6 with a correlation of 0.97 from day to day.
  const wandering = accounts.map(() => random.normal())
  const byThreshold = accounts.map((): boolean[] => [])
  const byPolicy = accounts.map((): boolean[] => [])
  for (let at = 0; at < 365; at += 1) {
    const seen = new Map(
      accounts.map((account, index) => {
        const next = 0.97 * (wandering[index] ?? 0) + Math.sqrt(1 - 0.97 ** 2) * random.normal()
        wandering[index] = next
        const probability = 1 / (1 + Math.exp(3.6 - 0.7 * next))
        byThreshold[index]?.push(probability >= 0.05)
        return [account, { score: scoreOf(probability) }]
      }),
    )
    company.round(day(at), seen)
    accounts.forEach((account, index) => byPolicy[index]?.push(company.stateOf(account)?.state === 'qualified'))
  }
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const sizeOf = (lists: readonly boolean[][]) => sum(lists.map((list) => list.filter(Boolean).length)) / 365
  const [single, ours] = [sum(byThreshold.map(reentriesOf)), sum(byPolicy.map(reentriesOf))]
  expect(single).toBeGreaterThan(100)
  expect(ours).toBeLessThan(single / 2)
  expect(Math.abs(sizeOf(byPolicy) / sizeOf(byThreshold) - 1)).toBeLessThan(0.1)
})

it('the interval of a holdout covers the true effect of a company simulated with and without listing', () => {
  const holdout = { share: 0.3, band: 0.5, hold_days: 90, seed: 'a' }
  const [opened, won] = tryHoldout('holdout test', 200, holdout)
  for (const trial of [opened, won]) {
    if (trial?.estimate.kind !== 'estimated') throw new Error('nothing was estimated')
    const { listed, control, difference, interval } = trial.estimate
    expect(control.assigned / (control.assigned + listed.assigned)).toBeGreaterThan(0.2)
    expect(difference).toBeCloseTo(listed.rate - control.rate, 12)
    expect(trial.covers).toBe(interval.low <= trial.truth && trial.truth <= interval.high)
  }
  expect(opened?.truth).toBeGreaterThan(0)
  expect(tryHoldout('holdout test', 200, holdout)).toEqual([opened, won])
})
