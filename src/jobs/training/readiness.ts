import type { Kysely } from 'kysely'
import { compileFeatures } from '../../core/features/compile.ts'
import type { ModelData } from '../../core/evaluation/readiness/model-readiness.ts'
import { assessReadiness } from '../../core/evaluation/readiness/readiness.ts'
import type { ReadinessReport } from '../../core/evaluation/readiness/report.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { readFactReadiness } from '../../store/evaluation/readiness-facts.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { type Progress, readTrainingData } from './training-data.ts'

/** Reads what every model of a specification would learn from, and says whether that is enough. Trains nothing. */
export async function readiness(
  db: Kysely<Database>,
  specification: Specification,
  asOf: Instant,
  progress: Progress = () => undefined,
): Promise<ReadinessReport> {
  const featureSet = compileFeatures(specification.features)
  return await inSnapshot(db, async (snapshot) => {
    const models: ModelData[] = []
    for (const model of specification.models) {
      const data = await readTrainingData(snapshot, featureSet, model, asOf, progress)
      models.push({ specification: model, columns: data.columns, rows: data.rows, excluded: data.cohort.excluded })
    }
    return assessReadiness(await readFactReadiness(snapshot, asOf), models, asOf)
  })
}
