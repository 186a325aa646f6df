import type { EventType, Json, NewEvent } from '../event-types.ts'
import type { Instant } from '../../base/time.ts'
import { Action } from './action.ts'
import type { History, Triggered } from './evaluate-rules.ts'

/** The fields of an event that the history uses. */
export interface ActionEvent {
  readonly type: EventType
  readonly asOf: Instant
  readonly payload: NewEvent['payload']
}

export const ACTION_EVENTS = ['action.triggered', 'action.ended'] as const satisfies readonly EventType[]

/** The last action of each rule after these events of one account, in order. Other events change nothing. */
export function historyAfter(events: readonly ActionEvent[], before: History = new Map()): History {
  const history = new Map<string, Triggered>(before)
  for (const { type, asOf, payload } of events) {
    if (type === 'action.triggered') {
      const action = Action.parse(payload['action'])
      history.set(action.rule, {
        action,
        triggeredAt: asOf,
        expiresAt: textOf(payload, 'expires_at') as Instant,
        ended: null,
      })
    } else if (type === 'action.ended') {
      const { rule } = Action.parse(payload['action'])
      const last = history.get(rule)
      if (last) history.set(rule, { ...last, ended: { at: asOf, because: textOf(payload, 'because') } })
    }
  }
  return history
}

function textOf(payload: ActionEvent['payload'], name: string): string {
  const value: Json | undefined = payload[name]
  if (typeof value !== 'string') throw new TypeError(`the payload of an action event has no ${name}`)
  return value
}
