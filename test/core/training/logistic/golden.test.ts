import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fitLogistic } from '../../../../src/core/training/logistic/solver/newton.ts'
import { sharedFile } from '../../../support/shared-data.ts'
import { problemOf } from './support.ts'

const solutions = sharedFile('b2b-deals/golden-solution.json')
const folder = dirname(solutions.path)
const Golden = z.object({
  solutions: z.array(z.object({ C: z.number(), intercept: z.number(), coef: z.array(z.number()) })),
})

// The exact solutions were worked out with another program, to a gradient below 1e-12.
describe.skipIf(!solutions.isPresent)('the exact penalised fit of 365 deals', () => {
  it.each([0.1, 1, 10])('is reproduced to 1e-6 for C = %d', (strength) => {
    const text: unknown = JSON.parse(readFileSync(solutions.path, 'utf8'))
    const golden = Golden.parse(Array.isArray(text) ? text[0] : text)
    const solution = golden.solutions.find((candidate) => candidate.C === strength)!
    const csv = gunzipSync(readFileSync(join(folder, 'golden-design-matrix.csv.gz'))).toString('utf8')
    const data = csv
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number))
    const problem = problemOf(
      data.map((row) => row.slice(1)),
      data.map((row) => row[0]!),
    )
    const fit = fitLogistic(problem, { l2Penalty: 1 / strength })
    if (fit.kind !== 'fitted') throw new Error(fit.kind)
    const gaps = solution.coef.map((value, column) => Math.abs(fit.coefficients[column]! - value))
    expect(gaps).toHaveLength(problem.matrix.columnCount)
    expect(Math.max(...gaps, Math.abs(fit.intercept - solution.intercept))).toBeLessThan(1e-6)
  })
})
