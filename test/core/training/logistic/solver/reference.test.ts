import LogisticRegression from 'ml-logistic-regression'
import { Matrix } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import { encode } from '../../../../../src/core/training/logistic/encoder/encode.ts'
import { predictLogOdds } from '../../../../../src/core/training/logistic/logistic-model.ts'
import { fitLogistic } from '../../../../../src/core/training/logistic/solver/newton.ts'
import {
  exportReference,
  fitReference,
  referenceFeatures,
} from '../../../../../src/core/training/logistic/solver/reference.ts'
import { trainLogistic } from '../../../../../src/core/training/logistic/train.ts'
import { createRandom } from '../../../../../src/core/base/random.ts'
import { EXAMPLE_COLUMNS, exampleHistory, problemOf, sigmoid } from '../support.ts'

const { rows } = exampleHistory(400, 'reference')
const unsigned = EXAMPLE_COLUMNS.map((column) => ({ ...column, sign: null }))

function smallProblem() {
  const random = createRandom('small')
  const data = Array.from({ length: 300 }, () => [random.normal(), random.next() < 0.4 ? 1 : 0])
  return problemOf(
    data,
    data.map((row) => (random.next() < sigmoid(-0.5 + row[0]! - 0.7 * row[1]!) ? 1 : 0)),
  )
}

describe('the reference solver ml-logistic-regression', () => {
  it('finds what Newton finds without a penalty', () => {
    const problem = smallProblem()
    const [reference, newton] = [fitReference(problem), fitLogistic(problem, { l2Penalty: 0 })]
    if (reference.kind !== 'fitted' || newton.kind !== 'fitted') throw new Error('expected two fits')
    expect(reference.intercept).toBeCloseTo(newton.intercept, 6)
    expect(reference.coefficients[0]).toBeCloseTo(newton.coefficients[0]!, 6)
    expect(reference.coefficients[1]).toBeCloseTo(newton.coefficients[1]!, 6)
  })

  it('reports a fit that did not converge', () => {
    expect(fitReference(smallProblem(), { numSteps: 2 })).toMatchObject({ kind: 'not_converged', iterations: 2 })
  })

  it('refuses options that the package does not have', () => {
    const problem = smallProblem()
    expect(() => fitReference(problem, { signs: ['positive', null] })).toThrow('cannot hold declared signs, got 1')
    expect(() => fitReference({ ...problem, weights: problem.weights.map(() => 2) })).toThrow('no row weights')
  })

  it('can be chosen for training, and refuses a specification with declared signs', () => {
    const options = { labelWindowDays: 180, solver: 'reference' as const }
    const result = trainLogistic({ columns: unsigned, rows }, options)
    expect(result).toMatchObject({
      kind: 'trained',
      model: { solver: 'reference', l2_penalty: 0, calibration: { kind: 'skipped' } },
    })
    expect(trainLogistic({ columns: EXAMPLE_COLUMNS, rows }, options)).toMatchObject({ kind: 'reference_refused' })
  })
})

describe('an exported model', () => {
  it('gives the same probabilities in the package to 1e-12', () => {
    const result = trainLogistic({ columns: EXAMPLE_COLUMNS, rows }, { labelWindowDays: 180 })
    if (result.kind !== 'trained') throw new Error(result.kind)
    const { matrix } = encode(
      result.model.encoder,
      rows.map((row) => row.values),
    )
    const exported: object = JSON.parse(JSON.stringify(exportReference(result.model)))
    const loaded = LogisticRegression.load(exported)
    const features = new Matrix(referenceFeatures(matrix))
    const [won, lost] = loaded.classifiers.map((classifier) => classifier.testScores(features))
    predictLogOdds(result.model, matrix).forEach((logOdds, row) => {
      expect(Math.abs(won![row]! - sigmoid(logOdds))).toBeLessThan(1e-12)
      expect(Math.abs(lost![row]! - sigmoid(-logOdds))).toBeLessThan(1e-12)
    })
    expect(loaded.predict(features)).toEqual(
      [...predictLogOdds(result.model, matrix)].map((value) => (value > 0 ? 1 : 0)),
    )
  })
})
