import type { Kysely } from 'kysely'
import { type ModelSpecification, maturityDays } from '../../core/training/cohorts/model-specification.ts'
import { unknownNames } from '../../core/features/check-specification.ts'
import { unknownScoreNames } from '../../core/scoring/artifact/check-score-specification.ts'
import { typicalValues } from '../../core/scoring/artifact/typical-values.ts'
import { compileFeatures, type FeatureSet } from '../../core/features/compile.ts'
import { modelsWithoutEvidence } from '../../core/evaluation/readiness/evidence-findings.ts'
import { canonicalJson, sha256Of } from '../../core/base/json-hash.ts'
import { type TrainReport, type TrainResult, trainLogistic } from '../../core/training/logistic/train.ts'
import type { TrainingRow } from '../../core/training/logistic/types.ts'
import {
  type ModelArtifact,
  type ModelName,
  prepareArtifact,
  type Specification,
  versionOf,
} from '../../core/scoring/artifact/model-artifact.ts'
import { expectedAmounts } from '../../core/scoring/expected-amount.ts'
import { rankedParts } from '../../core/scoring/family-scores.ts'
import { distributionsOf, referenceStages } from '../../core/scoring/artifact/reference.ts'
import { applyTo } from '../../core/scoring/score-account.ts'
import type { StoredProfile } from '../../core/scoring/profile/stored-profile.ts'
import type { Instant } from '../../core/base/time.ts'
import { AppError } from '../../errors.ts'
import { readVocabulary } from '../../store/features/opportunity-histories.ts'
import { insertModelVersion } from '../../store/registry/models.ts'
import { insertProfile } from '../../store/training/profiles.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { inTransaction } from '../../store/database/transactions.ts'
import { makeProfile } from './customer-profile.ts'
import { learnPeople, type PeopleData } from './contact-data.ts'
import { type ModelExamples, readLearningData } from './learning-data.ts'
import type { ReferenceData } from './score-reference.ts'
import type { Progress } from './snapshot-pass.ts'
import type { TrainingData } from './training-data.ts'

/** The trained version, or the model that was refused and why. Too little data is an ordinary outcome, not an error. */
export type TrainOutcome =
  | {
      readonly kind: 'trained'
      readonly version: string
      readonly artifact: ModelArtifact
      readonly reports: readonly ModelReport[]
      /** Null without a win model. */
      readonly profile: StoredProfile | null
    }
  | { readonly kind: 'refused'; readonly model: ModelName; readonly failure: Exclude<TrainResult, Trained> }

/** Inspects what the models are about to learn from, in the snapshot it was read from. */
export type Inspect = (
  snapshot: Kysely<Database>,
  featureSet: FeatureSet,
  models: readonly ModelExamples[],
) => Promise<void>

export interface ModelReport {
  readonly model: ModelName
  readonly report: TrainReport
}

/**
 * Trains every model of a specification on all that was known before `asOf`, and stores the artifact as a version.
 * @throws AppError SpecificationInvalid when the specification names an unknown field, kind or topic
 */
export async function train(
  db: Kysely<Database>,
  specification: Specification,
  asOf: Instant,
  progress: Progress = () => undefined,
  inspect: Inspect = async () => undefined,
): Promise<TrainOutcome> {
  const outcome = await learn(db, specification, asOf, progress, inspect)
  if (outcome.kind === 'trained') {
    const { version, artifact, profile } = outcome
    await inTransaction(db, async (transaction) => {
      await insertModelVersion(transaction, version, artifact)
      if (profile) await insertProfile(transaction, version, profile)
    })
  }
  return outcome
}

