import { describe, expect, it } from 'vitest'
import { problemOf } from '../core/training/logistic/support.ts'
import { fitFirth } from './firth.ts'

describe("Firth's fit", () => {
  it('is finite if the outcomes are separated', () => {
    // Ten losses at x = 0, ten wins at x = 1. Closed form: half an event added to each cell, ln(0.5 / 10.5)
    const rows = Array.from({ length: 20 }, (_, row) => [row < 10 ? 0 : 1])
    const fit = fitFirth(
      problemOf(
        rows,
        rows.map((row) => row[0]!),
      ),
    )!
    expect(fit.intercept).toBeCloseTo(-3.044522, 6)
    expect(fit.coefficients[0]).toBeCloseTo(6.089045, 6)
  })

  it('has no solution for two equal columns', () => {
    expect(
      fitFirth(
        problemOf(
          [
            [1, 1],
            [0, 0],
            [1, 1],
            [0, 0],
          ],
          [1, 0, 0, 1],
        ),
      ),
    ).toBeUndefined()
  })
})
