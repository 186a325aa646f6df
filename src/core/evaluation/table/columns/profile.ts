import type { Instant } from '../../../base/time.ts'
import { readDates } from './dates.ts'
import { cellNumberReader, decimalSignOf, isAmbiguousNumber } from './numbers.ts'
import { countBy, plainName, type Table, type TableColumn } from './table.ts'

/** Cells of a column of numbers that hold none: they are unknown. */
export interface Unreadable {
  readonly rows: number
  readonly examples: readonly string[]
}

/** What a column holds, by its cells. Only numbers, categories and sets can be features. */
export type Content =
  | { readonly kind: 'empty' }
  | { readonly kind: 'constant'; readonly value: string }
  | { readonly kind: 'number'; readonly numbers: readonly (number | null)[]; readonly unreadable: Unreadable | null }
  | { readonly kind: 'category' }
  | { readonly kind: 'set' }
  | { readonly kind: 'date'; readonly instants: readonly (Instant | null)[]; readonly isAmbiguous: boolean }
  /** Numbers such as `example`, of which nothing in the file says whether they are thousands. */
  | { readonly kind: 'ambiguous'; readonly example: string }
  /** Keys, names, addresses, numbers that only count: `why` says by which sign. */
  | { readonly kind: 'identifier'; readonly why: string }

export interface ColumnProfile {
  readonly name: string
  readonly cells: readonly (string | null)[]
  readonly filled: number
  readonly distinct: number
  readonly content: Content
}

/** Separates the members of a set in one cell, as CRMs export fields of several choices. */
export const SET_SEPARATOR = ';'

const MOSTLY = 0.95
/** A text with more different values than this share of its rows names its rows. */
const NAMES_ROWS = 0.5
const FEWEST_NAMES = 20
/** A column named like a key is one from so many values a row on; fewer are codes. */
const KEY_SHARE = 0.05
/** How many values would have come twice among random numbers of that range, when none does in a column that counts. */
const EXPECTED_COLLISIONS = 5
const LONG_KEY_DIGITS = 9
const MOST_UNREADABLE_SHOWN = 3

