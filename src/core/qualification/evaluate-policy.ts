import type { Stage } from '../scoring/stages/stages.ts'
import type { Instant } from '../base/time.ts'
import { admit } from './allocate-capacity.ts'
import { type AccountInput, decide, scoreEvents, stageEvents } from './decide.ts'
import type { NewEvent } from './event-types.ts'
import { type LoggedOutcomes, outcomeEvents } from './outcomes.ts'
import type { MotionRules, Policy } from './policy.ts'
import { after, initialState, isInControlGroup, type MotionState } from './state.ts'

/** One account before and after this transition, for whoever decides more about it. */
export interface AccountTransition {
  readonly input: AccountInput
  readonly before: ReadonlyMap<string, MotionState>
  readonly after: ReadonlyMap<string, MotionState>
  /** What the holdout keeps from list, feed and playbook: nothing is to be handed over or triggered. */
  readonly inControlGroup: boolean
  readonly asOf: Instant
}

/** Decides more about an account, from what it was and is: segments, the next best action. Pure, as all here. */
export type Decider = (transition: AccountTransition) => readonly NewEvent[]

export interface AllInput {
  readonly accounts: readonly AccountInput[]
  readonly rules: readonly MotionRules[]
  readonly holdout: Policy['holdout']
  /** In points: what a family score must move to be told of. */
  readonly scoreStep: number
  readonly asOf: Instant
  /** By motion, how many have entered in the month of as-of. */
  readonly enteredThisMonth: ReadonlyMap<string, number>
  readonly deciders?: readonly Decider[]
  /** Of what closed lately. Left out, outcomes that no list pursues are not asked for. */
  readonly loggedOutcomes?: LoggedOutcomes
}

export interface AllDecided {
  /** In the order to be written: of one account, as they happened. */
  readonly events: readonly NewEvent[]
  /** Only those that are another than before. */
  readonly states: readonly { readonly accountId: number; readonly motion: string; readonly state: MotionState }[]
  readonly stages: readonly { readonly accountId: number; readonly stage: Stage | null }[]
}

/** What the new scores of these accounts mean for all motions: the same input gives the same, and nothing new nothing. */
export function decideAll(input: AllInput): AllDecided {
  const { accounts, rules, asOf, loggedOutcomes } = input
  const events = new Map<number, NewEvent[]>(accounts.map((account) => [account.accountId, []]))
  const note = (noted: readonly NewEvent[]) => {
    for (const event of noted) if (event.accountId !== null) events.get(event.accountId)?.push(event)
  }
  for (const account of accounts) note([...stageEvents(account, asOf), ...scoreEvents(account, input.scoreStep, asOf)])
  for (const own of rules) {
    const decisions = accounts.map((account) => decide(account, own, asOf))
    for (const decision of decisions) note(decision.events)
    const candidates = decisions.flatMap(({ candidate }) => (candidate ? [candidate] : []))
    const entered = input.enteredThisMonth.get(own.motion) ?? 0
    const room = own.capacityPerMonth === null ? null : Math.max(0, own.capacityPerMonth - entered)
    note(admit(candidates, room, input.holdout, asOf))
  }
  const states: AllDecided['states'][number][] = []
  for (const account of accounts) {
    const written = events.get(account.accountId) ?? []
    if (loggedOutcomes) written.push(...outcomeEvents(account, written, loggedOutcomes, asOf))
    const changed = statesAfter(account.states, written, asOf)
    for (const [motion, state] of changed) states.push({ accountId: account.accountId, motion, state })
    const now = new Map([...account.states, ...changed])
    const inControlGroup = input.holdout.share > 0 && [...now.values()].some((state) => isInControlGroup(state, asOf))
    const transition: AccountTransition = { input: account, before: account.states, after: now, inControlGroup, asOf }
    for (const decider of input.deciders ?? []) written.push(...decider(transition))
  }
  return {
    events: [...events.values()].flat(),
    states,
    stages: accounts.flatMap(({ accountId, score, stage }) => {
      const to = score?.buying_stage ?? null
      return to === stage ? [] : [{ accountId, stage: to }]
    }),
  }
}

/** The states that these events change. */
function statesAfter(
  before: ReadonlyMap<string, MotionState>,
  events: readonly NewEvent[],
  asOf: Instant,
): ReadonlyMap<string, MotionState> {
  const changed = new Map<string, MotionState>()
  for (const event of events) {
    if (event.motion === null) continue
    const state = changed.get(event.motion) ?? before.get(event.motion) ?? initialState(asOf)
    changed.set(event.motion, after(state, event))
  }
  return changed
}
