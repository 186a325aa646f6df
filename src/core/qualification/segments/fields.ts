import { STAGES } from '../../scoring/stages/stages.ts'
import type { AttributeValue } from '../../features/snapshot.ts'
import { FAMILIES } from '../../features/types.ts'
import { isOnTheList, type MotionState, STATES } from '../state.ts'
import { GRADES, LEVELS, type StoredScore } from '../../scoring/published-score.ts'

/** The facts of an account that a segment filter may use. */
export interface SegmentSubject {
  readonly score: StoredScore
  /** By motion. */
  readonly states: ReadonlyMap<string, MotionState>
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly isCustomer: boolean
  /** In the control group of the holdout. */
  readonly inControlGroup: boolean
}

/** The type of a field. `ordered` values start with the lowest. */
export type FieldKind =
  | { readonly kind: 'number'; readonly min: number; readonly max?: number }
  | { readonly kind: 'ordered' | 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'boolean' | 'text' }
  | { readonly kind: 'list'; readonly values?: readonly string[] }
  /** An attribute of unknown type. */
  | { readonly kind: 'any' }

export interface Field {
  readonly holds: FieldKind
  /** Null is unknown. */
  readonly valueOf: (subject: SegmentSubject) => AttributeValue
  /** A fact, not a result of a model or the policy. */
  readonly isFact?: true
}

/** Names that depend on the company: its motions and the attributes of its accounts. */
export interface Names {
  readonly motions: readonly string[]
  /** The type of each attribute. */
  readonly attributes: ReadonlyMap<string, FieldKind>
}

export const ATTRIBUTE_PREFIX = 'attributes.'
export const STATE_PREFIX = 'states.'

const probability: FieldKind = { kind: 'number', min: 0, max: 1 }
const money: FieldKind = { kind: 'number', min: 0 }
const grades: FieldKind = { kind: 'ordered', values: GRADES.toReversed() }
const levels: FieldKind = { kind: 'ordered', values: LEVELS }

const SCORE_FIELDS: Readonly<Record<string, Field>> = {
  qualified_probability: { holds: probability, valueOf: ({ score }) => score.qualified_probability },
  in_market_probability: { holds: probability, valueOf: ({ score }) => score.in_market_probability },
  win_probability: { holds: probability, valueOf: ({ score }) => score.win_probability },
  buying_stage: { holds: { kind: 'ordered', values: STAGES }, valueOf: ({ score }) => score.buying_stage },
  ...Object.fromEntries(
    FAMILIES.flatMap((family): [string, Field][] => [
      [
        `scores.${family}`,
        { holds: { kind: 'number', min: 0, max: 100 }, valueOf: ({ score }) => score.scores[family] },
      ],
      [`grades.${family}`, { holds: grades, valueOf: ({ score }) => score.grades[family] }],
    ]),
  ),
  'fit_intent.fit': { holds: levels, valueOf: ({ score }) => score.fit_intent.fit },
  'fit_intent.intent': { holds: levels, valueOf: ({ score }) => score.fit_intent.intent },
  evidence: {
    holds: { kind: 'ordered', values: ['low', 'medium', 'high'] },
    valueOf: ({ score }) => score.evidence,
  },
  expected_amount: { holds: money, valueOf: ({ score }) => score.expected_amount },
  expected_value: { holds: money, valueOf: ({ score }) => score.expected_value },
  currency: { holds: { kind: 'text' }, valueOf: ({ score }) => score.currency },
  declared_intent: {
    holds: { kind: 'list' },
    valueOf: ({ score }) => score.declared_intent.map(({ kind }) => kind),
    isFact: true,
  },
  days_since_declared_intent: {
    holds: { kind: 'number', min: 0 },
    valueOf: ({ score }) =>
      score.declared_intent.map(({ days_ago: days }) => days).toSorted((a, b) => a - b)[0] ?? null,
    isFact: true,
  },
  has_open_opportunity: {
    holds: { kind: 'boolean' },
    valueOf: ({ score }) => score.open_opportunity !== null,
    isFact: true,
  },
  is_customer: { holds: { kind: 'boolean' }, valueOf: ({ isCustomer }) => isCustomer, isFact: true },
  owner: {
    holds: { kind: 'list' },
    valueOf: ({ states }) => [...states.values()].flatMap(({ owner }) => (owner === null ? [] : [owner])),
  },
}

/** The field of a name, if any. */
export function fieldOf(name: string, names: Names): Field | undefined {
  if (Object.hasOwn(SCORE_FIELDS, name)) return SCORE_FIELDS[name]
  if (name === 'qualified_in') {
    return {
      holds: { kind: 'list', values: names.motions },
      valueOf: ({ states }) => [...states].flatMap(([motion, state]) => (isOnTheList(state) ? [motion] : [])),
    }
  }
  if (name.startsWith(STATE_PREFIX)) {
    const motion = name.slice(STATE_PREFIX.length)
    if (!names.motions.includes(motion)) return undefined
    return {
      holds: { kind: 'choice', values: STATES },
      valueOf: ({ states }) => states.get(motion)?.state ?? 'none',
    }
  }
  if (!name.startsWith(ATTRIBUTE_PREFIX)) return undefined
  const attribute = name.slice(ATTRIBUTE_PREFIX.length)
  const holds = names.attributes.get(attribute)
  return holds && { holds, valueOf: ({ attributes }) => ownValue(attributes, attribute), isFact: true }
}

/** All field names. */
export function fieldNames({ motions, attributes }: Names): readonly string[] {
  return [
    ...Object.keys(SCORE_FIELDS),
    'qualified_in',
    ...motions.map((motion) => `${STATE_PREFIX}${motion}`),
    ...[...attributes.keys()].toSorted().map((attribute) => `${ATTRIBUTE_PREFIX}${attribute}`),
  ]
}

function ownValue(attributes: SegmentSubject['attributes'], name: string): AttributeValue {
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null
}
