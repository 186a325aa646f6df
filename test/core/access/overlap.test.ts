import { expect, it } from 'vitest'
import { parseOverlap } from '../../../src/core/access/overlap.ts'

it('reads days, hours, minutes and 0, up to a year', () => {
  expect(['7d', '12h', '30m', '0', '0d', '365d'].map(parseOverlap)).toEqual([604_800, 43_200, 1800, 0, 0, 31_536_000])
  for (const text of ['', '7', 'd', '-1d', '1.5d', '366d', '1w', '7 d', '9999999m']) {
    expect(parseOverlap(text), text).toBeUndefined()
  }
})
