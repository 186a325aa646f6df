import type { Instant } from '../base/time.ts'
import type { EventType, Json } from './event-types.ts'

export const STATES = [
  'none',
  'qualified',
  'claimed',
  'contacted',
  'accepted',
  'opportunity_opened',
  'won',
  'lost',
  'disqualified',
] as const
export type State = (typeof STATES)[number]

/** The states of an account on the list of a motion. */
export const ON_THE_LIST = ['qualified', 'claimed', 'contacted', 'accepted'] as const satisfies readonly State[]

/** The fold of an account's events in one motion. */
export interface MotionState {
  readonly state: State
  /** The start of this state. */
  readonly since: Instant
  /** The last entry into the list, and the last exit. */
  readonly enteredAt: Instant | null
  readonly leftAt: Instant | null
  /** The last action of a person. */
  readonly touchedAt: Instant | null
  /** The person who works the account. */
  readonly owner: string | null
  /** The end of the pause after a rejection. Independent of qualification. */
  readonly pausedUntil: Instant | null
  /** By external id. */
  readonly opportunity: string | null
  /** The group of the holdout, until `groupUntil`. */
  readonly group: 'listed' | 'control' | null
  readonly groupUntil: Instant | null
}

/** The fields of an event that the fold uses. */
export interface StateEvent {
  readonly type: EventType
  readonly asOf: Instant
  readonly actor: string | null
  readonly payload: { readonly [key: string]: Json }
}

export function initialState(asOf: Instant): MotionState {
  return {
    state: 'none',
    since: asOf,
    enteredAt: null,
    leftAt: null,
    touchedAt: null,
    owner: null,
    pausedUntil: null,
    opportunity: null,
    group: null,
    groupUntil: null,
  }
}

/** The state after all these events of one account and motion, in order; undefined when there were none. */
export function fold(events: readonly StateEvent[]): MotionState | undefined {
  const [first] = events
  return first && events.reduce(after, initialState(first.asOf))
}

/** The state after one more event. Events that are not of a motion change nothing. */
export function after(state: MotionState, event: StateEvent): MotionState {
  const { asOf, actor, payload } = event
  const to = (next: State) => ({ ...state, state: next, since: asOf })
  switch (event.type) {
    case 'account.qualified':
      return { ...to('qualified'), enteredAt: asOf, leftAt: null, touchedAt: null, owner: null, opportunity: null }
    case 'account.disqualified':
      return { ...to('disqualified'), leftAt: asOf, owner: null, opportunity: null }
    case 'account.claimed':
      return { ...to('claimed'), touchedAt: asOf, owner: actor }
    case 'account.contacted':
      return { ...to('contacted'), touchedAt: asOf, owner: actor }
    case 'account.accepted':
      return { ...to('accepted'), touchedAt: asOf, owner: actor }
    case 'account.rejected': {
      // The account is as qualified as before, nobody works it any longer, and it is paused.
      const released = isWorked(state) ? to('qualified') : state
      return { ...released, touchedAt: asOf, owner: null, pausedUntil: asInstant(payload['paused_until']) }
    }
    case 'account.opportunity_opened':
      return { ...to('opportunity_opened'), opportunity: asText(payload['opportunity']) }
    case 'opportunity.won':
      return { ...to('won'), leftAt: asOf, owner: null }
    case 'opportunity.lost':
      return { ...to('lost'), leftAt: asOf, owner: null }
    case 'holdout.assigned': {
      const group = payload['group'] === 'control' ? 'control' : 'listed'
      return { ...state, group, groupUntil: asInstant(payload['until']) }
    }
    default:
      return state
  }
}

/** Whether a person works the account: these states have an owner. */
function isWorked({ state }: MotionState): boolean {
  return state !== 'qualified' && isOnTheList({ state })
}

export function isOnTheList({ state }: Pick<MotionState, 'state'>): boolean {
  return (ON_THE_LIST as readonly State[]).includes(state)
}

/** Whether the account is in the control group: not listed, published or triggered. */
export function isInControlGroup({ group, groupUntil }: MotionState, asOf: Instant): boolean {
  return group === 'control' && groupUntil !== null && asOf < groupUntil
}

function asText(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function asInstant(value: Json | undefined): Instant | null {
  return typeof value === 'string' ? (value as Instant) : null
}
