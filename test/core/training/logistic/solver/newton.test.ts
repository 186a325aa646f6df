import { describe, expect, it } from 'vitest'
import {
  createWorkspace,
  evaluateInformation,
  evaluateLoss,
  packedIndex,
} from '../../../../../src/core/training/logistic/solver/likelihood.ts'
import { fitLogistic } from '../../../../../src/core/training/logistic/solver/newton.ts'
import type { Fit, FitResult, Sign } from '../../../../../src/core/training/logistic/types.ts'
import { createRandom } from '../../../../../src/core/base/random.ts'
import { problemOf, sigmoid } from '../support.ts'

function fitted(result: FitResult): Fit {
  if (result.kind !== 'fitted') throw new Error(`expected a fit, got ${JSON.stringify(result)}`)
  return result
}

/** 20 rows: 10 losses at x = 0, 10 wins at x = 1. */
const apart = problemOf(
  Array.from({ length: 20 }, (_, row) => [row < 10 ? 0 : 1]),
  Array.from({ length: 20 }, (_, row) => (row < 10 ? 0 : 1)),
)

function randomProblem(seed: string, rowCount = 60) {
  const random = createRandom(seed)
  const rows = Array.from({ length: rowCount }, () => {
    const shared = random.normal()
    return [shared + 0.5 * random.normal(), shared, random.next() < 0.3 ? 1 : 0, random.normal()]
  })
  const won = rows.map((row) => (random.next() < sigmoid(-0.3 + 0.8 * row[0]! - 0.9 * row[1]! + 0.5 * row[2]!) ? 1 : 0))
  return problemOf(
    rows,
    won,
    rows.map(() => 0.5 + random.next()),
  )
}

describe('fitLogistic', () => {
  it('finds the log-odds of the base rate when there are no columns', () => {
    // 3 of 4 won: ln(3) = 1.098612
    const fit = fitted(fitLogistic(problemOf([[], [], [], []], [1, 1, 1, 0]), { l2Penalty: 1 }))
    expect(fit.intercept).toBeCloseTo(Math.log(3), 10)
  })

  it('counts a row of weight 2 like two rows', () => {
    const once = fitted(fitLogistic(problemOf([[0], [1], [1]], [0, 1, 0], [1, 2, 1]), { l2Penalty: 0.5 }))
    const twice = fitted(fitLogistic(problemOf([[0], [1], [1], [1]], [0, 1, 1, 0]), { l2Penalty: 0.5 }))
    expect(once.intercept).toBeCloseTo(twice.intercept, 9)
    expect(once.coefficients[0]).toBeCloseTo(twice.coefficients[0]!, 9)
  })

  it('gives the finite ridge solution on separated data when the penalty is felt', () => {
    const fit = fitted(fitLogistic(apart, { l2Penalty: 1 }))
    expect(fit.intercept).toBeCloseTo(-1.1775, 4)
    expect(fit.coefficients[0]).toBeCloseTo(2.355, 4)
  })

  it('reports separation if no penalty bounds the coefficients', () => {
    const result = fitLogistic(apart, { l2Penalty: 0 })
    expect(result).toMatchObject({ kind: 'separated', column: 0, shareCertain: 1 })
  })

  it('reports a singular problem instead of one of many solutions', () => {
    const twins = problemOf(
      [
        [1, 1],
        [0, 0],
        [1, 1],
        [0, 0],
        [1, 1],
        [0, 0],
      ],
      [1, 0, 0, 1, 1, 0],
    )
    expect(fitLogistic(twins, { l2Penalty: 0 })).toMatchObject({ kind: 'not_converged', reason: 'singular' })
    expect(fitLogistic(twins, { l2Penalty: 0.1 }).kind).toBe('fitted')
  })

  it('reports its progress if it reaches the iteration limit', () => {
    expect(fitLogistic(randomProblem('few'), { l2Penalty: 0.1, maxIterations: 1 })).toMatchObject({
      kind: 'not_converged',
      reason: 'too_many_iterations',
      iterations: 1,
    })
  })

  it('accepts a strong model without separation', () => {
    const random = createRandom('strong')
    const rows = Array.from({ length: 400 }, () => [random.normal()])
    const won = rows.map((row) => (random.next() < sigmoid(4 * row[0]!) ? 1 : 0))
    expect(fitLogistic(problemOf(rows, won), { l2Penalty: 0.1 }).kind).toBe('fitted')
  })

  it('does not depend on where it starts', () => {
    const problem = randomProblem('start')
    const cold = fitted(fitLogistic(problem, { l2Penalty: 0.3 }))
    const start = { intercept: 4, coefficients: Float64Array.from([3, -3, 5, -5]) }
    const warm = fitted(fitLogistic(problem, { l2Penalty: 0.3, start }))
    warm.coefficients.forEach((value, column) => {
      expect(value).toBeCloseTo(cold.coefficients[column]!, 9)
    })
  })

  it('treats an offset as a coefficient of one', () => {
    // All of the log-odds in the offset: nothing is left for the column that equals it.
    const problem = randomProblem('offset', 200)
    const plain = fitted(fitLogistic(problem, { l2Penalty: 0 }))
    const rest = fitted(fitLogistic({ ...problem, offset: plain.logOdds }, { l2Penalty: 0 }))
    expect(rest.intercept).toBeCloseTo(0, 8)
    rest.coefficients.forEach((value) => {
      expect(value).toBeCloseTo(0, 8)
    })
  })

  it('throws when outcomes and rows differ in number', () => {
    expect(() => fitLogistic({ ...apart, won: new Uint8Array(3) }, { l2Penalty: 1 })).toThrow('20 rows')
  })
})

