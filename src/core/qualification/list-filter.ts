import type { Stage } from '../scoring/stages/stages.ts'
import type { Family } from '../features/types.ts'
import type { Grade, StoredScore } from '../scoring/published-score.ts'
import type { Instant } from '../base/time.ts'
import { isOnTheList, type MotionState, type State } from './state.ts'

/** The filters of the list; all must hold. */
export interface ListFilter {
  /** At or above it. */
  readonly minimumProbability: number
  readonly stages?: readonly Stage[] | undefined
  /** The accepted grades by family. */
  readonly grades?: Readonly<Partial<Record<Family, readonly Grade[]>>> | undefined
  readonly motion?: string | undefined
  /** In one of these states, with any owner. Without states and owner: accounts without an owner. */
  readonly states?: readonly State[] | undefined
  /** Accounts of this owner. */
  readonly owner?: string | undefined
  /** Whether no person has acted on the account since it entered the list. */
  readonly untouched?: boolean | undefined
  readonly qualifiedSince?: Instant | undefined
}

/** The orders of the list. */
export const LIST_SORTS = ['qualified_probability', 'expected_value', 'qualified_since', 'contact_due_at'] as const
export type ListSort = (typeof LIST_SORTS)[number]

/** Whether an account matches the filter at an instant. `listQualified` of the store selects the same; a property test compares them. */
export function isListed(
  state: MotionState,
  score: StoredScore,
  motion: string,
  filter: ListFilter,
  at: Instant,
): boolean {
  if (!isOnTheList(state) || (state.pausedUntil !== null && state.pausedUntil > at && state.owner === null))
    return false
  const { stages, grades = {}, states, owner, untouched, qualifiedSince } = filter
  if (score.qualified_probability === null || score.qualified_probability < filter.minimumProbability) return false
  if (stages && !(score.buying_stage !== null && stages.includes(score.buying_stage))) return false
  for (const [family, among] of Object.entries(grades) as [Family, readonly Grade[]][]) {
    const grade = score.grades[family]
    if (grade === null || !among.includes(grade)) return false
  }
  if (filter.motion !== undefined && filter.motion !== motion) return false
  if (states && !states.includes(state.state)) return false
  if (owner !== undefined && state.owner !== owner) return false
  if (!states && owner === undefined && state.owner !== null) return false
  if (untouched !== undefined && untouched !== (state.touchedAt === null)) return false
  return qualifiedSince === undefined || (state.enteredAt ?? state.since) >= qualifiedSince
}
