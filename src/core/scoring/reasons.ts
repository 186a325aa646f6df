import { describeFeature } from '../features/describe.ts'
import type { FeatureSet } from '../features/compile.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { LoadedModel } from './artifact/model-artifact.ts'
import type { Contribution, Reason } from './published-score.ts'
import type { Prediction } from './prediction.ts'
import { type TellingLevels, contributingLevels } from './contributing-levels.ts'

const OR = new Intl.ListFormat('en-GB', { type: 'disjunction' })
/** How many reasons a score carries. */
const OF_A_SCORE = { up: 4, down: 2 } as const
/** Reasons that move the probability less than this, in log-odds x (1 - p), are not worth a salesperson's time. */
const SMALLEST_REASON = 0.02

/** A model's answer with what each feature adds to it. */
export interface Explained {
  readonly answer: Prediction
  readonly contributions: readonly Contribution[]
}

export function explained(model: LoadedModel, answer: Prediction): Explained {
  return { answer, contributions: contributionsOf(model, answer) }
}

export function contributionsOf(model: LoadedModel, answer: Prediction): readonly Contribution[] {
  const { definitions } = namesOf(model)
  return answer.result.contributions.flatMap(({ feature, family, logOdds }) => {
    const definition = definitions.get(feature)
    if (!definition) return []
    const value = answer.values.get(feature) ?? null
    const shown = typeof value === 'object' && value !== null ? [...value] : value
    const sentence = Array.isArray(value)
      ? describeSet(definition, contributingLevels(answer.model, feature, value, logOdds), value)
      : describeFeature(definition, value)
    return [{ model: answer.name, feature, family, value: shown, log_odds: logOdds, sentence }]
  })
}

/** Of ten technologies the two that matter; where none does by itself, all of them. */
function describeSet(definition: PlainFeature, { has, lacks }: TellingLevels, value: readonly string[]): string {
  const spoken = (has.length > 0 ? has : value).map((level) => level.replaceAll('_', ' '))
  if (has.length > 0 || lacks.length === 0) return describeFeature(definition, spoken)
  return `No ${OR.format(lacks.map((level) => level.replaceAll('_', ' ')))} among the ${definition.noun[1]}`
}

/**
 * Across the models a contribution counts by what it does to the log of the qualified probability, to first order:
 * contribution x (1 - p). Nothing is named twice: a feature of both models, one thing counted over several windows,
 * or one kind of people known and engaged, is named once, where its contribution is larger.
 */
export function reasonsOf(
  model: LoadedModel,
  explained: readonly Explained[],
  room: Readonly<Record<Reason['direction'], number>> = OF_A_SCORE,
): Reason[] {
  const weighed = explained.flatMap(({ answer, contributions }) =>
    contributions.flatMap((contribution) => {
      const weight = contribution.log_odds * (1 - answer.result.probability)
      return Math.abs(weight) < SMALLEST_REASON ? [] : [{ contribution, weight }]
    }),
  )
  const ranked = weighed.toSorted(
    (one, other) =>
      Math.abs(other.weight) - Math.abs(one.weight) ||
      compareText(one.contribution.feature, other.contribution.feature) ||
      compareText(one.contribution.model, other.contribution.model),
  )
  const { subjects } = namesOf(model)
  const chosen: Reason[] = []
  for (const { contribution, weight } of ranked) {
    const direction = weight > 0 ? 'up' : 'down'
    const isNew = !chosen.some((reason) => subjects.get(reason.feature) === subjects.get(contribution.feature))
    const isFull = chosen.filter((reason) => reason.direction === direction).length >= room[direction]
    if (!isNew || isFull) continue
    const { model: modelName, family, feature, sentence } = contribution
    chosen.push({ direction, model: modelName, family, feature, sentence })
  }
  return chosen
}

interface Names {
  readonly definitions: ReadonlyMap<string, PlainFeature>
  readonly subjects: ReadonlyMap<string, string>
}

/** Computed once for a feature set, since every score needs them. */
const NAMES = new WeakMap<FeatureSet, Names>()

function namesOf({ featureSet }: LoadedModel): Names {
  const known = NAMES.get(featureSet)
  if (known) return known
  const all = featureSet.features.map(({ definition }) => definition)
  const names = {
    definitions: new Map(all.map((definition) => [definition.name, definition])),
    subjects: new Map(all.map((definition) => [definition.name, subjectOf(definition)])),
  }
  NAMES.set(featureSet, names)
  return names
}

/** What a feature speaks of: one noun, or one kind of people, whether they are known or engaged. */
function subjectOf(definition: PlainFeature): string {
  if ('by' in definition && definition.by) return JSON.stringify(definition.by)
  return `${definition.family} ${definition.noun[1]}`
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
