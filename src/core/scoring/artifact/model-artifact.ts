import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ModelSpecification } from '../../training/cohorts/model-specification.ts'
import { Typical } from './typical-values.ts'
import { type FeatureSet, compileFeatures } from '../../features/compile.ts'
import { FeatureSpecification } from '../../features/specification.ts'
import { type CompiledModel, compileModel, LogisticModel } from '../../training/logistic/logistic-model.ts'
import { PeopleModel } from '../people/people-model.ts'
import { PeopleSpecification } from '../people/people-specification.ts'
import type { VersionPolicy } from './version-policy.ts'
import { ExpectedAmounts } from '../expected-amount.ts'
import { MODEL_NAMES } from '../published-score.ts'
import { Reference } from './reference.ts'
import { ScoreSpecification } from './score-specification.ts'

export type ModelName = (typeof MODEL_NAMES)[number]

/** What is to be learned: the features, and one specification per model. A company may train only some of the three. */
export const Specification = z.strictObject({
  features: FeatureSpecification,
  models: z.array(ModelSpecification).min(1),
  scores: ScoreSpecification.optional(),
  people: PeopleSpecification.optional(),
  /** The column by which the history that was learned from is ordered; absent where it has days. */
  ordered_by: z.string().optional(),
})
export type Specification = z.infer<typeof Specification>

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** A model version: everything one training run made, as plain JSON. The same data, specification and seed give the same bytes. */
export const ModelArtifact = z.strictObject({
  format: z.literal('winrate-model/1'),
  as_of: z.string(),
  data_sha256: sha256,
  specification_sha256: sha256,
  specification: Specification,
  /** Models that were to be learned too, and what they lack. Absent where there is none. */
  left_out: z.array(z.strictObject({ model: z.string(), because: z.string() })).optional(),
  cohorts: z.array(
    z.strictObject({
      model: z.enum(MODEL_NAMES),
      rows: z.number().int(),
      won: z.number().int(),
      accounts: z.number().int(),
      excluded: z.record(z.string(), z.number().int()),
    }),
  ),
  models: z.array(z.strictObject({ model: z.enum(MODEL_NAMES), logistic: LogisticModel })),
  /** The typical values that an explanation compares with; older versions have none. */
  typical: z.array(z.strictObject({ model: z.enum(MODEL_NAMES), features: z.array(Typical) })).optional(),
  /** The population that scores are ranked in, and the amounts of won deals; older versions have neither. */
  reference: Reference.optional(),
  amounts: ExpectedAmounts.nullable().optional(),
  /** Who matters at an account; null where the specification says nothing of people. */
  people: PeopleModel.nullable().optional(),
})
export type ModelArtifact = z.infer<typeof ModelArtifact>

/** An artifact prepared for scoring. */
export interface LoadedModel {
  readonly version: string
  readonly artifact: ModelArtifact
  readonly featureSet: FeatureSet
  readonly models: ReadonlyMap<ModelName, ReadyModel>
  /** The policy that the newest backtest of the version chose; null when there was no backtest. */
  readonly policy: VersionPolicy | null
}

export interface ReadyModel {
  readonly compiled: CompiledModel
  /** Which features of the set the model reads, in its own order. */
  readonly featureIndexes: readonly number[]
}

/** The version's name follows from its content, so training again on the same data gives the same version. */
export function versionOf(artifact: ModelArtifact): string {
  return `m-${createHash('sha256').update(JSON.stringify(artifact)).digest('hex').slice(0, 16)}`
}

export function prepareArtifact(
  artifact: ModelArtifact,
  version: string,
  policy: VersionPolicy | null = null,
): LoadedModel {
  const featureSet = seeingDeclaredIntent(compileFeatures(artifact.specification.features), artifact.specification)
  const models = new Map<ModelName, ReadyModel>()
  for (const { model, logistic } of artifact.models) {
    const specification = artifact.specification.models.find((candidate) => candidate.model === model)
    if (!specification) throw new RangeError(`artifact ${version} has a model "${model}" but no specification of it`)
    models.set(model, { compiled: compileModel(logistic), featureIndexes: featuresOf(featureSet, specification) })
  }
  return { version, artifact, featureSet, models, policy }
}

/** Declared intent is shown for a number of days that may exceed the lookback of every feature. */
function seeingDeclaredIntent(set: FeatureSet, { scores }: Specification): FeatureSet {
  const activityDays = Math.max(set.lookback.activityDays, scores?.declared_intent.within_days ?? 0)
  return { ...set, lookback: { ...set.lookback, activityDays } }
}

/** Indexes into the feature set of what a model reads: its families, less what it excludes. */
export function featuresOf(set: FeatureSet, specification: ModelSpecification): readonly number[] {
  const indexes: number[] = []
  set.columns.forEach((column, index) => {
    const named = specification.families.includes(column.family) && !specification.exclude.includes(column.name)
    if (named) indexes.push(index)
  })
  return indexes
}
