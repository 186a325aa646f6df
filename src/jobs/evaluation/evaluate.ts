import type { Kysely } from 'kysely'
import type { CohortRow } from '../../core/training/cohorts/cohort.ts'
import { type ModelSpecification, maturityDays } from '../../core/training/cohorts/model-specification.ts'
import { compileFeatures } from '../../core/features/compile.ts'
import type { FeatureSpecification } from '../../core/features/specification.ts'
import { expectedCalibrationError } from '../../core/statistics/calibration.ts'
import { rocAuc, topDecileLift } from '../../core/statistics/ranking.ts'
import { logLoss } from '../../core/statistics/accuracy.ts'

import { applyModel, compileModel, type LogisticModel } from '../../core/training/logistic/logistic-model.ts'
import { type TrainingFailure, trainLogistic } from '../../core/training/logistic/train.ts'
import { type Instant, instantPlusDays } from '../../core/base/time.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { trainingOptions } from '../training/train.ts'
import { readHistory } from '../training/history.ts'
import { type Progress, readInOnePass } from '../training/snapshot-pass.ts'
import { trainingDataReader } from '../training/training-data.ts'

export interface Evaluation {
  readonly auc: number
  readonly logLoss: number
  readonly ece: number
  readonly liftTopDecile: number
  readonly trainRows: number
  readonly testRows: number
  readonly testBaseRate: number
  readonly model: LogisticModel
  readonly predictions: readonly Prediction[]
}

/** What the model said of one test example, and what came of it. */
export interface Prediction {
  readonly example: CohortRow
  readonly probability: number
  readonly won: boolean
}

export type EvaluateOutcome =
  | { readonly kind: 'evaluated'; readonly evaluation: Evaluation }
  | { readonly kind: 'refused'; readonly failure: TrainingFailure }

/**
 * One honest split: trains on what was known before `split`, and so on examples whose label was complete by then; tests
 * on examples described at or after it whose label was complete by `end`.
 */
export async function evaluateHeldOut(
  db: Kysely<Database>,
  features: FeatureSpecification,
  specification: ModelSpecification,
  split: Instant,
  end: Instant,
  progress: Progress = () => undefined,
): Promise<EvaluateOutcome> {
  const set = compileFeatures(features)
  const { past, future } = await inSnapshot(db, async (snapshot) => {
    const known = await readHistory(snapshot, [specification], split)
    const complete = await readHistory(snapshot, [specification], end)
    const training = trainingDataReader(set, specification, known, { sampled: true })
    const test = trainingDataReader(set, specification, complete)
    await readInOnePass(snapshot, set, [training, test], progress)
    return { past: training.result(), future: test.result() }
  })
  const trained = trainLogistic(past, trainingOptions(specification))
  if (trained.kind !== 'trained') return { kind: 'refused', failure: trained }
  const compiled = compileModel(trained.model)
  const scored = future.rows.flatMap((row, index): Prediction[] => {
    const example = future.examples[index]
    if (row.asOf < split || !example) return []
    return [{ example, probability: applyModel(compiled, row.values).probability, won: row.won }]
  })
  const lastLabel = instantPlusDays(split, -maturityDays(specification.label))
  if (past.rows.some((row) => row.openedAt > lastLabel)) throw new RangeError('a training label reaches past the split')
  return {
    kind: 'evaluated',
    evaluation: {
      auc: rocAuc.compute(scored),
      logLoss: logLoss.compute(scored),
      ece: expectedCalibrationError.compute(scored),
      liftTopDecile: topDecileLift.compute(scored),
      trainRows: past.rows.length,
      testRows: scored.length,
      testBaseRate: scored.filter((row) => row.won).length / scored.length,
      model: trained.model,
      predictions: scored,
    },
  }
}