describe('a fit of many rows, where Hessians are reused and a part of the rows is fitted first', () => {
  const random = createRandom('many')
  const rows = Array.from({ length: 24_000 }, () => [
    random.normal(),
    random.poisson(0.3),
    random.next() < 0.002 ? 1 : 0,
    random.normal(),
  ])
  const won = rows.map((row) => (random.next() < sigmoid(-4 + 0.7 * row[0]! + 0.5 * row[1]! + row[2]!) ? 1 : 0))
  const problem = problemOf(rows, won)
  const signs: readonly Sign[] = ['negative', 'positive', null, null]

  it.each([
    ['free', undefined],
    ['with declared signs', signs],
  ])('is a minimum, and its information that of the minimum: %s', (_, declared) => {
    const fit = fitted(fitLogistic(problem, { l2Penalty: 2, ...(declared ? { signs: declared } : {}) }))
    const space = createWorkspace(problem)
    evaluateLoss(problem, Float64Array.of(fit.intercept, ...fit.coefficients), space)
    evaluateInformation(problem, space)
    for (let j = 0; j < space.size; j += 1) {
      const slope = space.gradient[j]! + (j === 0 ? 0 : 2 * fit.coefficients[j - 1]!)
      if (fit.heldAtZero.includes(j - 1)) expect(slope).toBeLessThan(0)
      else expect(Math.abs(slope) / rows.length).toBeLessThan(1e-9)
    }
    // Entries of both signs cancel: measured against the diagonal.
    const scale = Float64Array.from({ length: space.size }, (_, j) => Math.sqrt(fit.information[packedIndex(j, j)]!))
    for (let j = 0; j < space.size; j += 1) {
      for (let k = 0; k <= j; k += 1) {
        const gap = fit.information[packedIndex(j, k)]! - space.information[packedIndex(j, k)]!
        expect(Math.abs(gap) / (scale[j]! * scale[k]!)).toBeLessThan(3e-5)
      }
    }
    expect(fit.heldAtZero).toEqual(declared ? [0] : [])
  })

  it('is the same to the stated tolerance if it starts from the Hessian of another penalty', () => {
    const rough = { gradientTolerance: 1e-6, decrementTolerance: 1e-8, roughInformation: true }
    const start = fitted(fitLogistic(problem, { l2Penalty: 10, ...rough }))
    const warm = fitted(fitLogistic(problem, { l2Penalty: 3, ...rough, start }))
    const cold = fitted(fitLogistic(problem, { l2Penalty: 3 }))
    warm.coefficients.forEach((value, column) => {
      expect(value).toBeCloseTo(cold.coefficients[column]!, 3)
    })
    expect(warm.objective / rows.length).toBeCloseTo(cold.objective / rows.length, 7)
  })
})

