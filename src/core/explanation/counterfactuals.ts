import type { AccountSnapshot } from '../features/snapshot.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { LoadedModel } from '../scoring/bundle.ts'
import { answersOf } from '../scoring/score-account.ts'
import { actionInWords, listed } from './action-words.ts'
import { applyActions } from './apply-actions.ts'
import { type ActionGroup, actionGroups } from './buyer-actions.ts'
import { percent } from './comparison.ts'
import type { BuyerAction, Counterfactual, Counterfactuals } from './published-explanation.ts'

const MOST_FOUND = 5
/** Pairs are tried among the things that alone move the probability most. */
const GROUPS_PAIRED = 8

/**
 * The smallest changes in what buyers do with which the account would reach the bar. Each candidate is applied to the
 * *facts* and the account scored again, so that all features follow: a visit by somebody new is also a person engaged.
 * One thing in rising amounts first, then two things at once.
 *
 * @param bar the qualified probability at or above which an account is listed
 * @param open whether an opportunity is open: then nobody asks whether one will open
 */
export function findCounterfactuals(
  loaded: LoadedModel,
  snapshot: AccountSnapshot,
  bar: number,
  open: boolean,
): Counterfactuals {
  const now = open ? null : qualifiedProbability(loaded, snapshot)
  const none = { bar, found: [], best: null }
  if (now === null) return { ...none, status: 'not_scored', sentence: open ? OPEN : NOT_SCORED }
  if (now >= bar) {
    const sentence = `At ${percent(now)} the account is at or over the bar of ${percent(bar)} already.`
    return { ...none, status: 'at_the_bar', sentence }
  }
  const definitions = loaded.featureSet.features.map(({ definition }) => definition)
  const tried = search(loaded, snapshot, bar, actionGroups(definitions, snapshot))
  const told = ({ actions, probability }: Tried) => inWords(snapshot, actions, probability, bar, definitions)
  const reaching = tried.filter(({ probability }) => probability >= bar).toSorted(smallestFirst)
  if (reaching.length > 0) {
    const found = withoutEquals(reaching).slice(0, MOST_FOUND).map(told)
    return { bar, status: 'found', sentence: ASSOCIATION, found, best: null }
  }
  const [best] = tried.filter(({ probability }) => probability > now).toSorted(highestFirst)
  const sentence = `Nothing that a buyer might do, alone or two things together, brings the account from ${percent(now)} to the bar of ${percent(bar)}.`
  return { bar, status: 'none_found', sentence, found: [], best: best ? told(best) : null }
}

const OPEN = 'An opportunity is open: whether one will open is not asked.'
const NOT_SCORED =
  'The version in use does not answer both questions, so there is no probability to hold against the bar.'
const ASSOCIATION =
  'By what the model has learned, accounts that look so reach the bar. That is an association: it does not say that bringing it about would make them buy.'

interface Tried {
  readonly actions: readonly BuyerAction[]
  readonly probability: number
}

/** Of each thing the smallest amount that reaches the bar, else the largest; the same of pairs of things that alone do not. */
function search(loaded: LoadedModel, snapshot: AccountSnapshot, bar: number, groups: readonly ActionGroup[]) {
  const score = (actions: readonly BuyerAction[]): Tried => ({
    actions,
    probability: qualifiedProbability(loaded, applyActions(snapshot, actions)) ?? 0,
  })
  const singles = groups.map((group) => {
    const tried = group.map((action) => score([action]))
    return { group, best: tried.find(({ probability }) => probability >= bar) ?? tried.toSorted(highestFirst)[0] }
  })
  const found = singles.flatMap(({ best }) => best ?? [])
  if (found.filter(({ probability }) => probability >= bar).length >= MOST_FOUND) return found
  const insufficient = singles
    .flatMap(({ group, best }) => (best && best.probability < bar ? [{ group, best }] : []))
    .toSorted((one, other) => highestFirst(one.best, other.best))
    .slice(0, GROUPS_PAIRED)
  insufficient.forEach(({ group: first, best: one }, index) => {
    for (const { group: second, best: other } of insufficient.slice(index + 1)) {
      const most = score([...one.actions, ...other.actions])
      found.push(most)
      if (most.probability < bar) continue
      const amounts = first.flatMap((action) => second.map((more) => [action, more]))
      const rising = amounts.toSorted((some, others) => sizeOf(some) - sizeOf(others))
      for (const actions of rising) {
        const smaller = score(actions)
        if (smaller.probability < bar) continue
        found[found.length - 1] = smaller
        break
      }
    }
  })
  return found
}

/** Of the account by both models; null where the version lacks one. */
export function qualifiedProbability(loaded: LoadedModel, snapshot: AccountSnapshot): number | null {
  const answers = answersOf(loaded, snapshot, null)
  const [inMarket, win] = ['in_market', 'win'].map((name) => answers.find((answer) => answer.name === name))
  return inMarket && win ? inMarket.result.probability * win.result.probability : null
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
  return other.probability - one.probability || (JSON.stringify(one.actions) < JSON.stringify(other.actions) ? -1 : 1)
}

/** Kinds that no feature tells apart (a download, a form) say the same thing: the first stands for all. */
function withoutEquals(sorted: readonly Tried[]): readonly Tried[] {
  const key = ({ actions, probability }: Tried) => `${sizeOf(actions)} ${probability}`
  return [...new Map(sorted.toReversed().map((one) => [key(one), one])).values()].toReversed()
}

function inWords(
  snapshot: AccountSnapshot,
  actions: readonly BuyerAction[],
  probability: number,
  bar: number,
  definitions: readonly PlainFeature[],
): Counterfactual {
  const what = listed(actions.map((action) => actionInWords(action, definitions, snapshot)))
  const place = probability >= bar ? `at or over the bar of ${percent(bar)}` : `below the bar of ${percent(bar)}`
  const sentence = `With ${what}, accounts like this one stand at ${percent(probability)}, ${place}.`
  return { actions: [...actions], qualified_probability: probability, sentence }
}
