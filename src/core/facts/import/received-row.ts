import { isUnknownText } from '../identity/keys.ts'
import type { Defaults, StagedRow, UnreadableCell } from './complete-row.ts'
import { checkedLabel, fieldReader, isNumberType, tooManyItems } from './field-types.ts'
import { planRows } from './header.ts'
import { jsonCells } from './json-cells.ts'
import { FIELDS, type ImportKind, KINDS_WITH_ATTRIBUTES } from './kinds.ts'
import { standardMapping } from './mapping.ts'
import { type Problem, problem } from './problems.ts'
import { rowReader, withUnreadable } from './read-row.ts'
import { isBeyondExact, outOfRange } from './values/number-fields.ts'
import { didYouMean, suggester } from '../../base/did-you-mean.ts'

export type ReceivedRow =
  | { readonly kind: 'row'; readonly row: StagedRow; readonly unreadable: readonly FoundProblem[] }
  | ({ readonly kind: 'rejected' } & FoundProblem)

export interface FoundProblem {
  readonly problem: Problem
  /** Where it is in the row; empty for the row as a whole. */
  readonly path: readonly string[]
}

type JsonObject = Readonly<Record<string, unknown>>

export const ATTRIBUTES = 'attributes'
export const MOST_ATTRIBUTES = 500
const DOMAIN = 'domain'

/**
 * Makes a function that reads one JSON value sent over the API, in the same way as a line of JSON Lines: by the standard names,
 * without a mapping. Values that are not fields go into `attributes`, an object of plain values. A row with any other key is
 * rejected.
 */
