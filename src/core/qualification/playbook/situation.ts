import { intentBetween } from '../../features/measures.ts'
import type { AccountSnapshot, EventCell, IntentCell } from '../../features/snapshot.ts'
import type { BUYING_ROLES } from '../../facts/import/kinds.ts'
import type { Playbook } from './playbook.ts'

export type BuyingRole = (typeof BUYING_ROLES)[number]

/** The part of a buying group that the playbook uses. */
export interface Group {
  /** The most important first. */
  readonly roles: readonly { readonly role: BuyingRole; readonly state: 'engaged' | 'silent' | 'missing' }[]
  /** The people to contact, in order, without those who must not be contacted. */
  readonly people_to_reach: readonly PersonToReach[]
}

export interface PersonToReach {
  readonly contact_external_id: string
  readonly name: string | null
  readonly title: string | null
  readonly buying_role: string | null
  readonly why: string
}

export interface ResearchedTopic {
  readonly topic: string
  readonly surging: boolean
}

export interface NewestOfKind {
  readonly kind: string
  readonly ageDays: number
}

/** The facts of an account that the playbook uses. Small: a full run holds one per account. */
export interface Situation {
  /** The recently researched topics: surging ones first, stronger before weaker. */
  readonly topics: readonly ResearchedTopic[]
  readonly businessEvents: readonly NewestOfKind[]
  readonly buyerActivities: readonly NewestOfKind[]
  /** Activity of sales and systems. */
  readonly reach: readonly NewestOfKind[]
}

export function situationOf(snapshot: AccountSnapshot, playbook: Playbook): Situation {
  return {
    topics: topicsOf(snapshot.intentSignals, playbook),
    businessEvents: newestByKind(snapshot.businessEvents),
    buyerActivities: newestByKind(snapshot.activities),
    reach: newestByKind(snapshot.reach),
  }
}

/**
 * Topics researched within the surge window. One surges when its mean strength is at least `ratio` times that of the
 * baseline before; one that was not researched before surges.
 */
function topicsOf(cells: readonly IntentCell[], { surge }: Playbook): readonly ResearchedTopic[] {
  return [...Map.groupBy(cells, ({ topic }) => topic)]
    .flatMap(([topic, own]) => {
      const recent = intentBetween(own, 0, surge.window_days)
      const before = intentBetween(own, surge.window_days, surge.window_days + surge.baseline_days)
      if (recent.signals === 0) return []
      return [{ topic, surging: recent.mean >= surge.ratio * before.mean, strength: recent.mean }]
    })
    .toSorted(
      (one, other) =>
        Number(other.surging) - Number(one.surging) ||
        other.strength - one.strength ||
        (one.topic < other.topic ? -1 : 1),
    )
    .map(({ topic, surging }) => ({ topic, surging }))
}

/** The newest first. */
function newestByKind(cells: readonly EventCell[]): readonly NewestOfKind[] {
  const newest = new Map<string, number>()
  for (const { kind, ageDays } of cells) newest.set(kind, Math.min(ageDays, newest.get(kind) ?? Infinity))
  return [...newest]
    .map(([kind, ageDays]) => ({ kind, ageDays }))
    .toSorted((one, other) => one.ageDays - other.ageDays || (one.kind < other.kind ? -1 : 1))
}
