import { didYouMean, MOST_SUGGESTIONS, nearest, shownName, shownNames, suggester } from '../../base/did-you-mean.ts'
import { type FieldKind, fieldNames, fieldOf, type Names } from './fields.ts'
import { type Condition, type Filter, type Operator, OPERATORS, type WrittenFilter } from './filter.ts'

export interface FilterProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

const MOST_LEVELS = 8
const MOST_CONDITIONS = 200
const FORMS = ['all', 'any', 'not'] as const

/** The operators of each type of field, besides `is_known`. */
const ASKED: Readonly<Record<FieldKind['kind'], readonly Operator[]>> = {
  number: ['is', 'at_least', 'at_most', 'above', 'below'],
  ordered: ['is', 'is_any_of', 'at_least', 'at_most'],
  choice: ['is', 'is_any_of'],
  text: ['is', 'is_any_of'],
  boolean: ['is'],
  list: ['has', 'has_any_of', 'has_all_of'],
  any: OPERATORS,
}
const OF_NUMBERS: readonly Operator[] = ['at_least', 'at_most', 'above', 'below']
const OF_LISTS: readonly Operator[] = ['is_any_of', 'has_any_of', 'has_all_of']

/** @returns the filter, or all its problems with their paths */
export function readFilter(
  written: WrittenFilter,
  names: Names,
): { readonly filter: Filter; readonly problems?: never } | { readonly problems: readonly FilterProblem[] } {
  const tooMany = tooManyConditions(written)
  if (tooMany) return { problems: [tooMany] }
  const problems = problemsOf(written, { names, ...hintsFor(names) }, [], 1)
  // Checked above: every node has exactly one form, and every condition has three parts.
  return problems.length > 0 ? { problems } : { filter: written as Filter }
}

/** Checked first: each unknown name costs a search for similar names. */
export function tooManyConditions(written: WrittenFilter): FilterProblem | undefined {
  const count = countConditions(written)
  if (count <= MOST_CONDITIONS) return undefined
  return { path: [], message: `must hold at most ${MOST_CONDITIONS} conditions, got ${count}` }
}

interface Known {
  readonly names: Names
  readonly hintField: (name: string) => string
  readonly hintOperator: (operator: string) => string
  readonly hintValue: (value: string, values: readonly string[]) => string
}

function problemsOf(written: WrittenFilter, known: Known, path: FilterProblem['path'], level: number): FilterProblem[] {
  if (level > MOST_LEVELS) return [{ path, message: `must not nest deeper than ${MOST_LEVELS} levels` }]
  const forms = FORMS.filter((form) => written[form] !== undefined)
  const parts = (['field', 'operator', 'value'] as const).filter((part) => written[part] !== undefined)
  if (forms.length + Math.min(1, parts.length) !== 1) {
    const found = [...forms, ...parts]
    const message = `must be one condition (field, operator, value), or all, any or not; got ${found.join(' and ') || 'nothing'}`
    return [{ path, message }]
  }
  const { all, any, not } = written
  if (not) return problemsOf(not, known, [...path, 'not'], level + 1)
  const [form] = forms
  const several = all ?? any
  if (form && several) {
    return several.flatMap((part, index) => problemsOf(part, known, [...path, form, index], level + 1))
  }
  return conditionProblems(written, known, path)
}

function conditionProblems(written: WrittenFilter, known: Known, path: FilterProblem['path']): FilterProblem[] {
  const { field: name, operator, value } = written
  const at = (part: string, message: string): FilterProblem => ({ path: [...path, part], message })
  const missing = (['field', 'operator', 'value'] as const).filter((part) => written[part] === undefined)
  if (name === undefined || operator === undefined || value === undefined)
    return [{ path, message: `a condition needs field, operator and value; ${missing.join(' and ')} is missing` }]
  const field = fieldOf(name, known.names)
  if (!field) return [at('field', `unknown field "${shownName(name)}"${known.hintField(name)}`)]
  const { holds } = field
  const asked: readonly string[] = [...new Set([...ASKED[holds.kind], 'is_known'])]
  if (!(OPERATORS as readonly string[]).includes(operator))
    return [at('operator', `unknown operator "${operator}"${known.hintOperator(operator)}`)]
  if (!asked.includes(operator)) {
    const message = `"${name}" ${WHAT[holds.kind]} and takes ${asked.join(', ')}, not "${operator}"`
    return [at('operator', message)]
  }
  const wrong = valueProblem({ field: name, operator: operator as Operator, value }, holds, known)
  return wrong === null ? [] : [at('value', wrong)]
}

