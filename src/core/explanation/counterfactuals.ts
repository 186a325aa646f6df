import type { Stage } from '../scoring/stages/stages.ts'
import type { AccountSnapshot } from '../features/snapshot.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { LoadedModel } from '../scoring/artifact/model-artifact.ts'
import { listed } from '../base/listed.ts'
import { actionInWords } from './action-words.ts'
import { applyActions } from './apply-actions.ts'
import { type Threshold, type ThresholdFor, isOver, type Standing, standingInWords, standingOf } from './threshold.ts'
import { type ActionGroup, actionGroups } from './buyer-actions.ts'
import { percent } from '../base/percent.ts'
import type { BuyerAction, Counterfactual, Counterfactuals } from './published-explanation.ts'

const MOST_FOUND = 5
/** The number of single actions with the largest effect that are combined to pairs. */
const GROUPS_PAIRED = 8

/** The state of the account besides its facts. */
interface Asked {
  /** Whether an opportunity is open: then there are no counterfactuals. */
  readonly open: boolean
  /** The present buying stage. */
  readonly stage: Stage | null
}

/**
 * The smallest changes in buyer activity with which the account would reach the threshold. Each candidate is applied to the
 * *facts* and the account is scored again, so that all features follow: a visit by a new person is also an engaged person.
 * Single actions in increasing amounts first, then pairs.
 *
 * @param thresholdFor what such an account needs to be listed, and what keeps it off the list
 */
export function findCounterfactuals(
  loaded: LoadedModel,
  snapshot: AccountSnapshot,
  { threshold, excludedBy }: ThresholdFor,
  { open, stage }: Asked,
): Counterfactuals {
  const now = open ? null : standingOf(loaded, snapshot, stage)
  const said = {
    threshold: threshold.enter,
    minimum_stage: threshold.minimumStage,
    minimum_evidence: threshold.minimumEvidence,
  }
  const none = { ...said, found: [], best: null }
  if (now === null) return { ...none, status: 'not_scored', sentence: open ? OPEN : NOT_SCORED }
  if (excludedBy !== null) return { ...none, status: 'excluded', sentence: `${EXCLUDED}: ${excludedBy}.` }
  const place = `${percent(now.probability)}, ${standingInWords(now, threshold)}`
  if (isOver(now, threshold))
    return { ...none, status: 'at_the_threshold', sentence: `The account stands at ${place}.` }
  const definitions = loaded.featureSet.features.map(({ definition }) => definition)
  const tried = search(loaded, snapshot, { threshold, stage }, actionGroups(definitions, snapshot))
  const told = (one: Tried) => inWords(snapshot, one, threshold, definitions)
  const reaching = tried.filter(({ standing }) => isOver(standing, threshold)).toSorted(smallestFirst)
  if (reaching.length > 0) {
    const found = withoutEquals(reaching).slice(0, MOST_FOUND).map(told)
    return { ...said, status: 'found', sentence: ASSOCIATION, found, best: null }
  }
  const [best] = tried.filter(({ standing }) => standing.probability > now.probability).toSorted(highestFirst)
  const sentence = `The account stands at ${place}. No single buyer action and no pair of actions changes that.`
  return { ...said, status: 'none_found', sentence, found: [], best: best ? told(best) : null }
}

const OPEN = 'An opportunity is open, so there is no qualified probability.'
const EXCLUDED = 'The policy keeps the account off the list, whatever buyers do'
const NOT_SCORED =
  'The champion lacks one of the two models, so there is no qualified probability to compare with the threshold.'
const ASSOCIATION =
  'According to the model, accounts with these facts reach the threshold. This is an association, not a cause: it does not say that bringing it about would make them buy.'

interface Tried {
  readonly actions: readonly BuyerAction[]
  readonly standing: Standing
}

/** Of each action the smallest amount that reaches the threshold, else the largest; the same for pairs of actions that do not reach it alone. */
function search(
  loaded: LoadedModel,
  snapshot: AccountSnapshot,
  { threshold, stage }: Pick<Asked, 'stage'> & { readonly threshold: Threshold },
  groups: readonly ActionGroup[],
) {
  const score = (actions: readonly BuyerAction[]): readonly Tried[] => {
    const standing = standingOf(loaded, applyActions(snapshot, actions), stage)
    return standing ? [{ actions, standing }] : []
  }
  const reaches = ({ standing }: Tried) => isOver(standing, threshold)
  const singles = groups.flatMap((group) => {
    const tried = group.flatMap((action) => score([action]))
    const best = tried.find(reaches) ?? tried.toSorted(highestFirst)[0]
    return best ? [{ group, best }] : []
  })
  const found = singles.map(({ best }) => best)
  if (found.filter(reaches).length >= MOST_FOUND) return found
  const insufficient = singles
    .filter(({ best }) => !reaches(best))
    .toSorted((one, other) => highestFirst(one.best, other.best))
    .slice(0, GROUPS_PAIRED)
  insufficient.forEach(({ group: first, best: one }, index) => {
    for (const { group: second, best: other } of insufficient.slice(index + 1)) {
      const most = score([...one.actions, ...other.actions])
      if (!most.some(reaches)) {
        found.push(...most)
        continue
      }
      const rising = first
        .flatMap((action) => second.map((more) => [action, more]))
        .toSorted((some, others) => sizeOf(some) - sizeOf(others))
      for (const actions of rising) {
        const smaller = score(actions).find(reaches)
        if (!smaller) continue
        found.push(smaller)
        break
      }
    }
  })
  return found
}

/** How much would have to happen: an event counts 1, a new person 2, research 2 to 3 by its strength, each further thing 1. */
function sizeOf(actions: readonly BuyerAction[]): number {
  const sizes = actions.map((action) => {
    if (action.kind === 'activity') return action.count
    return action.kind === 'person_engages' ? 2 : 1 + action.strength / 50
  })
  return sizes.reduce((sum, size) => sum + size, actions.length - 1)
}

function smallestFirst(one: Tried, other: Tried): number {
  return sizeOf(one.actions) - sizeOf(other.actions) || highestFirst(one, other)
}

function highestFirst(one: Tried, other: Tried): number {
  return (
    other.standing.probability - one.standing.probability ||
    (JSON.stringify(one.actions) < JSON.stringify(other.actions) ? -1 : 1)
  )
}

/** Kinds that no feature distinguishes (a download, a form) are equivalent: the first represents all. */
function withoutEquals(sorted: readonly Tried[]): readonly Tried[] {
  const key = ({ actions, standing }: Tried) => `${sizeOf(actions)} ${standing.probability}`
  return [...new Map(sorted.toReversed().map((one) => [key(one), one])).values()].toReversed()
}

function inWords(
  snapshot: AccountSnapshot,
  { actions, standing }: Tried,
  threshold: Threshold,
  definitions: readonly PlainFeature[],
): Counterfactual {
  const what = listed(actions.map((action) => actionInWords(action, definitions, snapshot)))
  const { probability, stage } = standing
  const sentence = `With ${what}, accounts like this one stand at ${percent(probability)}, ${standingInWords(standing, threshold)}.`
  return { actions: [...actions], qualified_probability: probability, buying_stage: stage, sentence }
}
