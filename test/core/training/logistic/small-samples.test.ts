import { describe, expect, it } from 'vitest'
import { fitFirth } from '../../../../src/core/training/logistic/solver/firth.ts'
import { samplingCorrection } from '../../../../src/core/training/logistic/sampling-correction.ts'
import { problemOf } from './support.ts'

describe('the sampling correction of King and Zeng', () => {
  it('shifts the intercept by -ln 19 from one in two sampled to one in twenty', () => {
    expect(samplingCorrection({ populationRate: 0.05, sampleRate: 0.5 })).toBeCloseTo(-2.944439, 6)
  })

  it('is nothing when the sample is like the population', () => {
    expect(samplingCorrection({ populationRate: 0.2, sampleRate: 0.2 })).toBeCloseTo(0, 12)
  })

  it('refuses a rate of 0 or 1', () => {
    expect(() => samplingCorrection({ populationRate: 0, sampleRate: 0.5 })).toThrow('populationRate')
  })
})

describe("Firth's fit", () => {
  it('is finite where outcomes are separated', () => {
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

  it('has no answer for two equal columns', () => {
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