export function receivedRowReader(kind: ImportKind, defaults: Defaults): (value: unknown) => ReceivedRow {
  const { strict: isStrict = false } = defaults
  const fields = Object.entries(FIELDS[kind])
  const names = fields.map(([name]) => name)
  const planned = planRows(names, { ...standardMapping(kind), strict: isStrict }, false)
  if (planned.kind === 'refused') throw new RangeError(planned.problems.join('; '))
  const plans = new Map(planned.plan.fields.map((plan) => [plan.name, plan]))
  const cellsOf = jsonCells(
    fields.map(([name, { type }]) => ({
      name,
      separator: plans.get(name)?.separator ?? ';',
      field: name,
      decides: isStrict || plans.get(name)?.decides === true,
      isRest: false,
      isRead: true,
      type: type.type,
      isNumber: isNumberType(type.type),
    })),
  )
  const read = rowReader(planned.plan, defaults)
  const keepsAttributes = KINDS_WITH_ATTRIBUTES.includes(kind)
  const known = new Set(keepsAttributes ? [...names, ATTRIBUTES] : names)
  const suggest = suggester((name) => didYouMean(name, names))
  return (value) => {
    if (!isObject(value)) return rejected(problem('malformed_json', null, null, 'expected an object'))
    const unknown = Object.keys(value).find((key) => !known.has(key))
    if (unknown !== undefined) return rejected(unknownKey(unknown, kind, suggest))
    const unreadable: UnreadableCell[] = []
    const cells = cellsOf(value, unreadable)
    if ('reason' in cells) return rejected(cells)
    const outcome = withUnreadable(read(cells, 1), unreadable)
    if (outcome.kind === 'filtered' || outcome.kind === 'rows')
      throw new Error('a row without a mapping is never filtered or parted')
    if (outcome.kind === 'rejected') return rejected(outcome.problem)
    const { row } = outcome
    const found = outcome.remarks.unreadable.map(({ field, problem: own }) => ({ problem: own, path: [field] }))
    const given = keepsAttributes ? value[ATTRIBUTES] : undefined
    if (given === undefined || given === null) return { kind: 'row', row, unreadable: found }
    const isCounted = (name: string) => name !== DOMAIN && !found.some(({ path }) => path[0] === name)
    const listed = names.reduce((sum, name) => (isCounted(name) ? sum + lengthOf(value[name]) : sum), 0)
    const added = readAttributes(given, names, listed)
    if ('problem' in added) return { kind: 'rejected', ...added }
    const [first] = added.unreadable
    if (first && isStrict) return { kind: 'rejected', ...first }
    const own = (row[ATTRIBUTES] ?? '{}').slice(1, -1)
    const attributes = `{${[own, ...added.members].filter((part) => part !== '').join(',')}}`
    return { kind: 'row', row: { ...row, [ATTRIBUTES]: attributes }, unreadable: [...found, ...added.unreadable] }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function rejected(found: Problem): ReceivedRow {
  return { kind: 'rejected', problem: found, path: pathOf(found) }
}

function pathOf({ column }: Problem): readonly string[] {
  return column === null ? [] : [column]
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0
}

function unknownKey(key: string, kind: ImportKind, suggest: (name: string) => string): Problem {
  const name = key.slice(0, 100).toWellFormed()
  const hint = KINDS_WITH_ATTRIBUTES.includes(kind) ? `; what else is known belongs in ${ATTRIBUTES}` : ''
  return problem('unknown_key', name, null, `${kind} have no such field${suggest(name)}${hint}`)
}

interface ReadAttributes {
  /** Of a JSON object, as text without the braces. */
  readonly members: readonly string[]
  readonly unreadable: readonly FoundProblem[]
}

/**
 * @param listed how many list values the fields of the row hold
 * @returns the problem where there are too many attributes
 */
function readAttributes(given: unknown, fields: readonly string[], listed: number): ReadAttributes | FoundProblem {
  if (!isObject(given))
    return {
      members: [],
      unreadable: [badAttribute(problem('bad_json_value', ATTRIBUTES, null, 'expected an object'))],
    }
  const entries = Object.entries(given)
  if (entries.length > MOST_ATTRIBUTES) {
    const message = `at most ${MOST_ATTRIBUTES} attributes, got ${entries.length}`
    return badAttribute(problem('too_large', ATTRIBUTES, null, message))
  }
  const members: string[] = []
  const unreadable: FoundProblem[] = []
  let listValues = listed
  for (const [name, value] of entries) {
    const many = tooManyItems('list', listValues + lengthOf(value), name.slice(0, 100).toWellFormed())
    const json = many ?? readName(name, fields) ?? readAttribute(value, name)
    if (json === null) continue
    if (typeof json !== 'string') unreadable.push(badAttribute(json, name))
    else {
      listValues += lengthOf(value)
      members.push(`${JSON.stringify(name)}:${json}`)
    }
  }
  return { members, unreadable }
}

function badAttribute(found: Problem, ...name: readonly string[]): FoundProblem {
  return { problem: found, path: [ATTRIBUTES, ...name.map((part) => part.slice(0, 100).toWellFormed())] }
}

const readText = fieldReader({ type: 'text' }, {})

function readName(name: string, fields: readonly string[]): Problem | undefined {
  if (name.trim() === '' || name.trim() !== name) {
    return problem('bad_json_value', ATTRIBUTES, null, 'a name must not be empty, or begin or end with a space')
  }
  if (name === '__proto__') return problem('bad_json_value', ATTRIBUTES, null, 'a name must not be __proto__')
  const text = checkedLabel(name, ATTRIBUTES)
  if (typeof text !== 'string') return text
  if (!fields.includes(name)) return undefined
  return problem('bad_json_value', ATTRIBUTES, null, `${name} is a field: it stands beside ${ATTRIBUTES}`)
}

/** As JSON; null where no attribute is given. */
function readAttribute(value: unknown, column: string): string | null | Problem {
  if (value === null) return null
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return readNumber(value, column)
  if (typeof value === 'string') {
    const text = value.trim()
    const read = text === '' ? null : readText(text, column)
    return typeof read === 'string' ? JSON.stringify(read) : read
  }
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    return problem('bad_json_value', column, null, 'expected a text, a number, true, false, or a list of texts')
  }
  const items = value.map((item: string) => item.trim()).filter((item) => item !== '' && !isUnknownText(item))
  const bad = items.map((item) => checkedLabel(item, column)).find((item) => typeof item !== 'string')
  return bad ?? JSON.stringify([...new Set(items)].toSorted())
}

/** A number written with all its digits is text at this point and is kept (json-text.ts); `1e20` is still a number. */
function readNumber(value: number, name: string): string | Problem {
  if (!Number.isFinite(value)) return problem('bad_number', name, null, 'the number is too large')
  if (!isBeyondExact(value)) return String(value)
  return problem('out_of_range', name, String(value), outOfRange(name, -Number.MAX_SAFE_INTEGER, String(value)))
}
