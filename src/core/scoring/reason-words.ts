import { saysNothing } from '../features/nothing.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { FeatureValue } from '../features/types.ts'
import { transformNumber } from '../training/logistic/encoder/encoder.ts'
import type { LogisticModel } from '../training/logistic/logistic-model.ts'
import type { ModelName } from './artifact/model-artifact.ts'

/** Whose mean a value is measured against. */
const USUAL_FOR: Readonly<Record<ModelName, string>> = {
  in_market: 'all accounts',
  win: 'accounts with a deal',
  win_open: 'accounts with a deal',
}

interface Told {
  readonly definition: PlainFeature
  readonly value: Exclude<FeatureValue, null>
  readonly sentence: string
  readonly direction: 'up' | 'down'
  readonly model: ModelName
  /** Whether the value lies above the mean of the examples where it is known; null where that has no meaning. */
  readonly isAbove: boolean | null
  /** The sentence says what the account lacks. */
  readonly isLack: boolean
}

/**
 * A sentence that reads the other way than it counts says what it is measured against: a minus that reads like praise
 * ("2 won deals in the last 2 years: fewer than usual for accounts with a deal"), a plus that reads like blame.
 */
export function reasonInWords(told: Told): string {
  const against = measuredAgainst(told)
  if (against === null) return told.sentence
  return `${told.sentence}${told.sentence.includes(': ') ? ',' : ':'} ${against}`
}

function measuredAgainst({ definition, value, direction, model, isAbove, isLack }: Told): string | null {
  // A rate of 0 is no absence: it equals the account's usual one.
  const isRate = definition.measure === 'trend' || definition.measure === 'intent_surge'
  if (isLack || (!isRate && isAbsence(definition, value))) return null
  if (typeof value !== 'number') return direction === 'down' ? 'less favourable than usual' : null
  if ('at_most' in definition && definition.at_most === 1)
    return direction === 'down' ? 'less favourable than none' : null
  if (isAbove === null) return null
  const [more, less, reads] = COMPARED[definition.measure] ?? HIGHER
  const readsAsPlus = (reads === 'more_is_plus') === isAbove
  if (direction === 'up' && readsAsPlus) return null
  return `${isAbove ? more : less} than usual for ${USUAL_FOR[model]}`
}

type Comparison = readonly [more: string, less: string, reads: 'more_is_plus' | 'less_is_plus']
const MORE: Comparison = ['more', 'fewer', 'more_is_plus']
const HIGHER: Comparison = ['higher', 'lower', 'more_is_plus']
const COMPARED: Partial<Record<PlainFeature['measure'], Comparison>> = {
  people_known: MORE,
  roles_known: MORE,
  count: MORE,
  decayed_count: MORE,
  people_engaged: MORE,
  roles_engaged: MORE,
  surging_topics: MORE,
  days_since_last: ['longer ago', 'more recent', 'less_is_plus'],
}

/** "0 activities" in any wording, which never counts for an account. A decayed count below 0.05 is printed as 0. */
export function isAbsence(definition: PlainFeature, value: Exclude<FeatureValue, null>): boolean {
  const printsAsZero = definition.measure === 'decayed_count' || definition.measure === 'intent_strength'
  return saysNothing(definition, printsAsZero && Number(value) < 0.05 ? 0 : value)
}

export function isAboveMean({ encoder }: LogisticModel, feature: string, value: FeatureValue): boolean | null {
  const encoded = encoder.features.find(({ name }) => name === feature)
  if (typeof value !== 'number' || !encoded || encoded.mean === null) return null
  return transformNumber(value, encoded.transform) > encoded.mean
}
