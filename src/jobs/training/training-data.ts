import type { Kysely } from 'kysely'
import type { Cohort, CohortRow } from '../../core/training/cohorts/cohort.ts'
import { inMarketCohort } from '../../core/training/cohorts/in-market-cohort.ts'
import { sampleNegatives } from '../../core/training/cohorts/sample-negatives.ts'
import type { ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import { winCohort } from '../../core/training/cohorts/win-cohort.ts'
import { type FeatureSet, readFeatures } from '../../core/features/compile.ts'
import type { FeatureColumn } from '../../core/features/types.ts'
import type { NegativeSampling, TrainingRow } from '../../core/training/logistic/types.ts'
import { featuresOf } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { readSnapshots } from '../../store/features/account-snapshots.ts'
import { listEveryAccount, listOpportunityHistories } from '../../store/features/opportunity-histories.ts'
import type { Database } from '../../store/database/tables/schema.ts'

/** What one model learns from: the columns it reads, one row per example, and what was left out and why. */
export interface TrainingData {
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly TrainingRow[]
  /** Whose row each is, in the same order. */
  readonly examples: readonly CohortRow[]
  readonly cohort: Cohort
  /** That only a part of the negatives was read. */
  readonly sampling?: NegativeSampling | undefined
}

export interface ReadOptions {
  /** Leave out negatives as the specification says. To be tested on, they are all needed. */
  readonly sampled?: boolean
}

/** Told after each chunk of examples; `total` is known from the start. */
export type Progress = (step: string, done: number, total: number) => void

/** Reads the examples of one model as everybody could have known them at their moments. */
export async function readTrainingData(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: ModelSpecification,
  asOf: Instant,
  progress: Progress,
  { sampled = false }: ReadOptions = {},
): Promise<TrainingData> {
  const population = await readCohort(db, specification, asOf)
  const { negatives_per_positive: perPositive, seed } = specification.training
  const { cohort, sampling } =
    sampled && perPositive !== undefined
      ? sampleNegatives(population, perPositive, seed)
      : { cohort: population, sampling: undefined }
  const indexes = featuresOf(featureSet, specification)
  const rows: TrainingRow[] = []
  const examples: CohortRow[] = []
  let position = 0
  const requests = cohort.rows.map((row) => ({ accountId: row.account.accountId, asOf: row.asOf }))
  for await (const snapshots of readSnapshots(db, requests, featureSet.lookback)) {
    for (const snapshot of snapshots) {
      const example = cohort.rows[position] as CohortRow
      position += 1
      if (!snapshot) continue
      examples.push(example)
      const all = readFeatures(featureSet, snapshot)
      rows.push({
        id: example.account.externalId,
        asOf: example.asOf,
        openedAt: example.openedAt,
        values: indexes.map((index) => all[index] ?? null),
        won: example.won,
        weight: 1,
      })
    }
    progress(specification.model, position, requests.length)
  }
  return {
    columns: indexes.map((index) => featureSet.columns[index] as FeatureColumn),
    rows,
    examples,
    cohort,
    sampling,
  }
}

/** Who is an example, as of when, and with what outcome, by all that was known before `asOf`. */
export async function readCohort(
  db: Kysely<Database>,
  specification: ModelSpecification,
  asOf: Instant,
): Promise<Cohort> {
  const { moment } = specification
  const activityKind = moment.kind === 'after_activity' ? moment.activity_kind : undefined
  const opportunities = await listOpportunityHistories(db, asOf, activityKind)
  if (moment.kind !== 'first_of_month') return winCohort(opportunities, specification, asOf)
  return inMarketCohort(await listEveryAccount(db, asOf), opportunities, specification, asOf)
}
