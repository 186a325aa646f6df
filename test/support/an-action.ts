import type { Action } from '../../src/core/qualification/playbook/action.ts'

/** What a playbook could say: a call to nobody in particular. */
export function anAction(): Action {
  return {
    rule: 'call',
    priority: 1,
    channel: 'bdr_cadence',
    do: 'Call.',
    person: null,
    role: null,
    topic: null,
    message: 'Hello',
    touches: null,
    reason: 'In decision.',
  }
}