const WHAT: Readonly<Record<FieldKind['kind'], string>> = {
  number: 'is a number',
  ordered: 'is one of several ordered values',
  choice: 'is one of several values',
  text: 'is text',
  boolean: 'is true or false',
  list: 'is a list',
  any: 'is an attribute',
}

/** Hints for one filter, with a limited number of searches. */
function hintsFor(names: Names): Omit<Known, 'names'> {
  let fields: readonly string[] | undefined
  const hintField = suggester((name) => hint(name, (fields ??= fieldNames(names))))
  const hintOperator = suggester((operator) => didYouMean(operator, OPERATORS))
  // The lists of values are short.
  let hinted = 0
  const hintValue = (value: string, values: readonly string[]) =>
    (hinted += 1) > MOST_SUGGESTIONS ? '' : didYouMean(value, values)
  return { hintField, hintOperator, hintValue }
}

function hint(name: string, known: readonly string[]): string {
  const after = (prefix: string) => {
    const rests = known.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length))
    return nearest(name.replace(prefix, ''), rests).map((rest) => prefix + rest)
  }
  const prefixes = [...new Set(known.flatMap((one) => /^[a-z_]+\./.exec(one) ?? []))]
  const own = prefixes.find((prefix) => name.startsWith(prefix))
  const near = own === undefined ? nearest(name, known) : after(own)
  // A name without `attributes.` may mean the attribute.
  const meant = near.length > 0 || own !== undefined ? near : prefixes.flatMap(after)
  return meant.length > 0 ? `; did you mean ${meant.join(' or ')}?` : `; known are ${shownNames(known)}`
}

function valueProblem({ field, operator, value }: Condition, holds: FieldKind, known: Known): string | null {
  if (operator === 'is_known')
    return typeof value === 'boolean' ? null : `is_known takes true or false, got ${show(value)}`
  if (Array.isArray(value) !== OF_LISTS.includes(operator))
    return `${operator} takes ${OF_LISTS.includes(operator) ? 'a list of values' : 'one value'}, got ${show(value)}`
  const values = Array.isArray(value) ? value : [value]
  for (const one of values) {
    const wrong = scalarProblem(field, operator, one, holds, known)
    if (wrong !== null) return wrong
  }
  return null
}

function scalarProblem(
  field: string,
  operator: Operator,
  value: string | number | boolean,
  holds: FieldKind,
  { hintValue }: Known,
) {
  switch (holds.kind) {
    case 'number': {
      const { min, max } = holds
      const range = max === undefined ? (min === 0 ? ' of 0 or more' : '') : ` from ${min} to ${max}`
      const isIn = typeof value === 'number' && value >= min && (max === undefined || value <= max)
      return isIn ? null : `"${field}" is a number${range}, got ${show(value)}`
    }
    case 'boolean':
      return typeof value === 'boolean' ? null : `"${field}" is true or false, got ${show(value)}`
    case 'any': {
      if (!OF_NUMBERS.includes(operator) || typeof value === 'number') return null
      return `${operator} compares numbers, got ${show(value)}`
    }
    case 'text':
      return typeof value === 'string' ? null : `"${field}" is text, got ${show(value)}`
    default: {
      const { values } = holds
      if (typeof value !== 'string') return `"${field}" holds text, got ${show(value)}`
      if (!values || values.includes(value)) return null
      return `"${field}" is one of ${values.join(', ')}; got ${show(value)}${hintValue(value, values)}`
    }
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function countConditions({ all = [], any = [], not }: WrittenFilter): number {
  const parts = [...all, ...any, ...(not ? [not] : [])]
  return parts.length === 0 ? 1 : parts.reduce((sum, part) => sum + countConditions(part), 0)
}
