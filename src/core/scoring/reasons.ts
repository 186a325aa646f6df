import { describeFeature } from '../features/describe.ts'
import type { FeatureSet } from '../features/compile.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { FeatureValue } from '../features/types.ts'
import type { LoadedModel } from './artifact/model-artifact.ts'
import type { Contribution, Reason } from './published-score.ts'
import type { Prediction } from './prediction.ts'
import { assuredSize, certaintyOf, withCertainty } from './certainty.ts'
import { isAboveMean, isAbsence, reasonInWords } from './reason-words.ts'
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
  return answer.result.contributions.flatMap(({ feature, family, logOdds, ofValue }) => {
    const definition = definitions.get(feature)
    if (!definition) return []
    const value = answer.values.get(feature) ?? null
    const shown = typeof value === 'object' && value !== null ? [...value] : value
    return [
      {
        model: answer.name,
        feature,
        family,
        value: shown,
        log_odds: logOdds,
        value_log_odds: ofValue && ofValue.logOdds,
        standard_error: ofValue && ofValue.standardError,
        sentence: described(definition, value, tellingLevels(answer, feature)),
      },
    ]
  })
}

/** Of a set, the levels that make the part of its value what it is. */
export function tellingLevels(answer: Prediction, feature: string): TellingLevels | undefined {
  const value = answer.values.get(feature) ?? null
  if (!Array.isArray(value)) return undefined
  const ofValue = answer.result.contributions.find((one) => one.feature === feature)?.ofValue
  return contributingLevels(answer.model, feature, value, ofValue?.logOdds ?? 0)
}

/** Of ten technologies the two that matter; where none does by itself, all of them. */
function described(definition: PlainFeature, value: FeatureValue, telling: TellingLevels | undefined): string {
  if (!telling || !Array.isArray(value)) return describeFeature(definition, value)
  if (isLack(telling)) return `No ${OR.format(telling.lacks.map(spoken))} among the ${definition.noun[1]}`
  return describeFeature(definition, (telling.has.length > 0 ? telling.has : value).map(spoken))
}

function isLack({ has, lacks }: TellingLevels): boolean {
  return has.length === 0 && lacks.length > 0
}

function spoken(level: string): string {
  return level.replaceAll('_', ' ')
}

/**
 * A reason speaks for the value itself: for its part of the contribution, and not for the part that is due to being known at
 * all. Across the models it counts by what it does to the log of the qualified probability, to first order: part x (1 - p).
 * Told are parts of at least one standard error, ranked by size less one standard error, so by size and certainty.
 * That nothing happened never counts for an account.
 *
 * Nothing is named twice: a feature of both models, one thing counted over several windows, or one kind of people known and
 * engaged, is named once, where it ranks higher.
 */
export function reasonsOf(
  model: LoadedModel,
  explained: readonly Explained[],
  room: Readonly<Record<Reason['direction'], number>> = OF_A_SCORE,
): Reason[] {
  const ranked = explained
    .flatMap((one) => candidatesOf(model, one))
    .toSorted(
      (one, other) =>
        other.weight - one.weight ||
        compareText(one.reason.feature, other.reason.feature) ||
        compareText(one.reason.model, other.reason.model),
    )
  const { subjects } = namesOf(model)
  const chosen: Reason[] = []
  for (const { reason } of ranked) {
    const isNew = !chosen.some((other) => subjects.get(other.feature) === subjects.get(reason.feature))
    const isFull = chosen.filter(({ direction }) => direction === reason.direction).length >= room[reason.direction]
    if (isNew && !isFull) chosen.push(reason)
  }
  return chosen
}

interface Candidate {
  readonly reason: Reason
  readonly weight: number
}

function candidatesOf(model: LoadedModel, { answer, contributions }: Explained): readonly Candidate[] {
  const { definitions } = namesOf(model)
  const sureness = 1 - answer.result.probability
  return contributions.flatMap(({ feature, family, sentence, value_log_odds: logOdds, standard_error: error }) => {
    const [definition, value] = [definitions.get(feature), answer.values.get(feature) ?? null]
    if (!definition || value === null || logOdds === null || error === null) return []
    const part = { logOdds, standardError: error }
    const certainty = certaintyOf(part)
    const direction = logOdds > 0 ? 'up' : 'down'
    if (!certainty || Math.abs(logOdds) * sureness < SMALLEST_REASON) return []
    if (direction === 'up' && isAbsence(definition, value)) return []
    const telling = tellingLevels(answer, feature)
    const said = reasonInWords({
      definition,
      value,
      sentence,
      direction,
      model: answer.name,
      isAbove: isAboveMean(answer.model, feature, value),
      isLack: telling !== undefined && isLack(telling),
    })
    const reason: Reason = {
      direction,
      model: answer.name,
      family,
      feature,
      sentence: withCertainty(said, direction, certainty),
      log_odds: logOdds,
      standard_error: error,
      certainty,
    }
    return [{ reason, weight: assuredSize(part) * sureness }]
  })
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
