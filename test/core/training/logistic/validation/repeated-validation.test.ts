import { describe, expect, it } from 'vitest'
import { validateRepeatedly } from '../../../../../src/core/training/logistic/validation/repeated-validation.ts'
import { createRandom } from '../../../../../src/core/base/random.ts'
import { EXAMPLE_COLUMNS, exampleHistory, numberColumn, rowOf } from '../support.ts'

const options = { labelWindowDays: 180, seed: 3, repeats: 2, folds: 4, penalties: [1, 10] }

function aucsOf(columns: typeof EXAMPLE_COLUMNS, rows: Parameters<typeof validateRepeatedly>[0]['rows']) {
  const result = validateRepeatedly({ columns, rows }, options)
  if (result.kind !== 'validated') throw new Error(result.kind)
  return result.folds.map(({ auc }) => auc)
}

describe('repeated cross-validation', () => {
  const rows = exampleHistory(400, 'repeated').rows

  it('tests every fold of every repeat, with different folds in each', () => {
    const aucs = aucsOf(EXAMPLE_COLUMNS, rows)
    expect(aucs).toHaveLength(8)
    expect(aucs.slice(0, 4)).not.toEqual(aucs.slice(4))
    expect(Math.min(...aucs)).toBeGreaterThan(0.6)
  })

  it('does not depend on the order of rows', () => {
    expect(aucsOf(EXAMPLE_COLUMNS, createRandom('order').shuffle(rows))).toEqual(aucsOf(EXAMPLE_COLUMNS, rows))
  })

  it('finds an AUC near 0.5 on noise', () => {
    const random = createRandom('coin')
    const noise = Array.from({ length: 600 }, (_, day) => rowOf([random.normal()], random.next() < 0.5, day))
    const aucs = aucsOf([numberColumn('noise')], noise)
    expect(Math.abs(aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length - 0.5)).toBeLessThan(0.07)
  })
})
