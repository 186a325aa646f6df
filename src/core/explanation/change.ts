import type { AccountSnapshot } from '../features/snapshot.ts'
import type { FeatureValue } from '../features/types.ts'
import type { Contribution } from '../training/logistic/logistic-model.ts'
import type { LoadedModel, ModelName } from '../scoring/artifact/model-artifact.ts'
import { answersOf } from '../scoring/score-account.ts'
import type { Prediction } from '../scoring/prediction.ts'
import { dayOf, type Instant } from '../base/time.ts'
import { ageSnapshot } from './age-snapshot.ts'
import {
  changeInWords,
  type Definitions,
  differenceInWords,
  interceptInWords,
  notComparable,
  overallChange,
  reweighedInWords,
} from './change-words.ts'
import { type Change, CHANGE_CAUSES, type ChangePart, type ModelChange } from './published-explanation.ts'

/** One account at one instant, as one version asks for it. */
export interface Standpoint {
  readonly loaded: LoadedModel
  readonly snapshot: AccountSnapshot
  /** As of the opening of its open opportunity, if it has one. */
  readonly opened: { readonly snapshot: AccountSnapshot } | null
}

export interface ChangeRequest {
  /** With the version that was in use then. */
  readonly before: Standpoint
  /** The present facts, as the earlier version asks for them. */
  readonly nowByEarlierVersion: Standpoint
  readonly now: Standpoint
}

/**
 * Why the models say something else now. The change of each model's log-odds is walked in three steps, one thing at a time:
 *
 *     the earlier version, the facts of then, seen then
 *       time       the same facts, seen now: ages, windows, decay
 *       new_facts  all that is on record now, seen now: what became known since, was corrected, taken back, merged
 *       version    the same facts and ages, by the present version
 *
 * In this order because time passes by itself: a new fact is weighed beside what is left of the old ones. A version is our
 * doing and not the buyer's, so it comes last and is measured on the present facts. Features do not act on one another:
 * another order could only move parts between the causes within one feature.
 *
 * Whether an open opportunity will be won is asked as of its opening, where no time passes.
 */
export function explainChange({ before: then, nowByEarlierVersion, now }: ChangeRequest): Change {
  const aged = seenLater(then, nowByEarlierVersion)
  const steps: Steps = [answersBy(then), answersBy(aged), answersBy(nowByEarlierVersion), answersBy(now)]
  const definitions = [definitionsOf(then.loaded), definitionsOf(now.loaded)] as const
  const names = new Set([...steps[0].keys(), ...steps[3].keys()])
  return {
    since: then.snapshot.asOf,
    version_then: then.loaded.version,
    qualified_probability_then: qualifiedOf(steps[0]),
    known_then: true,
    sentence: overallChange(then.snapshot.asOf, qualifiedOf(steps[0]), qualifiedOf(steps[3])),
    models: [...names].map((name) => changeOf(name, steps, definitions, now.opened !== null)),
  }
}

/** There is nothing to compare with. */
export function unknownThen(since: Instant, version: string): Change {
  return {
    since,
    version_then: version,
    qualified_probability_then: null,
    known_then: false,
    sentence: `Nobody knew of this account on ${dayOf(since)}: all of its score has come about since.`,
    models: [],
  }
}

/** The facts of then, seen now. An opportunity's opening is seen from where it was seen before. */
function seenLater(then: Standpoint, now: Standpoint): Standpoint {
  const later = (snapshot: AccountSnapshot) => ageSnapshot(snapshot, now.snapshot.asOf, then.loaded.featureSet.lookback)
  if (!then.opened && !now.opened) return { ...then, snapshot: later(then.snapshot) }
  // Of an account first heard of through its opportunity there is no view as of the opening: it is seen as of the day.
  const isByTheDay = (one: Standpoint) => one.opened?.snapshot.asOf === one.snapshot.asOf
  if (!then.opened || !isByTheDay(then) || !isByTheDay(now)) return then
  return { ...then, opened: { snapshot: later(then.opened.snapshot) } }
}

