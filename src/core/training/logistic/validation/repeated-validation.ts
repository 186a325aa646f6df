import { brierScore, logLoss } from '../../../statistics/accuracy.ts'
import type { Scored } from '../../../statistics/metric.ts'
import { rocAuc } from '../../../statistics/ranking.ts'
import { applyModel, compileModel } from '../logistic-model.ts'
import { planByAccount } from './folds.ts'
import { sortRows } from '../encoder/sort-rows.ts'
import { type Dataset, type TrainingFailure, type TrainOptions, trainLogistic } from '../train.ts'

export interface RepeatedValidationOptions extends TrainOptions {
  readonly repeats: number
  readonly folds: number
}

export type RepeatedValidation =
  | { readonly kind: 'validated'; readonly folds: readonly FoldFigures[] }
  | { readonly kind: 'refused'; readonly failure: TrainingFailure }

/** Of one test fold. */
export interface FoldFigures {
  readonly auc: number
  readonly brier: number
  readonly logLoss: number
}

/**
 * Repeated cross-validation for examples without dates: in each repeat whole accounts are dealt into folds anew, and
 * everything (encoder, penalty, fit, calibration) is learned from the other folds. Seeded, and independent of row order.
 *
 * It estimates how well the procedure does on more examples of the same kind. Where there are dates it flatters, because
 * it trains on the future: a split in time is the honest one then.
 */
export function validateRepeatedly(dataset: Dataset, options: RepeatedValidationOptions): RepeatedValidation {
  const { repeats, folds: foldCount, ...training } = options
  const rows = sortRows(dataset.rows)
  const figures: FoldFigures[] = []
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const plan = planByAccount(rows, { ...training, foldCount, seed: `${options.seed ?? 1} repeat ${repeat}` })
    for (const fold of plan) {
      const trained = trainLogistic({ ...dataset, rows: Array.from(fold.train, (row) => rows[row]!) }, training)
      if (trained.kind !== 'trained') return { kind: 'refused', failure: trained }
      const model = compileModel(trained.model)
      const scored = Array.from(fold.test, (index): Scored => {
        const { values, won, weight } = rows[index]!
        return { probability: applyModel(model, values).probability, won, weight }
      })
      figures.push({
        auc: rocAuc.compute(scored),
        brier: brierScore.compute(scored),
        logLoss: logLoss.compute(scored),
      })
    }
  }
  return { kind: 'validated', folds: figures }
}
