import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { compileFeatures } from '../../src/core/features/compile.ts'
import { problemFor } from '../../src/core/training/logistic/validation/cross-validate.ts'
import { fitEncoder } from '../../src/core/training/logistic/encoder/fit-encoder.ts'
import { fitLogistic } from '../../src/core/training/logistic/solver/newton.ts'
import { fitReference } from '../../src/core/training/logistic/solver/reference.ts'
import type { Fit, FitResult, LogisticProblem, Sign } from '../../src/core/training/logistic/types.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { readTrainingData } from '../../src/jobs/training/training-data.ts'
import { type BenchContext, type Benchmark, type Figure, quantile, type Result, secondsOf } from './benchmark.ts'
import { AS_OF } from './company.ts'
import { findPeer, fitWithPeer } from './scikit-learn.ts'

const ROWS = { smoke: 2_000, small: 10_000, full: 100_000 } as const
const L2_PENALTY = 1
const ROUNDS = 3
const MODELS = path.resolve(import.meta.dirname, '../../models')
const WITHIN = 1e-4
const MOST_STEPS = { smoke: 25, small: 400, full: 100 } as const

export const fitBenchmark: Benchmark = {
  name: 'fit',
  title: 'One fit of the in-market model at one penalty',
  run: async (context: BenchContext): Promise<Result> => {
    const { problem, signs } = await designMatrix(context)
    const { rowCount, columnCount, values } = problem.matrix
    const notes = [
      `${rowCount.toLocaleString('en-US')} rows x ${columnCount} columns, ${Math.round((100 * values.length) / rowCount / columnCount)}% of them not zero; penalty ${L2_PENALTY}; medians of ${ROUNDS}. Our figures are those of one thread, to a gradient of 1e-9 and a decrement of 1e-13 per row.`,
    ]
    const ours: number[] = []
    const withSigns: number[] = []
    const peers: { solver: string; seconds: number; logLoss: number }[] = []
    let fit: Fit | undefined
    const peer = await findPeer(context.peer)
    const folder = path.join(context.folder, 'fit')
    if (peer.kind === 'found') await writeProblem(folder, problem)
    else notes.push(`Without scikit-learn: ${peer.reason}.`)
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await secondsOf(() => (fit = fitted(fitLogistic(problem, { l2Penalty: L2_PENALTY })))))
      withSigns.push(await secondsOf(() => fitted(fitLogistic(problem, { l2Penalty: L2_PENALTY, signs }))))
      if (peer.kind === 'found') peers.push(...(await fitWithPeer(peer, folder, 1 / L2_PENALTY)))
    }
    if (!fit) throw new Error('no fit')
    const seconds = quantile(ours, 0.5)
    const loss = meanLogLoss(problem, fit.logOdds)
    const beside = (name: string, value: number) => ({ value: seconds, unit: 's', reference: { name, value } })
    const figures: Figure[] = [...new Set(peers.map(({ solver }) => solver))].map((solver) => {
      const own = peers.filter((found) => found.solver === solver)
      notes.push(`scikit-learn ${solver}: mean log loss ${own[0]?.logLoss}, ours ${loss}.`)
      const median = quantile(
        own.map((found) => found.seconds),
        0.5,
      )
      const goal = { at: 'most', limit: 1 } as const
      return {
        name: 'fit',
        ...beside(`scikit-learn ${solver}`, median),
        ...(solver === 'newton-cholesky' ? { goal } : {}),
      }
    })
    if (figures.length === 0) figures.push({ name: 'fit', value: seconds, unit: 's' })
    figures.push({ name: 'fit with the declared signs', value: quantile(withSigns, 0.5), unit: 's' })
    const reference = await referenceSeconds(context, problem, loss)
    notes.push(reference.note)
    figures.push({ name: 'fit', ...beside(reference.name, reference.seconds) })
    return { figures, notes }
  },
}

async function designMatrix(context: BenchContext): Promise<{ problem: LogisticProblem; signs: readonly Sign[] }> {
  const { database } = await context.company()
  const specification = loadSpecification(MODELS)
  const model = specification.models.find((candidate) => candidate.model === 'in_market')
  if (!model) throw new Error('models/ has no in-market model')
  context.progress('reading examples')
  const featureSet = compileFeatures(specification.features)
  const data = await readTrainingData(database.db, featureSet, model, AS_OF, () => undefined)
  const rows = data.rows.slice(0, ROWS[context.size])
  const encoder = fitEncoder(
    data.columns,
    rows.map((row) => row.values),
  )
  return { problem: problemFor(rows, encoder), signs: encoder.columns.map((column) => column.sign) }
}

function fitted(result: FitResult): Fit {
  if (result.kind !== 'fitted') throw new Error(`the fit ended as ${result.kind}`)
  return result
}

function meanLogLoss({ won }: LogisticProblem, logOdds: Float64Array): number {
  let sum = 0
  for (let row = 0; row < logOdds.length; row += 1) {
    const towardsTruth = (won[row] === 1 ? 1 : -1) * (logOdds[row] ?? 0)
    sum += Math.max(-towardsTruth, 0) + Math.log1p(Math.exp(-Math.abs(towardsTruth)))
  }
  return sum / logOdds.length
}

/** Dense, row by row: what the peer script reads. */
async function writeProblem(folder: string, { matrix, won }: LogisticProblem): Promise<void> {
  await mkdir(folder, { recursive: true })
  const dense = new Float64Array(matrix.rowCount * matrix.columnCount)
  for (let row = 0; row < matrix.rowCount; row += 1) {
    const end = matrix.rowStart[row + 1] ?? 0
    for (let k = matrix.rowStart[row] ?? 0; k < end; k += 1) {
      dense[row * matrix.columnCount + (matrix.columnIndex[k] ?? 0)] = matrix.values[k] ?? 0
    }
  }
  await writeFile(path.join(folder, 'X.f64'), dense)
  await writeFile(path.join(folder, 'y.f64'), Float64Array.from(won))
  await writeFile(
    path.join(folder, 'shape.json'),
    JSON.stringify({ rows: matrix.rowCount, columns: matrix.columnCount }),
  )
}

/** Gradient descent has no stopping rule: counts the fewest steps, by doubling, that come close enough. */
async function referenceSeconds(context: BenchContext, problem: LogisticProblem, loss: number) {
  for (let numSteps = 25; ; numSteps *= 2) {
    context.progress(`ml-logistic-regression, ${numSteps} steps`)
    let reached = Number.NaN
    const seconds = await secondsOf(() => {
      const fit = fitReference(problem, { numSteps, gradientTolerance: Number.POSITIVE_INFINITY })
      if (fit.kind === 'fitted') reached = meanLogLoss(problem, fit.logOdds)
    })
    const name = 'ml-logistic-regression'
    const where = `${name} (through src/core/training/logistic/solver/reference.ts, which tunes its rate) after ${numSteps} steps: mean log loss ${reached}`
    if (reached <= loss + WITHIN) return { name, seconds, note: `${where}, within ${WITHIN} of ours; one run.` }
    if (numSteps >= MOST_STEPS[context.size]) {
      const note = `${where}, not within ${WITHIN} of ours, and given up: to the same loss it takes longer, so the ratio is below the one shown.`
      return { name: `${name}, given up after ${numSteps} steps`, seconds, note }
    }
  }
}
