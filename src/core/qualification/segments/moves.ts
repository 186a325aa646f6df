import { scorePayload } from '../decide.ts'
import type { NewEvent } from '../event-types.ts'
import type { StoredScore } from '../../scoring/published-score.ts'
import type { Instant } from '../../base/time.ts'
import type { Names, SegmentSubject } from './fields.ts'
import { asksForConclusions, compileFilter, type Matcher } from './matches.ts'
import type { SegmentDefinition } from './segment.ts'

/** An active segment. */
export interface CurrentSegment {
  readonly name: string
  /** Null after deletion: all members leave. */
  readonly definition: SegmentDefinition | null
  /** It was created, changed or deleted since the last evaluation of all accounts. */
  readonly isChanged: boolean
}

export interface CompiledSegment {
  readonly name: string
  readonly isChanged: boolean
  readonly isDeleted: boolean
  readonly matches: Matcher
}

/**
 * A segment that uses results of a model or the policy would hand accounts to sales, so the control group of the holdout is
 * in no such segment. A segment of facts alone (a region, for example) contains all accounts.
 */
export function compileSegment({ name, definition, isChanged }: CurrentSegment, names: Names): CompiledSegment {
  if (!definition) return { name, isChanged, isDeleted: true, matches: () => false }
  const matches = compileFilter(definition.filter, names)
  const isWorklist = asksForConclusions(definition.filter, names)
  return {
    name,
    isChanged,
    isDeleted: false,
    matches: (subject) => !(isWorklist && subject.inControlGroup) && matches(subject),
  }
}

export interface MovingAccount {
  readonly accountId: number
  /** Null if the account was merged or deleted. */
  readonly subject: SegmentSubject | null
  /** The present segments of the account. */
  readonly memberOf: ReadonlySet<string>
  /** Whether another version computed the previous score. */
  readonly isModelChanged: boolean
  readonly asOf: Instant
}

/** The segments that an account enters and leaves. */
export function segmentMoves(account: MovingAccount, segments: readonly CompiledSegment[]): readonly NewEvent[] {
  const { accountId, subject, memberOf, asOf } = account
  const score = subject?.score ?? null
  return segments.flatMap((segment): readonly NewEvent[] => {
    const isIn = subject !== null && segment.matches(subject)
    if (isIn === memberOf.has(segment.name)) return []
    return [
      {
        type: isIn ? 'segment.entered' : 'segment.left',
        accountId,
        motion: null,
        asOf,
        modelVersion: score?.model_version ?? null,
        actor: null,
        payload: { segment: segment.name, reason: reasonOf(account, segment), ...movePayload(score) },
      },
    ]
  })
}

function reasonOf({ subject, isModelChanged }: MovingAccount, { isChanged, isDeleted }: CompiledSegment): string {
  if (subject === null) return 'account_gone'
  if (isDeleted) return 'segment_deleted'
  if (isChanged) return 'segment_changed'
  return isModelChanged ? 'model_changed' : 'account_changed'
}

function movePayload(score: StoredScore | null) {
  return { ...scorePayload(score), grades: score?.grades ?? null, expected_value: score?.expected_value ?? null }
}
