import type { Kysely } from 'kysely'
import type { Cohort, CohortRow } from '../../core/training/cohorts/cohort.ts'
import { sampleNegatives } from '../../core/training/cohorts/sample-negatives.ts'
import type { ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import type { FeatureSet } from '../../core/features/compile.ts'
import type { FeatureColumn } from '../../core/features/types.ts'
import type { NegativeSampling, TrainingRow } from '../../core/training/logistic/types.ts'
import { featuresOf } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import type { SnapshotRequest } from '../../store/features/account-snapshots.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { cohortOf, type History, readHistory } from './history.ts'
import { keepEach, type Progress, readInOnePass, type SnapshotReader } from './snapshot-pass.ts'

/** What one model learns from: the columns it reads, one row per example, and what was left out and why. */
export interface TrainingData {
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly TrainingRow[]
  /** Whose row each is, in the same order. */
  readonly examples: readonly CohortRow[]
  readonly cohort: Cohort
  /** Set when only a part of the negatives was read. */
  readonly sampling?: NegativeSampling | undefined
}

export interface ReadOptions {
  /** Leave out negatives as the specification says. A test set needs all of them. */
  readonly sampled?: boolean
}

/** Reads the examples of one model, each as it was known at its own as-of. */
export async function readTrainingData(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: ModelSpecification,
  asOf: Instant,
  progress: Progress,
  options: ReadOptions = {},
): Promise<TrainingData> {
  const history = await readHistory(db, [specification], asOf)
  const reader = trainingDataReader(featureSet, specification, history, options)
  await readInOnePass(db, featureSet, [reader], progress)
  return reader.result()
}

export function trainingDataReader(
  featureSet: FeatureSet,
  specification: ModelSpecification,
  history: History,
  { sampled = false }: ReadOptions = {},
): SnapshotReader<TrainingData> {
  const population = cohortOf(history, specification)
  const { negatives_per_positive: perPositive, seed } = specification.training
  const { cohort, sampling } =
    sampled && perPositive !== undefined
      ? sampleNegatives(population, perPositive, seed)
      : { cohort: population, sampling: undefined }
  const indexes = featuresOf(featureSet, specification)
  const reader = keepEach(specification.model, requestsOf(cohort.rows), (_index, _snapshot, features) => {
    const all = features()
    return indexes.map((index) => all[index] ?? null)
  })
  return {
    ...reader,
    result: () => {
      const known = reader.result().flatMap((values, index) => {
        const example = cohort.rows[index]
        return values && example ? [{ values, example }] : []
      })
      return {
        columns: indexes.map((index) => featureSet.columns[index] as FeatureColumn),
        rows: known.map(({ values, example }) => ({
          id: example.account.externalId,
          asOf: example.asOf,
          openedAt: example.openedAt,
          values,
          won: example.won,
          weight: 1,
        })),
        examples: known.map(({ example }) => example),
        cohort,
        sampling,
      }
    },
  }
}

export function requestsOf(rows: readonly CohortRow[]): readonly SnapshotRequest[] {
  return rows.map(({ account, asOf }) => ({ accountId: account.accountId, asOf }))
}