type Answers = ReadonlyMap<ModelName, Prediction>
/** Then; then, seen now; now, by the earlier version; now. `CHANGE_CAUSES` lead from one to the next. */
type Steps = readonly [Answers, Answers, Answers, Answers]

function changeOf(
  name: ModelName,
  steps: Steps,
  definitions: readonly [Definitions, Definitions],
  hasOpen: boolean,
): ModelChange {
  const answers = steps.flatMap((step) => step.get(name) ?? [])
  const [first, last] = [steps[0].get(name), steps[3].get(name)]
  const ends = { model: name, from: endpointOf(first), to: endpointOf(last) }
  if (answers.length < steps.length || !first || !last) {
    return { ...ends, causes: null, sentence: notComparable(first !== undefined, name, hasOpen), parts: [] }
  }
  const causes = { time: 0, new_facts: 0, version: 0 }
  const parts: ChangePart[] = []
  CHANGE_CAUSES.forEach((cause, step) => {
    const [before, after] = answers.slice(step, step + 2)
    if (!before || !after) return
    causes[cause] = after.result.logOdds - before.result.logOdds
    parts.push(...partsOf(cause, before, after, definitions))
  })
  return {
    ...ends,
    causes,
    sentence: changeInWords(name, first.result.probability, last.result.probability, causes),
    parts: parts.toSorted((one, other) => Math.abs(other.log_odds) - Math.abs(one.log_odds)),
  }
}

function partsOf(
  cause: ChangePart['cause'],
  before: Prediction,
  after: Prediction,
  [earlier, later]: readonly [Definitions, Definitions],
): readonly ChangePart[] {
  const [were, are] = [contributionsOf(before), contributionsOf(after)]
  const parts = [...new Set([...were.keys(), ...are.keys()])].flatMap((feature): readonly ChangePart[] => {
    const [was, is] = [were.get(feature), are.get(feature)]
    const logOdds = (is?.logOdds ?? 0) - (was?.logOdds ?? 0)
    if (logOdds === 0) return []
    const [from, to] = [before.values.get(feature) ?? null, after.values.get(feature) ?? null]
    const own = [was && earlier.get(feature), is && later.get(feature)] as const
    const sentence =
      cause === 'version' ? reweighedInWords(own, from, to, logOdds) : differenceInWords(earlier.get(feature), from, to)
    const family = (is ?? was)?.family ?? null
    return [{ cause, feature, family, from: plain(from), to: plain(to), log_odds: logOdds, sentence }]
  })
  const shift = after.result.intercept - before.result.intercept
  if (shift === 0) return parts
  const sentence = interceptInWords(cause, shift)
  return [...parts, { cause, feature: null, family: null, from: null, to: null, log_odds: shift, sentence }]
}

function answersBy({ loaded, snapshot, opened }: Standpoint): Answers {
  return new Map(answersOf(loaded, snapshot, opened).map((answer) => [answer.name, answer]))
}

function definitionsOf({ featureSet }: LoadedModel): Definitions {
  return new Map(featureSet.features.map(({ definition }) => [definition.name, definition]))
}

function contributionsOf({ result }: Prediction): ReadonlyMap<string, Contribution> {
  return new Map(result.contributions.map((contribution) => [contribution.feature, contribution]))
}

function endpointOf(answer: Prediction | undefined): ModelChange['from'] {
  return answer ? { probability: answer.result.probability, log_odds: answer.result.logOdds } : null
}

function qualifiedOf(answers: Answers): number | null {
  const [inMarket, win] = [answers.get('in_market'), answers.get('win')]
  return inMarket && win ? inMarket.result.probability * win.result.probability : null
}

function plain(value: FeatureValue): ChangePart['from'] {
  return typeof value === 'object' && value !== null ? [...value] : value
}
