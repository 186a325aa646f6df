import { rocAuc } from '../../statistics/ranking.ts'
import { createRandom } from '../../base/random.ts'
import type { LeakageFinding } from './finding.ts'

/** Trains on the training rows and scores the test rows: the whole pipeline with reduced settings. */
export type PipelineFit<Row> = (train: readonly Row[], test: readonly Row[]) => readonly number[]

export interface PermutationCheck {
  readonly permutations: number
  readonly mean_auc: number
  readonly standard_error: number
  readonly passed: boolean
  /** Whether a first miss was followed by a second set of permutations. */
  readonly repeated: boolean
}

const PERMUTATIONS = 20
const ERRORS = 2

/**
 * Shuffles the labels and runs the pipeline. Nothing can be learned, so the mean AUC on the test rows must be 0.5 within
 * two standard errors. This tests the pipeline, not the features: a pipeline that leaks labels from test to training (an
 * encoder fitted on both, rows that change sides) does better.
 *
 * One clean pipeline in sixteen lies outside two standard errors. The check is then repeated with other permutations and
 * fails only when the second mean lies outside on the same side: about one clean pipeline in a thousand.
 */
export function checkPermutations<Row extends { readonly won: boolean }>(
  train: readonly Row[],
  test: readonly Row[],
  fit: PipelineFit<Row>,
  seed: number | string = 1,
): PermutationCheck {
  const first = run(train, test, fit, `${seed}/first`)
  if (isWithin(first)) return { ...first, passed: true, repeated: false }
  const second = run(train, test, fit, `${seed}/second`)
  const sameSide = Math.sign(second.mean_auc - 0.5) === Math.sign(first.mean_auc - 0.5)
  return { ...second, passed: isWithin(second) || !sameSide, repeated: true }
}

type Run = Pick<PermutationCheck, 'permutations' | 'mean_auc' | 'standard_error'>

function isWithin({ mean_auc: mean, standard_error: error }: Run): boolean {
  return Math.abs(mean - 0.5) <= ERRORS * error
}

function run<Row extends { readonly won: boolean }>(
  train: readonly Row[],
  test: readonly Row[],
  fit: PipelineFit<Row>,
  seed: string,
): Run {
  const random = createRandom(seed)
  const labels = [...train, ...test].map((row) => row.won)
  const aucs: number[] = []
  for (let permutation = 0; permutation < PERMUTATIONS; permutation += 1) {
    const shuffled = random.shuffle(labels)
    const relabelled = (rows: readonly Row[], from: number) =>
      rows.map((row, at) => ({ ...row, won: shuffled[from + at] ?? false }))
    const [own, others] = [relabelled(train, 0), relabelled(test, train.length)]
    const scores = fit(own, others)
    const auc = rocAuc.compute(others.map((row, at) => ({ probability: scores[at] ?? 0, won: row.won })))
    aucs.push(Number.isNaN(auc) ? 0.5 : auc)
  }
  const mean = aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length
  const variance = aucs.reduce((sum, auc) => sum + (auc - mean) ** 2, 0) / (aucs.length - 1)
  return { permutations: aucs.length, mean_auc: mean, standard_error: Math.sqrt(variance / aucs.length) }
}

export function permutationFinding(check: PermutationCheck): readonly LeakageFinding[] {
  if (check.passed) return []
  return [
    {
      column: '*',
      kind: 'pipeline_knows_labels',
      severity: 'critical',
      evidence: `with shuffled labels the pipeline still reaches a mean AUC of ${check.mean_auc.toFixed(3)} (+- ${check.standard_error.toFixed(3)}) over ${check.permutations} permutations, in two runs; without leakage it is 0.5.`,
      figures: { mean_auc: check.mean_auc, standard_error: check.standard_error, bound: 0.5 },
      remedy:
        'find the step that passes labels from test to training rows: an encoder fitted on both, or rows that change sides',
    },
  ]
}
