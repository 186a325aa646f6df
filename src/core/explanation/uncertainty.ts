import { describeFeature, describeUnknown } from '../features/describe.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { FeatureValue } from '../features/types.ts'
import type { EncodedFeature, Encoder } from '../training/logistic/encoder/encoder.ts'
import { applyModel } from '../training/logistic/logistic-model.ts'
import type { LoadedModel } from '../scoring/artifact/model-artifact.ts'
import type { PublishedScore } from '../scoring/published-score.ts'
import type { Prediction } from '../scoring/prediction.ts'
import { percent } from '../base/percent.ts'
import type { Uncertainty } from './published-explanation.ts'

const MOST_NAMED = 5
/** Smaller reductions of the interval are left out. */
const SMALLEST_SHARE = 0.01

type Said = Pick<PublishedScore, 'evidence' | 'evidence_gaps' | 'qualified_interval' | 'win_interval'>

/**
 * The uncertainty of the score and what would reduce it. For each feature that is unknown or has a value unseen in training, the
 * interval is computed again with an ordinary value, in every model that uses it; the difference is the reduction. It does not
 * predict how the probability would change.
 */
export function explainUncertainty(loaded: LoadedModel, answers: readonly Prediction[], score: Said): Uncertainty {
  const now = standardErrorOf(
    answers,
    answers.map((answer) => answer.result.standardError),
  )
  const narrowed = doubtsOf(loaded, answers).flatMap(({ definition, value, because }) => {
    const without = standardErrorOf(
      answers,
      answers.map((answer) => standardErrorKnowing(loaded, answer, definition.name)),
    )
    const narrowerBy = 1 - without / now
    if (!(narrowerBy >= SMALLEST_SHARE)) return []
    const sentence =
      because === 'unknown'
        ? `${describeUnknown(definition)}. If we did, the range would be about ${percent(narrowerBy)} narrower.`
        : `${describeFeature(definition, value)}. The training data has no such value; with a common value the range would be about ${percent(narrowerBy)} narrower.`
    return [{ feature: definition.name, because, narrower_by: narrowerBy, sentence }]
  })
  return {
    sentence: [RELIANCE[score.evidence], ...score.evidence_gaps.map(asSentence), ...rangeInWords(score)].join(' '),
    narrowed_by: narrowed
      .toSorted((one, other) => other.narrower_by - one.narrower_by || (one.feature < other.feature ? -1 : 1))
      .slice(0, MOST_NAMED),
  }
}

const RELIANCE = {
  high: 'Nearly all that the model asks for is known of this account.',
  medium: 'Some of what the model asks for is not known of this account.',
  low: 'Little is known of this account: take the figures as a rough idea.',
} as const

function rangeInWords({ qualified_interval: qualified, win_interval: win }: Said): readonly string[] {
  const range = qualified ?? win
  if (!range) return []
  const what = qualified ? 'that an opportunity opens and is won' : 'of winning'
  return [`With 90% confidence the chance ${what} lies between ${percent(range.low)} and ${percent(range.high)}.`]
}

function asSentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

interface Doubt {
  readonly definition: PlainFeature
  readonly value: FeatureValue
  readonly because: 'unknown' | 'unseen'
}

function doubtsOf(loaded: LoadedModel, answers: readonly Prediction[]): readonly Doubt[] {
  const unseen = new Set(answers.flatMap((answer) => answer.result.unseen))
  return loaded.featureSet.features.flatMap(({ definition }): readonly Doubt[] => {
    const read = answers.filter((answer) => answer.values.has(definition.name))
    const value = read[0]?.values.get(definition.name) ?? null
    if (read.length === 0) return []
    if (value === null) return [{ definition, value, because: 'unknown' }]
    return unseen.has(definition.name) ? [{ definition, value, because: 'unseen' }] : []
  })
}

/** Of the log of the qualified probability, by the delta method: the models' errors are taken as independent. */
function standardErrorOf(answers: readonly Prediction[], errors: readonly number[]): number {
  const squares = errors.map((error, index) => ((1 - (answers[index]?.result.probability ?? 0)) * error) ** 2)
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0))
}

/** Of one model's log-odds, had the feature an ordinary value. */
function standardErrorKnowing(loaded: LoadedModel, answer: Prediction, feature: string): number {
  const ready = loaded.models.get(answer.name)
  if (!ready || !answer.values.has(feature)) return answer.result.standardError
  const { features } = ready.compiled.model.encoder
  const values = features.map((encoded) =>
    encoded.name === feature
      ? ordinaryValue(ready.compiled.model.encoder, encoded)
      : (answer.values.get(encoded.name) ?? null),
  )
  return applyModel(ready.compiled, values).standardError
}

/** The mean of a number, the commonest level of a category, the levels that most have of a set. */
function ordinaryValue(encoder: Encoder, feature: EncodedFeature): FeatureValue {
  if (feature.kind === 'number') {
    const mean = feature.mean ?? 0
    return feature.transform === 'none' ? mean : Math.sign(mean) * Math.expm1(Math.abs(mean))
  }
  const levels = encoder.columns.filter((column) => column.feature === feature.name && column.level !== null)
  if (feature.kind === 'set') return levels.filter(({ mean }) => mean > 0.5).map(({ level }) => level ?? '')
  const commonest = levels.toSorted((one, other) => other.mean - one.mean)[0]
  return commonest?.level ?? null
}
