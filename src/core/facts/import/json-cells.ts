import { type FieldType, tooManyItems } from './field-types.ts'
import { type Problem, problem } from './problems.ts'
import type { UnreadableCell } from './complete-row.ts'

/**
 * JSON objects as rows of cells. A column is a key, or a path to a nested value (`account.id`); a key that holds a dot
 * itself comes first. Numbers and booleans are their text, null and absent are empty, a list is its members with the
 * separator between them, unless the column says what type it is for.
 */
export interface JsonColumn {
  readonly name: string
  /** Other keys under which it may stand. */
  readonly spellings?: readonly string[]
  readonly separator: string
  /** Nothing reads other columns: whatever they hold, their cells are empty. */
  readonly isRead: boolean
  /** The field that it fills; its value cannot be unknown where that decides what the row says. */
  readonly field: string
  readonly decides: boolean
  /** It becomes an attribute under its own name: objects are kept as JSON text. */
  readonly isRest: boolean
  /** The type of the field that the column fills directly: a value of another JSON type is refused, not converted to text. */
  readonly type?: FieldType['type'] | undefined
  /** Read as a number: a JSON number stays the number that it is, whatever notation the file has for others. */
  readonly isNumber?: boolean
  /** A list of which each item makes a row: an empty one is not the same as none. */
  readonly isParted?: boolean
}

type JsonObject = Readonly<Record<string, unknown>>

/** @returns the cells, with those that cannot be read left empty and added to `unreadable`, or the problem that costs the row */
export type JsonCells = (object: JsonObject, unreadable: UnreadableCell[]) => readonly string[] | Problem

export function jsonCells(columns: readonly JsonColumn[]): JsonCells {
  const readers = columns.map((column) => ({ column, path: pathOf(column.name) }))
  return (object, unreadable) => {
    const cells: string[] = []
    for (const { column, path } of readers) {
      const cell = column.isRead ? cellText(valueOf(object, column, path), column) : ''
      if (typeof cell === 'string') cells.push(cell)
      else if (column.decides) return cell
      else {
        unreadable.push({ field: column.field, problem: cell })
        cells.push('')
      }
    }
    return cells
  }
}

/** The keys of an object that none of the columns reads, whole or in part. */
export function unreadKeys(object: JsonObject, columns: ReadonlySet<string>): string[] {
  return Object.keys(object).filter((key) => !columns.has(key))
}

/** `values[name=email].value` as `values`, `[name=email]`, `value`. */
export function pathOf(name: string): readonly string[] {
  return name.replaceAll(/\[(?=[^[\]=]+=[^\]]*\])/g, '.[').split('.')
}

function valueOf(object: JsonObject, { name, spellings = [] }: JsonColumn, path: readonly string[]): unknown {
  if (Object.hasOwn(object, name)) return object[name]
  const [first = '', ...others] = path
  const key = [first, ...spellings].find((candidate) => Object.hasOwn(object, candidate))
  return key === undefined ? undefined : valueAt(object[key], others)
}

/** Of a list on the way, the different values of its members: `associations.contacts.results.id`; of `[name=email]`, of those. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...others] = path
  if (key === undefined || value === null || typeof value !== 'object') return key === undefined ? value : undefined
  if (Array.isArray(value)) {
    const [, name = '', wanted] = /^\[([^=]+)=(.*)\]$/.exec(key) ?? []
    if (wanted === undefined) return [...new Set(value.flatMap((member) => valueAt(member, path) ?? []))]
    return valueAt(
      value.filter((member) => valueAt(member, [name]) === wanted),
      others,
    )
  }
  return Object.hasOwn(value, key) ? valueAt((value as JsonObject)[key], others) : undefined
}

function cellText(value: unknown, { name, separator, isRest, type, isNumber, isParted }: JsonColumn): string | Problem {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (isInfinite(value)) return tooLarge(name)
  const many = Array.isArray(value) ? tooManyItems(type === 'domains' ? type : 'list', value.length, name) : undefined
  if (many) return many
  const expected = type === undefined ? undefined : otherTypeExpected(value, type)
  if (expected !== undefined) return problem('bad_json_value', name, JSON.stringify(value), `expected ${expected}`)
  if (isNumber && typeof value === 'number') return numberText(value)
  if (typeof value !== 'object') return JSON.stringify(value)
  if (isParted && Array.isArray(value) && value.length === 0) return '[]'
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)) {
    const items = value.filter((item) => item !== null).map(String)
    if (value.some(isInfinite)) return tooLarge(name)
    return items.some((item) => item.includes(separator))
      ? problem('bad_json_value', name, JSON.stringify(value), `an item holds ${separator}: state another separator`)
      : items.join(separator)
  }
  return isRest
    ? JSON.stringify(value)
    : problem('bad_json_value', name, JSON.stringify(value), 'expected a plain value')
}

/**
 * The expected type when a value of this JSON type is not allowed; undefined when it is. Ids of a CRM are often numbers, but
 * `true` and `["x"]` are not ids. Plain values of other types are checked as text.
 */
function otherTypeExpected(value: unknown, type: FieldType['type']): string | undefined {
  switch (type) {
    case 'key':
    case 'label':
    case 'text':
      return Number.isSafeInteger(value) ? undefined : `a text, or a whole number up to ${Number.MAX_SAFE_INTEGER}`
    case 'list':
    case 'domains':
      return Array.isArray(value) && value.every(isTextOrNull) ? undefined : 'a list of texts'
    default:
      return typeof value === 'object' ? 'a plain value' : undefined
  }
}

function isTextOrNull(item: unknown): boolean {
  return typeof item === 'string' || item === null
}

/** With an exponent the point is a decimal one in every notation: `1.355` of a text could be a thousand. */
function numberText(value: number): string {
  const text = String(value)
  return Number.isInteger(value) || text.includes('e') ? text : `${text}e0`
}

/** `1e400` is a JSON number, and no double holds it. */
function isInfinite(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value)
}

function tooLarge(column: string): Problem {
  return problem('bad_number', column, null, 'the number is too large')
}
