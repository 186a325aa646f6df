import { describe, expect, it } from 'vitest'
import { percentileIn, quantilesOf } from '../../../src/core/statistics/quantiles.ts'

const within = (values: readonly number[], value: number) => percentileIn(quantilesOf(values) ?? [], value)

describe('a percentile', () => {
  const hundred = Array.from({ length: 101 }, (_, index) => index)

  it('is where a value stands among the reference', () => {
    expect([0, 25, 50.25, 100].map((value) => within(hundred, value))).toEqual([0, 25, 50.25, 100])
    expect([-1, 101].map((value) => within(hundred, value))).toEqual([0, 100])
  })

  it('of values that many share is the middle of the range they fill', () => {
    // Of 401 values 201 are 0: they fill the range from 0 to 50%.
    const values = [...Array.from({ length: 200 }, () => 0), ...Array.from({ length: 201 }, (_, index) => index)]
    expect(within(values, 0)).toBe(25)
    expect(within(values, 100)).toBe(75)
    expect(within([7, 7, 7], 7)).toBe(50)
  })

  it('does not decrease when the value increases', () => {
    const values = Array.from({ length: 777 }, (_, index) => Math.floor(40 * Math.sin(index) ** 3) / 8)
    const asked = Array.from({ length: 400 }, (_, index) => -6 + index * 0.03)
    const found = asked.map((value) => within(values, value))
    expect(found).toEqual(found.toSorted((one, other) => one - other))
  })

  it('requires a reference', () => {
    expect(quantilesOf([])).toBeNull()
  })
})
