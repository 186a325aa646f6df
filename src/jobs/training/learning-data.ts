import type { Kysely } from 'kysely'
import type { ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import type { FeatureSet } from '../../core/features/compile.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { ProfileExample } from '../../core/scoring/profile/ideal-customer-profile.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { listExchangeRates } from '../../store/training/won-amounts.ts'
import { type PeopleData, peopleReaders, seeingPeople } from './contact-data.ts'
import { customerReader } from './customer-profile.ts'
import { readHistory } from './history.ts'
import { type ReferenceData, referenceReader, wonDealReader } from './score-reference.ts'
import { type Progress, readInOnePass } from './snapshot-pass.ts'
import { type TrainingData, trainingDataReader } from './training-data.ts'

/** What one model learns from. */
export interface ModelExamples {
  readonly model: ModelSpecification
  readonly data: TrainingData
}

/** All that a training learns from. */
export interface LearningData {
  readonly models: readonly ModelExamples[]
  readonly reference: ReferenceData
  /** Null where the specification has no people or no win model. */
  readonly people: PeopleData | null
  readonly customers: readonly ProfileExample[]
}

/** Reads accounts and opportunities once, and every snapshot once, whatever number of parts of the training need it. */
export async function readLearningData(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: Specification,
  asOf: Instant,
  progress: Progress,
): Promise<LearningData> {
  const history = await readHistory(db, specification.models, asOf)
  const models = specification.models.map((model) => ({
    model,
    reader: trainingDataReader(featureSet, model, history, { sampled: true }),
  }))
  const win = specification.models.find(({ model }) => model === 'win')
  const accounts = referenceReader(history)
  const deals = await wonDealReader(db, specification, history)
  const people =
    specification.people && win ? await peopleReaders(db, featureSet, specification.people, win, history) : null
  const customers = win ? await customerReader(db, featureSet, win, asOf) : null
  const readers = [
    ...models.map(({ reader }) => reader),
    accounts,
    deals,
    ...(people?.readers ?? []),
    ...(customers ? [customers] : []),
  ]
  await readInOnePass(
    db,
    specification.people ? seeingPeople(featureSet, specification.people) : featureSet,
    readers,
    progress,
  )
  return {
    models: models.map(({ model, reader }) => ({ model, data: reader.result() })),
    reference: { accounts: accounts.result(), deals: deals.result(), rates: await listExchangeRates(db) },
    people: people?.result() ?? null,
    customers: customers?.result() ?? [],
  }
}
