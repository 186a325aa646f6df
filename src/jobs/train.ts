import type { Kysely } from 'kysely'
import { type ModelSpecification, maturityDays } from '../core/cohorts/model-specification.ts'
import { unknownNames } from '../core/features/check-specification.ts'
import { typicalValues } from '../core/explanation/typical.ts'
import { compileFeatures } from '../core/features/compile.ts'
import { canonicalJson, sha256Of } from '../core/json-hash.ts'
import { type TrainReport, type TrainResult, trainLogistic } from '../core/model/train.ts'
import type { TrainingRow } from '../core/model/types.ts'
import { type Bundle, type ModelName, type Specification, versionOf } from '../core/scoring/bundle.ts'
import type { Instant } from '../core/time.ts'
import { AppError } from '../errors.ts'
import { readVocabulary } from '../store/histories.ts'
import { insertModelVersion } from '../store/models.ts'
import type { Database } from '../store/schema.ts'
import { inSnapshot } from '../store/snapshot-transaction.ts'
import { type Progress, readTrainingData, type TrainingData } from './training-data.ts'

/** A bundle, or the model that could not be had and why. Too little data is an ordinary outcome, not an error. */
export type TrainOutcome =
  | {
      readonly kind: 'trained'
      readonly version: string
      readonly bundle: Bundle
      readonly reports: readonly ModelReport[]
    }
  | { readonly kind: 'refused'; readonly model: ModelName; readonly failure: Exclude<TrainResult, Trained> }

export interface ModelReport {
  readonly model: ModelName
  readonly report: TrainReport
}

/**
 * Learns every model of a specification from all that was known before `asOf`, and stores the bundle as a version.
 * @throws AppError SpecificationInvalid when the specification names a field, kind or topic that nobody knows
 */
export async function train(
  db: Kysely<Database>,
  specification: Specification,
  asOf: Instant,
  progress: Progress = () => undefined,
): Promise<TrainOutcome> {
  const featureSet = compileFeatures(specification.features)
  const data = await inSnapshot(db, async (snapshot) => {
    const unknown = unknownNames(specification.features, await readVocabulary(snapshot))
    if (unknown.length > 0) throw new AppError('SpecificationInvalid', unknown.join('\n'))
    const read: { readonly model: ModelSpecification; readonly data: TrainingData }[] = []
    for (const model of specification.models) {
      read.push({ model, data: await readTrainingData(snapshot, featureSet, model, asOf, progress, { sampled: true }) })
    }
    return read
  })
  const fitted: { readonly model: ModelName; readonly trained: Trained; readonly data: TrainingData }[] = []
  for (const { model, data: own } of data) {
    const result = trainLogistic(own, trainingOptions(model))
    if (result.kind !== 'trained') return { kind: 'refused', model: model.model, failure: result }
    fitted.push({ model: model.model, trained: result, data: own })
  }
  const bundle: Bundle = {
    format: 'winrate-bundle/1',
    as_of: asOf,
    data_sha256: sha256Of(fitted.flatMap(({ model, data: own }) => canonicalRows(model, own.rows))),
    specification_sha256: sha256Of([canonicalJson(specification)]),
    specification,
    cohorts: fitted.map(({ model, trained, data: own }) => ({
      model,
      rows: trained.model.counts.rows,
      won: trained.model.counts.won,
      accounts: trained.model.counts.accounts,
      excluded: { ...own.cohort.excluded },
    })),
    models: fitted.map(({ model, trained }) => ({ model, logistic: trained.model })),
    typical: fitted.map(({ model, trained, data: own }) => ({
      model,
      features: [...typicalValues(own, trained.model.encoder)],
    })),
  }
  const version = versionOf(bundle)
  await insertModelVersion(db, version, bundle)
  return {
    kind: 'trained',
    version,
    bundle,
    reports: fitted.map(({ model, trained }) => ({ model, report: trained.report })),
  }
}

type Trained = Extract<TrainResult, { readonly kind: 'trained' }>

export function trainingOptions({ label, training }: ModelSpecification) {
  return {
    labelWindowDays: maturityDays(label),
    seed: training.seed,
    solver: training.solver,
    minWon: training.minimum_won,
    minLost: training.minimum_lost,
    ...(training.penalties ? { penalties: training.penalties } : {}),
  }
}

/** The rows as text in an order that does not depend on how they were read. */
function canonicalRows(model: ModelName, rows: readonly TrainingRow[]): readonly string[] {
  return rows
    .map((row) => JSON.stringify([model, row.asOf, row.id, row.openedAt, row.won, row.weight, row.values]))
    .toSorted()
}
