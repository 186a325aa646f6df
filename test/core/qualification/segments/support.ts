import { initialState, type MotionState } from '../../../../src/core/qualification/state.ts'
import type { FieldKind, Names, SegmentSubject } from '../../../../src/core/qualification/segments/fields.ts'
import { readFilter } from '../../../../src/core/qualification/segments/filter-problems.ts'
import { compileFilter } from '../../../../src/core/qualification/segments/matches.ts'
import type { WrittenFilter } from '../../../../src/core/qualification/segments/filter.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import { publishedScore } from '../../../support/accounts.ts'

const NOW = '2026-03-01T00:00:00.000000Z' as Instant

export const NAMES: Names = {
  motions: ['new_business', 'expansion'],
  attributes: new Map<string, FieldKind>([
    ['employees', { kind: 'number', min: Number.NEGATIVE_INFINITY }],
    ['country', { kind: 'text' }],
    ['in_crm', { kind: 'boolean' }],
    ['technologies', { kind: 'list' }],
    ['tier', { kind: 'any' }],
  ]),
}

export function stateOf(changes: Partial<MotionState>): MotionState {
  return { ...initialState(NOW), ...changes }
}

/** An account in decision, with the scores of `publishedScore`. */
export function subjectOf(changes: Partial<SegmentSubject> = {}): SegmentSubject {
  return {
    score: publishedScore(),
    states: new Map(),
    attributes: { employees: 420, country: 'DE', in_crm: true, technologies: ['sap', 'aws'], tier: null },
    isCustomer: false,
    inControlGroup: false,
    ...changes,
  }
}

export function holds(filter: WrittenFilter, subject: SegmentSubject = subjectOf()): boolean {
  const read = readFilter(filter, NAMES)
  if (read.problems) throw new Error(JSON.stringify(read.problems))
  return compileFilter(read.filter, NAMES)(subject)
}