/** As `train`, but stores nothing: for studies of the past. */
export async function learn(
  db: Kysely<Database>,
  specification: Specification,
  asOf: Instant,
  progress: Progress = () => undefined,
  inspect: Inspect = async () => undefined,
): Promise<TrainOutcome> {
  const featureSet = compileFeatures(specification.features)
  const read = await inSnapshot(db, async (snapshot) => {
    const vocabulary = await readVocabulary(snapshot)
    const unknown = [
      ...unknownNames(specification.features, vocabulary),
      ...unknownScoreNames(specification.scores, vocabulary),
    ]
    if (unknown.length > 0) throw new AppError('SpecificationInvalid', unknown.join('\n'))
    const data = await readLearningData(snapshot, featureSet, specification, asOf, progress)
    await inspect(snapshot, featureSet, data.models)
    return data
  })
  const { reference, people, customers } = read
  const leftOut = modelsWithoutEvidence(read.models.map(({ model, data }) => ({ specification: model, ...data })))
  const models = read.models.filter(({ model }) => leftOut.every((one) => one.model !== model.model))
  const fitted: Fitted[] = []
  for (const [index, { model, data: own }] of models.entries()) {
    progress('fit', index, models.length)
    const result = trainLogistic(own, trainingOptions(model))
    if (result.kind !== 'trained') return { kind: 'refused', model: model.model, failure: result }
    fitted.push({ model: model.model, trained: result, data: own })
  }
  progress('fit', models.length, models.length)
  const learned: ModelArtifact = {
    format: 'winrate-model/1',
    as_of: asOf,
    data_sha256: sha256Of([
      ...fitted.flatMap(({ model, data: own }) => canonicalRows(model, own.rows)),
      ...canonicalReference(reference),
      ...canonicalPeople(people),
    ]),
    specification_sha256: sha256Of([canonicalJson(specification)]),
    specification: { ...specification, models: models.map(({ model }) => model) },
    ...(leftOut.length > 0 && {
      left_out: leftOut.map(({ model, sentence }) => ({ model: model ?? '', because: sentence })),
    }),
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
  const artifact = { ...withReference(learned, fitted, reference), people: people && learnPeople(people) }
  const win = fitted.find((one) => one.model === 'win')
  const learnedFrom = win && { data: win.data, logistic: win.trained.model }
  return {
    kind: 'trained',
    version: versionOf(artifact),
    artifact,
    reports: fitted.map(({ model, trained }) => ({ model, report: trained.report })),
    profile: learnedFrom ? makeProfile(featureSet, learnedFrom, customers, asOf) : null,
  }
}

interface Fitted {
  readonly model: ModelName
  readonly trained: Trained
  readonly data: TrainingData
}

/** Adds the reference population, which is ranked by the trained models. */
function withReference(learned: ModelArtifact, fitted: readonly Fitted[], data: ReferenceData): ModelArtifact {
  const model = prepareArtifact(learned, '')
  const inMarket = fitted.find((one) => one.model === 'in_market')?.trained
  const parts = data.accounts.map(({ features }) =>
    rankedParts(model, { win: applyTo(model, 'win', features), inMarket: applyTo(model, 'in_market', features) }),
  )
  const { scores } = learned.specification
  return {
    ...learned,
    reference: {
      accounts: parts.length,
      parts: distributionsOf(parts),
      stages: inMarket ? referenceStages(inMarket.model, inMarket.report) : [],
    },
    amounts: scores ? expectedAmounts(data.deals, data.rates, scores.expected_amount) : null,
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

function canonicalReference({ accounts, deals, rates }: ReferenceData): readonly string[] {
  return [...accounts, ...deals, ...rates].map((fact) => canonicalJson(fact)).toSorted()
}

/** The people of each opportunity and of the reference accounts; the accounts themselves are in the rows already. */
function canonicalPeople(people: PeopleData | null): readonly string[] {
  if (!people) return []
  const examples = people.examples.map(({ account, openedAt, snapshot, linked }) => [
    account,
    openedAt,
    [...linked].toSorted(),
    snapshot.contacts.map(({ key: _key, ...contact }) => contact),
  ])
  const reference = people.reference.map(({ externalId, contacts }) => [externalId, contacts.length])
  return [...examples, ...reference].map((fact) => canonicalJson(fact)).toSorted()
}
