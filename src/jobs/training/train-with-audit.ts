import type { Kysely } from 'kysely'
import type { TrainingRow } from '../../core/training/logistic/types.ts'
import { assessReadiness } from '../../core/evaluation/readiness/readiness.ts'
import type { TrainingFindings, TrainingLeak } from '../../core/evaluation/readiness/training-findings.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { storeFindings } from '../../store/registry/models.ts'
import { readFactReadiness } from '../../store/evaluation/readiness-facts.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { auditModel } from './leakage.ts'
import type { Progress } from './snapshot-pass.ts'
import { type TrainOutcome, train } from './train.ts'
import type { TrainingData } from './training-data.ts'

/** A training with what was found out about its data, refused or not. */
export interface CheckedTraining {
  readonly outcome: TrainOutcome
  readonly findings: TrainingFindings
}

/**
 * Trains, as every training does: first it is seen whether there is enough to learn from and whether anything in the data
 * gives outcomes away. What is found is kept with the version and does not stop the training: a critical leak thresholds the
 * verdict, and so the promotion. Too few examples are refused by the training itself, with the figures found here.
 * @throws AppError SpecificationInvalid when the specification names a field, kind or topic that nobody knows
 */
export async function checkedTraining(
  db: Kysely<Database>,
  specification: Specification,
  asOf: Instant,
  progress: Progress = () => undefined,
): Promise<CheckedTraining> {
  let findings: TrainingFindings = { ready: false, readiness: [], leakage: [] }
  const outcome = await train(db, specification, asOf, progress, async (snapshot, featureSet, examples) => {
    const models = examples.map(({ model, data }) => ({
      specification: model,
      columns: data.columns,
      rows: standingForAll(data),
      excluded: data.cohort.excluded,
    }))
    const report = assessReadiness(await readFactReadiness(snapshot, asOf), models, asOf)
    const leakage: TrainingLeak[] = []
    for (const [index, { model, data }] of examples.entries()) {
      progress('leakage audit', index, examples.length)
      // Of too few rows any column gives the outcome away.
      if (!report.ready) break
      const found = await auditModel(snapshot, featureSet, model, data, asOf)
      leakage.push(...found.map(({ figures: _, ...finding }) => ({ ...finding, model: model.model })))
    }
    progress('leakage audit', examples.length, examples.length)
    findings = { ready: report.ready, readiness: [...report.findings], leakage }
  })
  if (outcome.kind === 'trained') await storeFindings(db, outcome.version, findings)
  return { outcome, findings }
}

/** Where only a part of the negatives was read each stands for its share of all, so that counts and base rates are right. */
function standingForAll({ rows, sampling }: TrainingData): readonly TrainingRow[] {
  if (!sampling || sampling.kept === 0) return rows
  const copies = sampling.negatives / sampling.kept
  return rows.map((row) => (row.won ? row : { ...row, weight: row.weight * copies }))
}