const SHAPES: readonly { readonly shape: RegExp; readonly what: string }[] = [
  { shape: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, what: 'e-mail addresses' },
  { shape: /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i, what: 'GUIDs' },
  { shape: /^(?:https?:\/\/|www\.)\S+$/i, what: 'web addresses' },
  { shape: /^(?=(?:.*\d){7})\+?[\d\s()/.-]*[\s()/-][\d\s()/.-]*$|^(?:\+|00)\d{7,15}$/, what: 'telephone numbers' },
]
/** `Q1 2024`, `2024-03`, `FY24`, `Mar 2024`, `2024`. */
const PERIOD =
  /^(?:(?:fy|cy|gj)? ?(?:19|20)\d{2}|fy ?'?\d{2})(?:[-/ ]?(?:q[1-4]|h[12]|w?\d{1,2}|[a-zäé]{3,9}))?$|^(?:q[1-4]|h[12]|kw ?\d{1,2}|\d{1,2}|[a-zäé]{3,9})\.?[-/ ](?:fy ?)?(?:20)?\d{2}$/i
const NAMED_PERIOD = /\b(year|jahr|quarter|quartal|month|monat|period|week|woche|fy|date|datum)\b/
const NAMED_ID =
  /(^|\b)(id|ids|key|guid|uuid|number|no|nr|nummer|num|rowid|index|record|ref|reference|serial|seq|sequence|row|zeile|lfd)$|^(id|key|guid|uuid|record id|lfd nr)\b/
const NAMED_PERSON_OR_DEAL =
  /\b(first|last|full|contact|deal|opportunity|account|company|lead) name$|^(name|deal|opportunity|company|account|customer|client|organi[sz]ation|kunde|unternehmen|vorname|nachname|ansprechpartner|firmenname|firma|phone|mobile|telefon|e ?mail|email|website|url|description|beschreibung|notes?|notiz|comments?|kommentar|subject|betreff|address|street|adresse|strasse|straße|zip|postal code|postcode|plz)$/

export function profileTable(table: Table): readonly ColumnProfile[] {
  const dates = new Map(table.columns.map((column) => [column, readDates(column.name, column.cells)]))
  const texts = table.columns.filter((column) => !dates.get(column)).map(({ cells }) => distinctOf(cells))
  const sign = decimalSignOf(texts)
  const numbers = { isSettled: sign !== undefined, read: cellNumberReader(sign) }
  return table.columns.map((column) => {
    const distinct = distinctOf(column.cells)
    const filled = column.cells.reduce((count, cell) => count + (cell === null ? 0 : 1), 0)
    const date = dates.get(column)
    const content: Content = date ? { kind: 'date', ...date } : contentOf(column, distinct, filled, numbers)
    return { ...column, filled, distinct: distinct.length, content }
  })
}

function distinctOf(cells: TableColumn['cells']): readonly string[] {
  return [...new Set(cells.filter((cell) => cell !== null))]
}

type ReadNumber = (text: string) => number | undefined

interface Numbers {
  readonly isSettled: boolean
  readonly read: ReadNumber
}

function contentOf(
  column: TableColumn,
  distinct: readonly string[],
  filled: number,
  { isSettled, read }: Numbers,
): Content {
  const [only] = distinct
  if (only === undefined) return { kind: 'empty' }
  if (distinct.length === 1 && filled === column.cells.length) return { kind: 'constant', value: only }
  const shape = shapeOf(distinct)
  if (shape) return { kind: 'identifier', why: `holds ${shape}` }
  const name = plainName(column.name)
  if (
    distinct.every((text) => PERIOD.test(text)) &&
    (NAMED_PERIOD.test(name) || distinct.every((text) => /\D/.test(text)))
  )
    return { kind: 'identifier', why: 'holds periods of time' }
  const example = isSettled ? undefined : distinct.find(isAmbiguousNumber)
  if (example !== undefined && numbersOf(column, distinct, (text) => (isAmbiguousNumber(text) ? 0 : read(text))))
    return { kind: 'ambiguous', example }
  const numbers = numbersOf(column, distinct, read)
  if (NAMED_ID.test(name) && distinct.length > Math.max(FEWEST_NAMES, KEY_SHARE * filled))
    return { kind: 'identifier', why: `is named like a key and has ${count(distinct.length)} values` }
  if (numbers) {
    const counts = countingNumbers(distinct, filled, numbers.numbers)
    return counts ? { kind: 'identifier', why: counts } : { kind: 'number', ...numbers }
  }
  if (NAMED_PERSON_OR_DEAL.test(name) && distinct.length > FEWEST_NAMES)
    return { kind: 'identifier', why: 'is named like a name, an address or a note' }
  if (isSet(distinct)) return { kind: 'set' }
  if (distinct.length > FEWEST_NAMES && distinct.length > NAMES_ROWS * filled)
    return { kind: 'identifier', why: `has ${count(distinct.length)} different texts in ${count(filled)} rows` }
  return { kind: 'category' }
}

function shapeOf(distinct: readonly string[]): string | undefined {
  return SHAPES.find(({ shape }) => distinct.filter((text) => shape.test(text)).length >= 0.8 * distinct.length)?.what
}

function numbersOf(column: TableColumn, distinct: readonly string[], readNumber: ReadNumber) {
  const known = new Map(distinct.map((text) => [text, readNumber(text)]))
  const unreadable = distinct.filter((text) => known.get(text) === undefined)
  const rows = column.cells.filter((cell) => cell !== null && known.get(cell) === undefined).length
  const filled = column.cells.filter((cell) => cell !== null).length
  if (rows > (1 - MOSTLY) * filled || unreadable.length > Math.max(3, 0.05 * distinct.length)) return undefined
  return {
    numbers: column.cells.map((cell) => (cell === null ? null : (known.get(cell) ?? null))),
    unreadable: rows > 0 ? { rows, examples: unreadable.slice(0, MOST_UNREADABLE_SHOWN) } : null,
  }
}

/** Why whole numbers are keys and not quantities; undefined when they may well be quantities. */
function countingNumbers(
  distinct: readonly string[],
  filled: number,
  numbers: readonly (number | null)[],
): string | undefined {
  if (distinct.length < MOSTLY * filled || filled < FEWEST_NAMES) return undefined
  const known = numbers.filter((number) => number !== null)
  if (!known.every(Number.isInteger)) return undefined
  const [low, high] = known.reduce(([least, most], number) => [Math.min(least, number), Math.max(most, number)], [
    Infinity,
    -Infinity,
  ] as [number, number])
  const collisions = filled ** 2 / (2 * (high - low + 1))
  if (distinct.length === filled && collisions >= EXPECTED_COLLISIONS)
    return `counts: ${count(filled)} whole numbers between ${low} and ${high}, none of them twice`
  const digits = String(high).length
  if (digits >= LONG_KEY_DIGITS && String(low).length === digits)
    return `holds a different number of ${digits} digits in almost every row`
  return undefined
}

function isSet(distinct: readonly string[]): boolean {
  const several = distinct.filter((text) => text.includes(SET_SEPARATOR))
  if (several.length < 0.2 * distinct.length || several.length < 3) return false
  const members = countBy(distinct.flatMap(membersOf))
  return members.size < distinct.length
}

export function membersOf(text: string): readonly string[] {
  return text
    .split(SET_SEPARATOR)
    .map((member) => member.trim())
    .filter((member) => member !== '')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
