import { describe, expect, it } from 'vitest'
import { samplingCorrection } from '../../../../src/core/training/logistic/sampling-correction.ts'

describe('the sampling correction of King and Zeng', () => {
  it('shifts the intercept by -ln 19 from one in two sampled to one in twenty', () => {
    expect(samplingCorrection({ populationRate: 0.05, sampleRate: 0.5 })).toBeCloseTo(-2.944439, 6)
  })

  it('is 0 if the sample has the rate of the population', () => {
    expect(samplingCorrection({ populationRate: 0.2, sampleRate: 0.2 })).toBeCloseTo(0, 12)
  })

  it('refuses a rate of 0 or 1', () => {
    expect(() => samplingCorrection({ populationRate: 0, sampleRate: 0.5 })).toThrow('populationRate')
  })
})
