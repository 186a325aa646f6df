import { shortValue } from '../features/describe.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { FeatureValue } from '../features/types.ts'
import type { MODEL_NAMES } from '../scoring/published-score.ts'
import type { TellingLevels } from '../scoring/contributing-levels.ts'
import type { Typical, TypicalValues } from '../scoring/artifact/typical-values.ts'
import { percent } from '../base/percent.ts'

type ModelName = (typeof MODEL_NAMES)[number]

/** The groups that an account is compared with, by model. */
const WHOM = {
  in_market: {
    typicalPositive: 'typical before an opportunity opens',
    typicalOfAll: 'typical of all accounts',
    positives: 'accounts about to open an opportunity',
    all: 'of all',
  },
  win: {
    typicalPositive: 'typical won account',
    typicalOfAll: 'typical of all deals',
    positives: 'won accounts',
    all: 'of all with a deal',
  },
  win_open: {
    typicalPositive: 'typical won account',
    typicalOfAll: 'typical of all deals',
    positives: 'won accounts',
    all: 'of all with a deal',
  },
} as const satisfies Record<ModelName, object>

/** The most levels of a set that are named. */
const LEVELS_SHOWN = 2

/**
 * The typical values to compare with: "typical won account: 3; typical of all deals: 1". Null if training has none.
 *
 * @param telling of a set, the levels that make its contribution what it is
 */
export function comparisonFor(
  definition: PlainFeature,
  value: FeatureValue,
  model: ModelName,
  typical: Typical | undefined,
  telling?: TellingLevels,
): string | null {
  if (!typical) return null
  const { positives, all } = typical
  const whom = WHOM[model]
  if (value === null) return positives.known > 0 ? `known of ${percent(positives.known)} of ${whom.positives}` : null
  if (positives.levels && all.levels) return levelsBeside(value, telling, positives.levels, all.levels, whom)
  if (isRare(definition, positives, all)) {
    return `${percent(positives.some ?? 0)} of ${whom.positives} had any, ${percent(all.some ?? 0)} ${whom.all}`
  }
  if (positives.median === null || all.median === null) return null
  const [ofPositives, ofAll] = [shortValue(definition, positives.median), shortValue(definition, all.median)]
  const beside = ofAll === ofPositives ? ', as of all' : `; ${whom.typicalOfAll}: ${ofAll}`
  return `${whom.typicalPositive}: ${ofPositives}${beside}`
}

/** Where most have none, a median of 0 says nothing: the share that has any does. A rate of 0 is not "none". */
function isRare(definition: PlainFeature, positives: TypicalValues, all: TypicalValues): boolean {
  if (positives.some === null || all.some === null) return false
  if (['attribute', 'trend', 'intent_surge', 'days_since_last'].includes(definition.measure)) return false
  if ('at_most' in definition && definition.at_most === 1) return true
  return positives.median === 0 && all.median === 0
}

/** How common the level is, or those of a set that the sentence beside it names. */
function levelsBeside(
  value: FeatureValue,
  telling: TellingLevels | undefined,
  positives: Readonly<Record<string, number>>,
  all: Readonly<Record<string, number>>,
  whom: (typeof WHOM)[ModelName],
): string | null {
  const named = telling && telling.has.length > 0 ? telling.has : (telling?.lacks ?? [])
  const levels = typeof value === 'string' ? [value] : named
  const learned = levels.filter((level) => Object.hasOwn(positives, level)).slice(0, LEVELS_SHOWN)
  if (learned.length === 0) return typeof value === 'string' ? 'too rare to have learned from' : null
  return learned
    .map((level) => {
      const name = levels.length === 1 ? '' : `${level.replaceAll('_', ' ')}: `
      return `${name}${percent(positives[level] ?? 0)} of ${whom.positives}, ${percent(all[level] ?? 0)} ${whom.all}`
    })
    .join('; ')
}
