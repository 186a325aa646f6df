import type { Stage } from '../scoring/stages/stages.ts'
import type { NewEvent } from './event-types.ts'

/** An account that another version would move. */
export interface Mover {
  readonly accountId: number
  readonly externalId: string | null
  readonly name: string | null
  readonly motion: string | null
  readonly qualifiedProbability: number | null
  readonly from: Stage | null
  readonly to: Stage | null
  /** The reason for leaving: below the exit, below the stage, excluded ... */
  readonly because: string | null
}

export interface ModelImpact {
  readonly scored: number
  readonly enter: readonly Mover[]
  readonly leave: readonly Mover[]
  readonly changeStage: readonly Mover[]
}

/** The accounts that would enter or leave a list or change the buying stage, from the events of a dry run. */
export function impactOf(events: readonly NewEvent[], scored: number): ModelImpact {
  const of = (type: NewEvent['type']) => events.filter((event) => event.type === type).map(moverOf)
  return {
    scored,
    enter: of('account.qualified'),
    leave: of('account.disqualified'),
    changeStage: of('account.stage_changed').filter(({ from }) => from !== null),
  }
}

function moverOf({ accountId, motion, payload }: NewEvent): Mover {
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const probability = payload['qualified_probability']
  return {
    accountId: accountId ?? 0,
    externalId: text(payload['external_id']),
    name: text(payload['name']),
    motion,
    qualifiedProbability: typeof probability === 'number' ? probability : null,
    from: text(payload['from']) as Stage | null,
    to: text(payload['to']) as Stage | null,
    because: text(payload['because']) ?? text(payload['exclusion']) ?? text(payload['reason']),
  }
}
