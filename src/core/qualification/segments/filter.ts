import { z } from 'zod'

export const OPERATORS = [
  'is',
  'is_any_of',
  'at_least',
  'at_most',
  'above',
  'below',
  'has',
  'has_any_of',
  'has_all_of',
  'is_known',
] as const
export type Operator = (typeof OPERATORS)[number]

const MOST_VALUES = 200
const scalar = z.union(
  [z.string().min(1).max(400).refine(isStorable, 'must be text without NUL'), z.number(), z.boolean()],
  {
    error: 'must be text of 1 to 400 characters without NUL, a number, true or false',
  },
)
const ConditionValue = z.union([scalar, z.array(scalar).min(1).max(MOST_VALUES)], {
  error: `must be text, a number, true, false, or a list of 1 to ${MOST_VALUES} of these`,
})
export type ConditionValue = z.infer<typeof ConditionValue>

/**
 * A filter as written: a condition (`field`, `operator`, `value`), or `all` or `any` of several filters, or `not` one.
 * `filterProblems` checks its form and fields, and reports each problem with its path.
 */
export interface WrittenFilter {
  readonly all?: readonly WrittenFilter[] | undefined
  readonly any?: readonly WrittenFilter[] | undefined
  readonly not?: WrittenFilter | undefined
  readonly field?: string | undefined
  readonly operator?: string | undefined
  readonly value?: ConditionValue | undefined
}

const MOST_PARTS = 50

export const WrittenFilter: z.ZodType<WrittenFilter, WrittenFilter> = z
  .strictObject({
    get all() {
      return z.array(WrittenFilter).min(1).max(MOST_PARTS).optional()
    },
    get any() {
      return z.array(WrittenFilter).min(1).max(MOST_PARTS).optional()
    },
    get not() {
      return WrittenFilter.optional()
    },
    field: z.string().max(250).refine(isStorable, 'must be text without NUL').optional(),
    operator: z.string().max(40).optional(),
    value: ConditionValue.optional(),
  })
  .meta({
    id: 'SegmentFilter',
    description:
      'A condition (`field`, `operator`, `value`), or `all` or `any` of several filters, or `not` one. docs/segments.md has the fields.',
    // For the document only: the schema itself allows all forms, so that `filterProblems` can report the path.
    oneOf: [
      { required: ['field', 'operator', 'value'] },
      { required: ['all'] },
      { required: ['any'] },
      { required: ['not'] },
    ],
    examples: [{ field: 'buying_stage', operator: 'at_least', value: 'decision' }],
  })

export interface Condition {
  readonly field: string
  readonly operator: Operator
  readonly value: ConditionValue
}

/** A valid filter. */
export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | Condition

/** Whether PostgreSQL can store the text. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
