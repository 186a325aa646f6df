import { describe, expect, it } from 'vitest'
import {
  bootstrap,
  clusterIndexes,
  interval95,
  pairedInterval95,
  quantile,
} from '../../../src/core/statistics/bootstrap.ts'
import { ratioStatistic } from '../../../src/core/evaluation/backtest/measures/statistics.ts'
import { createRandom } from '../../../src/core/base/random.ts'

const ones = (count: number) => new Float64Array(count).fill(1)
const deviation = (values: Float64Array) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

describe('the bootstrap over accounts', () => {
  const random = createRandom('bootstrap test')
  const values = Float64Array.from({ length: 400 }, () => random.normal())
  const apart = { clusters: Int32Array.from(values.keys()), weights: ones(400) }
  const mean = ratioStatistic(apart, values, ones(400))
  const options = { replicates: 4000, seed: 1 }

  it('spreads a mean as its closed form says: standard deviation / sqrt(n)', () => {
    const [found] = bootstrap([mean], Int32Array.from(values.keys()), ones(400), options)
    const expected = deviation(values) / 20
    expect(deviation(found!.draws[0]!) / expected).toBeCloseTo(1, 1)
    const { value, low, high } = interval95(found!.value[0]!, found!.draws[0]!)
    expect((high - low) / (2 * 1.96 * expected)).toBeCloseTo(1, 1)
    expect(value).toBeCloseTo(values.reduce((sum, one) => sum + one, 0) / 400, 12)
  })

  it('draws whole accounts: four equal rows each make the mean twice as uncertain as 400 rows would', () => {
    const clustered = Float64Array.from(values.keys(), (row) => values[Math.floor(row / 4)]!)
    const clusters = Int32Array.from(values.keys(), (row) => Math.floor(row / 4))
    const [found] = bootstrap(
      [ratioStatistic({ clusters, weights: ones(400) }, clustered, ones(400))],
      clusters,
      ones(400),
      options,
    )
    expect(deviation(found!.draws[0]!) / (deviation(clustered) / 10)).toBeCloseTo(1, 1)
  })

  it('pairs two scorers, so that shared variation cancels in their difference', () => {
    const better = values.map((value, row) => value - 0.1 + (row % 2 === 0 ? 0.01 : -0.01))
    const both = [mean, ratioStatistic(apart, better, ones(400))]
    const [first, second] = bootstrap(both, Int32Array.from(values.keys()), ones(400), options)
    const { value, low, high } = pairedInterval95(
      second!.value[0]! - first!.value[0]!,
      second!.draws[0]!,
      first!.draws[0]!,
    )
    expect(value).toBeCloseTo(-0.1, 12)
    // The difference is -0.1 plus or minus 0.01: standard error 0.01 / 20 = 0.0005.
    expect((high - low) / (2 * 1.96 * 0.0005)).toBeCloseTo(1, 1)
    expect(deviation(first!.draws[0]!)).toBeGreaterThan(0.04)
  })

  it('the same seed draws the same accounts, another seed others', () => {
    const draw = (seed: number) =>
      bootstrap([mean], Int32Array.from(values.keys()), ones(400), { replicates: 5, seed })[0]!.draws[0]
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it('numbers accounts by first appearance', () => {
    expect(clusterIndexes(['b', 'a', 'b', 'c'])).toEqual(Int32Array.of(0, 1, 0, 2))
  })

  it('interpolates quantiles between order statistics, and ignores undefined draws', () => {
    expect(quantile(Float64Array.of(0, 10, 20), 0.25)).toBe(5)
    expect(interval95(1, Float64Array.of(NaN, 3, NaN)).low).toBe(3)
    expect(interval95(NaN, Float64Array.of(NaN)).low).toBeNaN()
  })
})
