import type { Kysely } from 'kysely'
import type { TrainingRow } from '../../core/training/logistic/types.ts'
import { assessReadiness } from '../../core/evaluation/readiness/readiness.ts'
import type { TrainingFindings, TrainingLeak } from '../../core/evaluation/readiness/training-findings.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { storeFindings } from '../../store/registry/models.ts'
import { readFactReadiness } from '../../store/evaluation/readiness-facts.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { learningOf } from './history-order.ts'
import { auditModel } from './leakage.ts'
import type { Progress } from './snapshot-pass.ts'
import { type TrainOutcome, train } from './train.ts'
import type { TrainingData } from './training-data.ts'

/** A training, trained or refused, with the findings about its data. */
export interface CheckedTraining {
  readonly outcome: TrainOutcome
  readonly findings: TrainingFindings
}

/**
 * Checks readiness and leakage, then trains. The findings are stored with the version and do not stop the training: a critical
 * leak blocks the verdict, and so the promotion. The training itself refuses too few examples, with the figures found here.
 * @throws AppError SpecificationInvalid when the specification names an unknown field, kind or topic
 */
export async function checkedTraining(
  db: Kysely<Database>,
  stated: Specification,
  statedAsOf: Instant,
  progress: Progress = () => undefined,
): Promise<CheckedTraining> {
  const { specification, asOf, limits } = await learningOf(db, stated, statedAsOf)
  let findings: TrainingFindings = { ready: false, readiness: [], leakage: [] }
  const outcome = await train(db, specification, asOf, progress, async (snapshot, featureSet, examples) => {
    const models = examples.map(({ model, data }) => ({
      specification: model,
      columns: data.columns,
      rows: standingForAll(data),
      excluded: data.cohort.excluded,
    }))
    const report = assessReadiness(await readFactReadiness(snapshot, asOf), models, asOf, limits)
    const leakage: TrainingLeak[] = []
    for (const [index, { model, data }] of examples.entries()) {
      progress('leakage audit', index, examples.length)
      // With too few rows any column seems to give the outcome away.
      if (!report.ready) break
      if (report.findings.some(({ name, model: about }) => name === 'no_evidence' && about === model.model)) continue
      const found = await auditModel(snapshot, featureSet, model, data, asOf)
      leakage.push(...found.map(({ figures: _, ...finding }) => ({ ...finding, model: model.model })))
    }
    progress('leakage audit', examples.length, examples.length)
    findings = { ready: report.ready, readiness: [...report.findings], leakage }
  })
  if (outcome.kind === 'trained') await storeFindings(db, outcome.version, findings)
  return { outcome, findings }
}

/** Weights sampled negatives by the number each stands for, so that counts and base rates are those of all. */
function standingForAll({ rows, sampling }: TrainingData): readonly TrainingRow[] {
  if (!sampling || sampling.kept === 0) return rows
  const copies = sampling.negatives / sampling.kept
  return rows.map((row) => (row.won ? row : { ...row, weight: row.weight * copies }))
}
