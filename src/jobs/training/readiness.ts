import type { Kysely } from 'kysely'
import type { ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import { compileFeatures } from '../../core/features/compile.ts'
import type { ModelData } from '../../core/evaluation/readiness/model-readiness.ts'
import { assessReadiness } from '../../core/evaluation/readiness/readiness.ts'
import type { ReadinessReport } from '../../core/evaluation/readiness/report.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { readFactReadiness } from '../../store/evaluation/readiness-facts.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { readHistory } from './history.ts'
import { learningOf } from './history-order.ts'
import { type Progress, readInOnePass } from './snapshot-pass.ts'
import { type TrainingData, trainingDataReader } from './training-data.ts'

/** The examples of one model as readiness counts them. */
export function readinessData(specification: ModelSpecification, { columns, rows, cohort }: TrainingData): ModelData {
  return { specification, columns, rows, excluded: cohort.excluded }
}

/** Reads the training data of every model of a specification, and reports whether it is enough. Trains nothing. */
export async function readiness(
  db: Kysely<Database>,
  stated: Specification,
  statedAsOf: Instant,
  progress: Progress = () => undefined,
): Promise<ReadinessReport> {
  const { specification, asOf, limits } = await learningOf(db, stated, statedAsOf)
  const featureSet = compileFeatures(specification.features)
  return await inSnapshot(db, async (snapshot) => {
    const history = await readHistory(snapshot, specification.models, asOf)
    const readers = specification.models.map((model) => ({
      model,
      reader: trainingDataReader(featureSet, model, history),
    }))
    await readInOnePass(
      snapshot,
      featureSet,
      readers.map(({ reader }) => reader),
      progress,
    )
    const models = readers.map(({ model, reader }) => readinessData(model, reader.result()))
    return assessReadiness(await readFactReadiness(snapshot, asOf), models, asOf, limits)
  })
}
