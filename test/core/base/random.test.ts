import { describe, expect, it } from 'vitest'
import { createRandom, hashSeed } from '../../../src/core/base/random.ts'

const many = (count: number, draw: () => number) => Array.from({ length: count }, draw)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const variance = (values: readonly number[]) => {
  const centre = mean(values)
  return mean(values.map((value) => (value - centre) ** 2))
}

describe('seeded randomness', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const draw = (seed: number | string) => many(5, createRandom(seed).next)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).toEqual(draw('1'))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it('is uniform in [0, 1)', () => {
    const values = many(20_000, createRandom('uniform').next)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    // The mean's standard error is sqrt(1 / 12 / 20000) = 0.002.
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.01)
    expect(Math.abs(variance(values) - 1 / 12)).toBeLessThan(0.005)
  })

  it('draws every whole number below the limit', () => {
    const random = createRandom('integer')
    expect(new Set(many(200, () => random.integer(6)))).toEqual(new Set([0, 1, 2, 3, 4, 5]))
  })

  it('draws normal and Poisson numbers of the right mean and variance', () => {
    const random = createRandom('moments')
    const normal = many(20_000, random.normal)
    expect(Math.abs(mean(normal))).toBeLessThan(0.03)
    expect(Math.abs(variance(normal) - 1)).toBeLessThan(0.05)
    for (const expected of [0.3, 4, 50]) {
      const counts = many(20_000, () => random.poisson(expected))
      expect(Math.abs(mean(counts) / expected - 1), String(expected)).toBeLessThan(0.05)
      expect(Math.abs(variance(counts) / expected - 1), String(expected)).toBeLessThan(0.08)
    }
    expect(random.poisson(0)).toBe(0)
  })

  it('shuffles into a new array that holds the same items', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8]
    const shuffled = createRandom(3).shuffle(items)
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(shuffled).not.toEqual(items)
    expect(shuffled.toSorted()).toEqual(items)
  })

  it('picks from a list, and refuses an empty one', () => {
    const random = createRandom(4)
    expect(new Set(many(50, () => random.pick([1, 2, 3])))).toEqual(new Set([1, 2, 3]))
    expect(() => random.pick([])).toThrow('at least one item')
  })
})

describe('hash of a text', () => {
  it('is FNV-1a', () => {
    // The published test vectors of FNV-1a, 32 bits.
    expect([hashSeed(''), hashSeed('a'), hashSeed('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968])
  })
})
