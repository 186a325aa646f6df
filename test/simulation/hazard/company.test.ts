import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { drawHazardCompany } from '../../../src/simulation/hazard/company.ts'
import { drawFrom } from '../../../src/simulation/hazard/draw.ts'
import { exportHazardCompany } from '../../../src/simulation/hazard/files.ts'
import { truthOf } from '../../../src/simulation/hazard/truth.ts'
import { HAZARD_DEFAULTS, type HazardOptions } from '../../../src/simulation/hazard/world.ts'

const FOLDER = 'src/simulation/hazard'
const OUTBOUND: HazardOptions = { ...HAZARD_DEFAULTS, seed: 'a', outboundShare: 0.36, outboundOdds: 1 / 3 }

describe('the hazard company', () => {
  it('imports nothing but its own files, so that it shares no fault with the simulator or the product', () => {
    const imports = readdirSync(FOLDER).flatMap((name) =>
      [...readFileSync(path.join(FOLDER, name), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from),
    )
    expect(imports.length).toBeGreaterThan(5)
    expect(imports.filter((from) => !/^\.\/[a-z]+\.ts$/.test(from ?? ''))).toEqual([])
  })

  it('is the same for one seed and another for another', () => {
    const files = (seed: string) => [
      ...exportHazardCompany(drawHazardCompany({ ...HAZARD_DEFAULTS, seed, accounts: 20 })),
    ]
    expect(files('a')).toEqual(files('a'))
    expect(files('a')).not.toEqual(files('b'))
  })

  it('draws its outcomes from the probabilities that it states', () => {
    const opportunities = drawHazardCompany(OUTBOUND).accounts.flatMap((account) => account.opportunities)
    for (const outbound of [true, false]) {
      const own = opportunities.filter((opportunity) => opportunity.outbound === outbound)
      const expected = own.reduce((sum, { winProbability }) => sum + winProbability, 0)
      const deviation = Math.sqrt(own.reduce((sum, { winProbability: p }) => sum + p * (1 - p), 0))
      expect(Math.abs(own.filter(({ won }) => won).length - expected)).toBeLessThan(3 * deviation)
    }
    const outboundShare = opportunities.filter(({ outbound }) => outbound).length / opportunities.length
    expect(outboundShare).toBeGreaterThan(0.32)
    expect(outboundShare).toBeLessThan(0.4)
  })

  it('knows the truth in closed form where openings are random', () => {
    const { world, accounts } = drawHazardCompany({ ...HAZARD_DEFAULTS, seed: 'a', accounts: 5, randomOpenings: true })
    const hazard = 1 / (1 + Math.exp(4.4))
    for (const account of accounts) expect(truthOf(world, account, 10).opens).toBeCloseTo(1 - (1 - hazard) ** 3, 10)
  })

  it('has a truth that drawn futures agree with', () => {
    const longer = drawHazardCompany({ ...HAZARD_DEFAULTS, seed: 'a', accounts: 6000 })
    const { world, accounts } = longer
    const free = accounts.filter(({ state }) => !state.hasOpen)
    const opens = free.reduce((sum, account) => sum + truthOf(world, account, 20).opens, 0) / free.length
    // The share of account-quarters of the past that opened, without an open opportunity before them.
    const starts = [0, 1, 2, 3].map((quarter) => Date.UTC(2025, 3 * quarter, 1) / 86_400_000)
    const quarters = starts.flatMap((from) =>
      accounts
        .filter(({ createdAt }) => createdAt < from - 62)
        .filter(
          ({ opportunities }) => !opportunities.some(({ openedAt, closedAt }) => openedAt < from && closedAt >= from),
        )
        .map(({ opportunities }) => opportunities.some(({ openedAt }) => openedAt >= from && openedAt < from + 91)),
    )
    const share = quarters.filter(Boolean).length / quarters.length
    expect(Math.abs(opens - share)).toBeLessThan(3 * Math.sqrt((share * (1 - share)) / quarters.length) + 0.001)
  })

  it('exports only accounts with an opportunity where that is asked', () => {
    const { accounts } = drawHazardCompany({
      ...HAZARD_DEFAULTS,
      seed: 'a',
      accounts: 200,
      onlyWithOpportunities: true,
    })
    expect(accounts.length).toBeGreaterThan(10)
    expect(accounts.length).toBeLessThan(200)
    expect(accounts.every(({ opportunities }) => opportunities.length > 0)).toBe(true)
  })
})

describe('its draws', () => {
  it('have the means and variances of their distributions', () => {
    const draw = drawFrom('moments')
    const moments = (value: () => number) => {
      const values = Array.from({ length: 40_000 }, value)
      const mean = values.reduce((sum, one) => sum + one, 0) / values.length
      return [mean, values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length]
    }
    for (const [value, mean, variance] of [
      [draw.uniform, 0.5, 1 / 12],
      [draw.normal, 0, 1],
      [() => draw.poisson(2.5), 2.5, 2.5],
      [() => draw.choice([1, 1, 2]), 1.25, 0.6875],
    ] as const) {
      const [ownMean = Number.NaN, ownVariance = Number.NaN] = moments(value)
      expect(Math.abs(ownMean - mean)).toBeLessThan(4 * Math.sqrt(variance / 40_000))
      expect(ownVariance / variance).toBeGreaterThan(0.95)
      expect(ownVariance / variance).toBeLessThan(1.05)
    }
  })
})
