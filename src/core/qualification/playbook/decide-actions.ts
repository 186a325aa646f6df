import { scorePayload } from '../decide.ts'
import type { Decider, AccountTransition } from '../evaluate-policy.ts'
import type { EventType, Json, NewEvent } from '../event-types.ts'
import type { MotionState } from '../state.ts'
import type { StoredScore } from '../../scoring/published-score.ts'
import { instantPlusDays } from '../../base/time.ts'
import type { Action } from './action.ts'
import type { AccountStatus } from './conditions.ts'
import { type Account, endOf, type History, type Holds, holdOf, evaluateRules, standsAt } from './evaluate-rules.ts'
import type { Playbook } from './playbook.ts'
import type { Group, Situation } from './situation.ts'

/** The input of the playbook for an account, besides its score. */
export interface Outlook {
  readonly situation: Situation
  /** Null if no rule could fire with any people and no action is active. */
  readonly group: Group | null
}

const NOTHING: Situation = { topics: [], businessEvents: [], buyerActivities: [], reach: [] }

/** Triggers and ends actions. The same facts again give no event. */
export function playbookDecider(
  playbook: Playbook,
  outlooks: ReadonlyMap<number, Outlook>,
  histories: ReadonlyMap<number, History>,
): Decider {
  return (transition) => {
    const { accountId } = transition.input
    return decideActions(playbook, transition, outlooks.get(accountId), histories.get(accountId) ?? new Map())
  }
}

function decideActions(
  playbook: Playbook,
  transition: AccountTransition,
  outlook: Outlook | undefined,
  history: History,
) {
  const { score } = transition.input
  const write = writer(transition)
  const standing = [...history.values()].filter((one) => standsAt(one, transition.asOf))
  if (!score) return standing.map(({ action }) => write('action.ended', { action, because: 'account_gone' }))
  const account = accountOf(transition, score, outlook, history)
  const hold = holdOf(account.holds, account.asOf)
  const ended = standing.flatMap((triggered) => {
    const rule = playbook.rules.find(({ name }) => name === triggered.action.rule)
    const because = hold?.because ?? endOf(rule, account, triggered)
    return because === null ? [] : [{ triggered, because }]
  })
  const events = ended.map(({ triggered, because }) => write('action.ended', { action: triggered.action, because }))
  if (hold || !account.group) return events
  // An ended action is not triggered again at once, unless it ended because of the person.
  const known = new Map(history)
  for (const { triggered, because } of ended) {
    known.set(triggered.action.rule, { ...triggered, ended: { at: transition.asOf, because } })
  }
  for (const result of evaluateRules(playbook, { ...account, history: known })) {
    if (result.kind !== 'fires') continue
    const expires = instantPlusDays(transition.asOf, result.rule.expires_after_days)
    events.push(write('action.triggered', { action: result.action, expires_at: expires }))
  }
  return events
}

function accountOf(
  transition: AccountTransition,
  score: StoredScore,
  outlook: Outlook | undefined,
  history: History,
): Account {
  return {
    standing: standingOf(score, transition.input.facts),
    situation: outlook?.situation ?? NOTHING,
    group: outlook?.group ?? null,
    states: [...transition.after.values()].map(({ state }) => state),
    holds: holdsOf([...transition.after.values()], transition.input.facts.excludedBy, transition.inControlGroup),
    history,
    asOf: transition.asOf,
  }
}

export function standingOf(score: StoredScore, { isCustomer }: { readonly isCustomer: boolean }): AccountStatus {
  return {
    accountName: score.account_name ?? score.account_external_id ?? 'the account',
    stage: score.buying_stage,
    hasOpenOpportunity: score.not_scored_because === 'open_opportunity',
    isCustomer,
    grades: score.grades,
    fit: score.fit_intent.fit,
    intent: score.fit_intent.intent,
  }
}

export function holdsOf(states: readonly MotionState[], excludedBy: readonly string[], inControlGroup: boolean): Holds {
  const paused = states.flatMap(({ pausedUntil }) => pausedUntil ?? []).toSorted()
  return { excludedBy, inControlGroup, pausedUntil: paused.at(-1) ?? null }
}

type Write = (type: EventType, about: { readonly action: Action; readonly [detail: string]: Json }) => NewEvent

function writer({ input, asOf }: AccountTransition): Write {
  return (type, { action, ...detail }) => ({
    type,
    accountId: input.accountId,
    motion: null,
    asOf,
    modelVersion: input.score?.model_version ?? input.previous?.version ?? null,
    actor: null,
    payload: { rule: action.rule, ...detail, action, ...scorePayload(input.score) },
  })
}
