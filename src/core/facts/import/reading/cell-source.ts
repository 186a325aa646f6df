import { createHash } from 'node:crypto'
import { isUnknownText } from '../../identity/keys.ts'
import { visibleText } from '../../identity/visible-text.ts'
import { fieldReader } from '../field-types.ts'
import { columnsOf, conditionColumns, placeholders } from '../mapped-columns.ts'
import type { Condition, SimpleSource } from '../mapping.ts'
import { readYesNo } from '../values/yes-no.ts'
import type { HeaderColumns } from './header-columns.ts'
import { finder, plain } from './plain-text.ts'

type Cells = readonly string[]

/** How the text of a value is taken from the cells of a row. */
export interface SourceReader {
  readonly read: (cells: Cells, rowNumber: number) => string
  /** The column in which the text stands, or the first of those that make it. -1 where there is none. */
  readonly place: (cells: Cells) => number
  /** All columns that it looks at. */
  readonly places: readonly number[]
  /** The text is the cell in the one place, whatever the row. */
  readonly isCell: boolean
  /** It is made of yes/no columns. */
  readonly areFlags: boolean
  /** It takes the cells as they are, whatever they hold. */
  readonly hashes: boolean
}

export function sourceReader(source: SimpleSource, columns: HeaderColumns): SourceReader {
  const places = columnsOf(source).flatMap(columns.placesOf)
  const [first = -1] = places
  const fixed = (read: SourceReader['read']) => ({
    read,
    place: () => first,
    places,
    isCell: false,
    areFlags: false,
    hashes: false,
  })
  if (typeof source === 'string')
    return { ...fixed((cells) => (cells[first] ?? '').trim()), isCell: places.length === 1 }
  if ('constant' in source) return fixed(() => source.constant)
  if ('row_number' in source) return fixed((_cells, rowNumber) => String(rowNumber))
  if ('template' in source) return fixed(templateReader(source.template, source.partial ?? false, columns))
  if ('flags' in source) return { ...fixed(flagsReader(source.flags.map(columns.placesOf))), areFlags: true }
  if ('hash' in source) {
    const hashed = source.hash === 'all' ? columns.names.map((_name, index) => index) : columns.placesOf(source.hash)
    return { ...fixed(hashReader(hashed)), places: hashed, hashes: true }
  }
  const place = firstFilled(columns.placesOf([source.column].flat()), source.pass_over ?? [])
  const text = (cells: Cells) => (cells[place(cells)] ?? '').trim()
  const passedOver = new Set(source.pass_over?.map(plain))
  const read = source.present
    ? (cells: Cells) => (isThere(text(cells)) && !passedOver.has(plain(text(cells))) ? 'true' : '')
    : text
  const cell = { place, places, areFlags: false, hashes: false }
  if (!source.when) return { ...cell, read, isCell: !source.present && places.length === 1 }
  const { holds } = conditionReader(source.when, columns)
  return { read: (cells) => (holds(cells) ? read(cells) : ''), ...cell, isCell: false }
}

/** Whether a cell holds something: a database writes `NULL` or `0`, pandas `NaT` where there is no date of a deletion. */
function isThere(text: string): boolean {
  const seen = visibleText(text)
  return seen !== '' && !isUnknownText(seen) && readYesNo(seen) !== 'false'
}

export interface ConditionReader {
  readonly holds: (cells: Cells) => boolean
  /** All columns that it looks at. */
  readonly places: readonly number[]
}

export function conditionReader(condition: Condition, columns: HeaderColumns): ConditionReader {
  const places = columns.placesOf(conditionColumns(condition))
  const place = firstFilled(places, [])
  const [listed, negated] =
    'not_in' in condition ? [condition.not_in, true] : ['in' in condition ? condition.in : [condition.equals], false]
  const isListed = listedFinder(listed)
  return { holds: (cells) => isListed((cells[place(cells)] ?? '').trim()) !== negated, places }
}

/** Of a list that names `true` or `false`, the column says yes or no: any other spelling of a listed answer is listed too. */
function listedFinder(listed: readonly string[]): (text: string) => boolean {
  const find = finder(listed.map((text) => [text, true]))
  const answers: ReadonlySet<string> = new Set(listed.map(plain).filter((text) => text === 'true' || text === 'false'))
  if (answers.size === 0) return (text) => find(text) === true
  return (text) => find(text) === true || answers.has(readYesNo(visibleText(text)) ?? '')
}

/** The first place that holds something, one with a value that is not passed over before one that is. */
function firstFilled(places: readonly number[], passOver: readonly string[]): (cells: Cells) => number {
  const [first = -1] = places
  if (places.length <= 1) return () => first
  const passedOver = new Set(passOver.map(plain))
  return (cells) => {
    let found = -1
    for (const place of places) {
      const cell = (cells[place] ?? '').trim()
      if (cell === '') continue
      if (passedOver.size === 0 || !passedOver.has(plain(cell))) return place
      if (found === -1) found = place
    }
    return found === -1 ? first : found
  }
}

/** Empty when a part is: a part of a key identifies nothing. Of a partial one only the empty parts are left out. */
function templateReader(template: string, isPartial: boolean, columns: HeaderColumns): SourceReader['read'] {
  const literals = template.split(/\{[^{}]+\}/)
  const parts = placeholders(template).map((names) => firstFilled(columns.placesOf(names), []))
  return (cells) => {
    let text = literals[0] ?? ''
    let filled = 0
    for (const [index, place] of parts.entries()) {
      const cell = (cells[place(cells)] ?? '').trim()
      if (cell !== '') filled += 1
      else if (!isPartial) return ''
      text += cell + (literals[index + 1] ?? '')
    }
    if (!isPartial) return text
    return filled === 0 ? '' : text.replaceAll(/\s+/g, ' ').trim()
  }
}

const readBoolean = fieldReader({ type: 'boolean' }, {})

/** `true/false`. An empty part stays empty, and one that is neither stays as it is written. */
function flagsReader(flags: readonly (readonly number[])[]): SourceReader['read'] {
  const places = flags.map((alternatives) => firstFilled(alternatives, []))
  return (cells) => {
    const texts = places.map((place) => (cells[place(cells)] ?? '').trim())
    if (texts.every((text) => text === '')) return ''
    return texts.map(flagOf).join('/')
  }
}

function flagOf(text: string): string {
  if (text === '') return ''
  const read = readBoolean(text, '')
  return typeof read === 'string' ? read : text
}

/**
 * A key for rows that have none: rows of equal content get equal keys, so an exact copy counts as a duplicate. 128 bits
 * of SHA-256 over the cells as a JSON list, for `all` in the order of the header. Empty when every cell is.
 */
function hashReader(places: readonly number[]): SourceReader['read'] {
  return (cells) => {
    const content = places.map((place) => (cells[place] ?? '').trim())
    if (content.every((cell) => cell === '')) return ''
    return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)
  }
}