describe('the derivatives', () => {
  it('agree with finite differences', () => {
    const problem = randomProblem('gradient')
    const at = Float64Array.from([0.2, -0.4, 0.7, 0.1, -0.9])
    const space = createWorkspace(problem)
    const loss = (parameters: Float64Array) => evaluateLoss(problem, parameters, space)
    const moved = (j: number, by: number) => at.map((value, index) => (index === j ? value + by : value))
    const gradientAt = (parameters: Float64Array) => {
      loss(parameters)
      evaluateInformation(problem, space)
      return space.gradient.slice()
    }
    const gradient = gradientAt(at)
    const information = space.information.slice()
    for (let j = 0; j < at.length; j += 1) {
      expect(gradient[j]).toBeCloseTo((loss(moved(j, 1e-5)) - loss(moved(j, -1e-5))) / 2e-5, 6)
      const [up, down] = [gradientAt(moved(j, 1e-5)), gradientAt(moved(j, -1e-5))]
      for (let k = 0; k <= j; k += 1) expect(information[packedIndex(j, k)]).toBeCloseTo((up[k]! - down[k]!) / 2e-5, 6)
    }
  })
})

describe('declared signs', () => {
  /** The best fit over every choice of held coefficients whose free ones have the declared sign. */
  function bruteForce(problem: ReturnType<typeof randomProblem>, signs: readonly Sign[]): number {
    let best = Infinity
    for (let mask = 0; mask < 1 << signs.length; mask += 1) {
      const kept = signs.flatMap((_, column) => (mask & (1 << column) ? [] : [column]))
      if (signs.some((sign, column) => sign === null && !kept.includes(column))) continue
      const rows = Array.from({ length: problem.matrix.rowCount }, (_, row) => {
        const dense = new Array<number>(signs.length).fill(0)
        for (let k = problem.matrix.rowStart[row]!; k < problem.matrix.rowStart[row + 1]!; k += 1)
          dense[problem.matrix.columnIndex[k]!] = problem.matrix.values[k]!
        return kept.map((column) => dense[column]!)
      })
      const sub = problemOf(rows, [...problem.won], [...problem.weights])
      const fit = fitted(fitLogistic(sub, { l2Penalty: 0.2 }))
      const allowed = kept.every((column, index) => {
        const value = fit.coefficients[index]!
        return signs[column] === null || (signs[column] === 'positive' ? value >= 0 : value <= 0)
      })
      if (allowed) best = Math.min(best, fit.objective)
    }
    return best
  }

  it('find the best allowed fit, as trying every set of held coefficients does', () => {
    let held = 0
    for (let trial = 0; trial < 40; trial += 1) {
      const random = createRandom(`signs ${trial}`)
      const problem = randomProblem(`problem ${trial}`)
      const signs = Array.from({ length: 4 }, () => random.pick<Sign>(['positive', 'negative', null]))
      const fit = fitted(fitLogistic(problem, { l2Penalty: 0.2, signs }))
      fit.coefficients.forEach((value, column) => {
        if (signs[column] === 'positive') expect(value).toBeGreaterThanOrEqual(0)
        if (signs[column] === 'negative') expect(value).toBeLessThanOrEqual(0)
      })
      for (const column of fit.heldAtZero) expect(fit.coefficients[column]).toBe(0)
      held += fit.heldAtZero.length
      expect(fit.objective).toBeCloseTo(bruteForce(problem, signs), 8)
    }
    expect(held).toBeGreaterThan(20)
  })

  it('leave a coefficient alone that has the declared sign anyway', () => {
    const problem = randomProblem('free', 400)
    const free = fitted(fitLogistic(problem, { l2Penalty: 0.2 }))
    const signs = [...free.coefficients].map((value): Sign => (value > 0 ? 'positive' : 'negative'))
    const signed = fitted(fitLogistic(problem, { l2Penalty: 0.2, signs }))
    expect(signed.heldAtZero).toEqual([])
    signed.coefficients.forEach((value, column) => {
      expect(value).toBeCloseTo(free.coefficients[column]!, 9)
    })
  })
})
