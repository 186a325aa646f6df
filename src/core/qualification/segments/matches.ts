import type { AttributeValue } from '../../features/snapshot.ts'
import { type Field, type FieldKind, fieldOf, type Names, type SegmentSubject, STATE_PREFIX } from './fields.ts'
import type { Condition, Filter } from './filter.ts'

/**
 * Whether an account matches a filter. An unknown value fulfils no condition except `is_known: false`: for an account without a
 * stage neither `buying_stage at_least decision` nor `at_most awareness` holds, but `not` of either does.
 */
export type Matcher = (subject: SegmentSubject) => boolean

/** A removed field (a motion that the policy has dropped, for example) is unknown for every account. */
export function compileFilter(filter: Filter, names: Names): Matcher {
  if ('all' in filter) {
    const parts = filter.all.map((part) => compileFilter(part, names))
    return (subject) => parts.every((part) => part(subject))
  }
  if ('any' in filter) {
    const parts = filter.any.map((part) => compileFilter(part, names))
    return (subject) => parts.some((part) => part(subject))
  }
  if ('not' in filter) {
    const part = compileFilter(filter.not, names)
    return (subject) => !part(subject)
  }
  const field = fieldOf(filter.field, names)
  return field ? compileCondition(filter, field) : () => filter.operator === 'is_known' && filter.value === false
}

function compileCondition({ operator, value }: Condition, { holds, valueOf }: Field): Matcher {
  if (operator === 'is_known') return (subject) => isKnown(valueOf(subject)) === value
  const asked = new Set(Array.isArray(value) ? value : [value])
  const place = placeIn(holds)
  const bound = place(Array.isArray(value) ? null : value)
  return (subject) => {
    const held = valueOf(subject)
    if (!isKnown(held)) return false
    const own = new Set<unknown>(Array.isArray(held) ? held : [held])
    switch (operator) {
      case 'is':
      case 'is_any_of':
        return !Array.isArray(held) && own.isSubsetOf(asked)
      case 'has':
      case 'has_any_of':
        return !own.isDisjointFrom(asked)
      case 'has_all_of':
        return own.isSupersetOf(asked)
      default:
        return compares(operator, place(held), bound)
    }
  }
}

function isKnown(value: AttributeValue): boolean {
  return value !== null && !(Array.isArray(value) && value.length === 0)
}

function compares(operator: 'at_least' | 'at_most' | 'above' | 'below', held: number | null, bound: number | null) {
  if (held === null || bound === null) return false
  switch (operator) {
    case 'at_least':
      return held >= bound
    case 'at_most':
      return held <= bound
    case 'above':
      return held > bound
    case 'below':
      return held < bound
  }
}

/** The rank of a value: a number itself, an ordered value its index. */
function placeIn(holds: FieldKind): (value: AttributeValue) => number | null {
  if (holds.kind !== 'ordered') return (value) => (typeof value === 'number' ? value : null)
  const places = new Map(holds.values.map((value, index) => [value, index]))
  return (value) => (typeof value === 'string' ? (places.get(value) ?? null) : null)
}

/** Whether a filter uses a result of a model or the policy. */
export function asksForConclusions(filter: Filter, names: Names): boolean {
  if ('all' in filter) return filter.all.some((part) => asksForConclusions(part, names))
  if ('any' in filter) return filter.any.some((part) => asksForConclusions(part, names))
  if ('not' in filter) return asksForConclusions(filter.not, names)
  return fieldOf(filter.field, names)?.isFact !== true
}

/** Whether an action of a person (claim, reject) can change the result. */
export function asksForStates(filter: Filter): boolean {
  if ('all' in filter) return filter.all.some(asksForStates)
  if ('any' in filter) return filter.any.some(asksForStates)
  if ('not' in filter) return asksForStates(filter.not)
  return filter.field === 'owner' || filter.field === 'qualified_in' || filter.field.startsWith(STATE_PREFIX)
}
