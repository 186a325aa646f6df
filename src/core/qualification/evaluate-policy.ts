import type { Stage } from '../scoring/stages/stages.ts'
import type { Instant } from '../base/time.ts'
import { admit } from './allocate-capacity.ts'
import { type AccountInput, decide, scoreEvents, stageEvents } from './decide.ts'
import type { NewEvent } from './event-types.ts'
import { type LoggedOutcomes, outcomeEvents } from './outcomes.ts'
import type { MotionRules, Policy } from './policy.ts'
import { after, initialState, isInControlGroup, type MotionState } from './state.ts'

/** The state of one account before and after a decision, as input of further deciders. */
export interface AccountTransition {
  readonly input: AccountInput
  readonly before: ReadonlyMap<string, MotionState>
  readonly after: ReadonlyMap<string, MotionState>
  /** In the control group of the holdout: nothing may be listed, published or triggered. */
  readonly inControlGroup: boolean
  readonly asOf: Instant
}

/** Decides further events of an account: segments, next best action. A pure function. */
export type Decider = (transition: AccountTransition) => readonly NewEvent[]

export interface AllInput {
  readonly accounts: readonly AccountInput[]
  readonly rules: readonly MotionRules[]
  readonly holdout: Policy['holdout']
  /** In points: the move of a family score that creates `score.changed`. */
  readonly scoreStep: number
  readonly asOf: Instant
  /** By motion, the number of entries in the month of as-of. */
  readonly enteredThisMonth: ReadonlyMap<string, number>
  readonly deciders?: readonly Decider[]
  /** The logged outcomes of recently closed opportunities. Omitted: no outcome events of unlisted accounts. */
  readonly loggedOutcomes?: LoggedOutcomes
}

export interface AllDecided {
  /** In the order of writing; of one account, in chronological order. */
  readonly events: readonly NewEvent[]
  /** Only changed states. */
  readonly states: readonly { readonly accountId: number; readonly motion: string; readonly state: MotionState }[]
  readonly stages: readonly { readonly accountId: number; readonly stage: Stage | null }[]
}

/** Decides on the new scores of these accounts in all motions. Deterministic; unchanged input gives no events. */
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
