import { z } from 'zod'
import { unmappedAddress } from '../identity/addresses.ts'
import { normalDomain, normalEmail } from '../identity/domains.ts'
import { canonicalKey, isPlainKey, isSeveralKeys, isUnknownText, noKeyBecause } from '../identity/keys.ts'
import { isInvisible, isVisibleAscii, visibleText } from '../identity/visible-text.ts'
import { type DateReading, dayReader, instantReader, type ReadText } from './local-time.ts'
import { type Problem, problem } from './problems.ts'
import {
  countReader,
  dollarReader,
  integerReader,
  moneyReader,
  numberReader,
  rateReader,
  strengthOf,
} from './values/number-fields.ts'
import { bracketedItems } from './values/list-text.ts'
import type { NumberNotation } from './values/number-text.ts'
import { readOptOut, readYesNo } from './values/yes-no.ts'

/** What a cell may hold; a cell is never empty here, since an empty one is unknown and does not reach its type. */
export type FieldType =
  | { readonly type: 'label' | 'text' | 'count' | 'integer' | 'money' | 'currency' | 'strength' }
  /** Of a wish not to be contacted the words of mailing systems are read too. */
  | { readonly type: 'boolean'; readonly optOut?: boolean }
  | { readonly type: 'day' | 'month' | 'domain' | 'email' | 'address' | 'network' | 'rate' | 'number' | 'dollars' }
  /** An id. One that is composed may hold what lies between several ids elsewhere. */
  | { readonly type: 'key'; readonly composed?: boolean }
  /** A day keeps its span (values/day-span.ts), to be compared with other days. */
  | { readonly type: 'instant'; readonly spans?: boolean }
  | { readonly type: 'list' | 'domains'; readonly separator: string }
  | { readonly type: 'choice'; readonly choices: readonly string[] }

const NUMBER_TYPES: ReadonlySet<string> = new Set([
  'number',
  'count',
  'money',
  'dollars',
  'rate',
  'strength',
  'integer',
])

export function isNumberType(type: FieldType['type']): boolean {
  return NUMBER_TYPES.has(type)
}

export function isDateType(type: FieldType['type']): boolean {
  return type === 'instant' || type === 'day' || type === 'month'
}

/** How the column writes what could be read in several ways. */
export type Notation = DateReading & NumberNotation

const KEY_LENGTH = 400
/** What is longer than any text is not looked at: nothing is read from it, whatever its type. */
const TEXT_LENGTH = 10_000
/** Of one row, whether it comes in a file or over the API. */
export const MOST_DOMAINS = 100
/** Of all lists of one row together, domains apart. */
export const MOST_LIST_VALUES = 1000
// NUL cannot be stored, and U+FFFD is what an undecodable byte turns into.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the point of it
const BAD_CHARACTER = /[\0\uFFFD]/
/**
 * @returns a function from the text of a cell to the text that is stored, to null where the text says that there is nothing
 *   (`#N/A`, `NULL`, `-`), or to the problem
 */
export function fieldReader(field: FieldType, notation: Notation): ReadText {
  if (field.type === 'key') return keyReader(field.composed ?? false)
  const read = typeReader(field, notation)
  // A text stays as it was sent, and of a list each item is looked at. Everything else is read as it is seen.
  if (field.type === 'text' || field.type === 'list' || field.type === 'domains')
    return (text, column) => (isUnknownText(text) || isInvisible(text) ? null : read(text, column))
  return (given, column) => {
    if (given.length > TEXT_LENGTH) return tooLong(TEXT_LENGTH, given, column)
    const text = visibleText(given)
    return text === '' || isUnknownText(text) ? null : read(text, column)
  }
}

function typeReader(field: Exclude<FieldType, { readonly type: 'key' }>, notation: Notation): ReadText {
  switch (field.type) {
    case 'number':
      return numberReader(notation)
    case 'dollars':
      return dollarReader(notation)
    case 'rate':
      return rateReader()
    case 'count':
      return countReader(notation)
    case 'integer':
      return integerReader(notation)
    case 'money':
      return moneyReader(notation)
    case 'instant':
      return instantReader(notation, field.spans)
    case 'day':
      return dayReader(notation)
    case 'month':
      return monthReader(notation)
    case 'boolean':
      return booleanReader(field.optOut ? readOptOut : readYesNo)
    case 'choice':
      return choiceReader(field.choices)
    case 'list':
      return (text, column) => listOf(text, field.separator, column)
    case 'domains':
      return (text, column) => domainsOf(text, field.separator, column)
    default:
      return SIMPLE[field.type]
  }
}

const SIMPLE = {
  label: checkedLabel,
  text: (text, column) => checkedText(text, TEXT_LENGTH, column),
  currency: (text, column) =>
    /^[A-Za-z]{3}$/.test(text)
      ? text.toUpperCase()
      : problem('bad_currency', column, text, 'expected three letters as in EUR'),
  strength: strengthOf,
  domain: (text, column) =>
    normalDomain(text) ?? problem('bad_domain', column, text, 'expected a domain as in acme.com'),
  email: (text, column) =>
    normalEmail(text) ?? problem('bad_email', column, text, 'expected an address as in ann@acme.com'),
  address: addressOf,
  network: networkOf,
} as const satisfies Record<string, ReadText>

/** What nobody can see is no part of a key: one of invisible characters only is none. */
function keyReader(isComposed: boolean): ReadText {
  return (text, column) => {
    if (isPlainKey(text)) return text
    if (text.length > TEXT_LENGTH) return tooLong(KEY_LENGTH, text, column)
    const listed = isComposed ? undefined : bracketedItems(text)
    if (!isComposed && (listed ? listed.length > 1 : isSeveralKeys(text)))
      return problem('several_ids', column, text, 'expected one id, and these are several')
    const key = canonicalKey(listed ? (listed[0] ?? '') : text)
    if (key === '') return null
    const because = noKeyBecause(key)
    return because === undefined
      ? checkedText(key, KEY_LENGTH, column)
      : problem('bad_key', column, text, `expected an id, and this is ${because}`)
  }
}

/** A short text that is compared: a kind, a stage, a source, an item of a list. */
export function checkedLabel(text: string, column: string): string | Problem {
  return checkedText(text, KEY_LENGTH, column)
}

function checkedText(text: string, limit: number, column: string): string | Problem {
  if (text.length > limit) return tooLong(limit, text, column)
  if (isVisibleAscii(text)) return text
  if (BAD_CHARACTER.test(text))
    return problem('bad_character', column, text, 'holds NUL or a byte that is not in the encoding')
  // It would be stored as another character. Only JSON can spell it.
  if (!text.isWellFormed())
    return problem('bad_character', column, text.toWellFormed(), 'holds half of a surrogate pair')
  return text
}

function tooLong(limit: number, text: string, column: string): Problem {
  return problem('too_long', column, text, `at most ${limit} characters, got ${text.length}`)
}

function booleanReader(read: typeof readYesNo): ReadText {
  return (text, column) => read(text) ?? problem('bad_boolean', column, text, 'expected true or false')
}

/** In upper case too, and with spaces or hyphens between words: `Won`, `C-Level`. */
function choiceReader(choices: readonly string[]): ReadText {
  const known = new Set(choices)
  return (text, column) => {
    const name = known.has(text) ? text : text.toLowerCase().replaceAll(/[ -]/g, '_')
    return known.has(name) ? name : problem('bad_choice', column, text, `expected one of ${choices.join(', ')}`)
  }
}

/** Of `2024-03`, `2024/03`, `03/2024` and `Mar 2024` the first day; anything else as it is. */
function firstOfMonth(text: string): string {
  const yearFirst = /^(\d{4})[-/.](\d{1,2})$/.exec(text)
  if (yearFirst) return `${yearFirst[1]}-${yearFirst[2]?.padStart(2, '0')}-01`
  const monthFirst = /^(\d{1,2})[-/.](\d{4})$/.exec(text)
  if (monthFirst) return `${monthFirst[2]}-${monthFirst[1]?.padStart(2, '0')}-01`
  return /^\p{L}{3,9}\.?[ -]\d{4}$/u.test(text) ? `1 ${text}` : text
}

function monthReader(dates: Notation): ReadText {
  const readDay = dayReader(dates)
  return (text, column) => {
    const day = readDay(dates.format === undefined ? firstOfMonth(text) : text, column)
    if (typeof day === 'string' && (day.endsWith('-01') || dates.format !== undefined)) return `${day.slice(0, 8)}01`
    return problem('bad_month', column, text, 'expected YYYY-MM or the first of a month')
  }
}

/** As JSON. Sorted and without repeats, so that the same set in another order creates no new version. */
function listOf(text: string, separator: string, column: string): string | null | Problem {
  const many = tooManyItems('list', bracketedItems(text)?.length ?? itemCount(text, separator), column)
  if (many) return many
  const items = itemsOf(text, separator)
  if (items.length === 0) return null
  const bad = items.map((item) => checkedLabel(item, column)).find((item) => typeof item !== 'string')
  return bad ?? JSON.stringify(items)
}

function domainsOf(text: string, separator: string, column: string): string | null | Problem {
  const bracketed = bracketedItems(text)
  // No domain holds a comma.
  const list = bracketed ? text : text.replaceAll(',', separator)
  const many = tooManyItems('domains', bracketed?.length ?? itemCount(list, separator), column)
  if (many) return many
  const domains = itemsOf(list, separator).map((item) => normalDomain(item))
  if (domains.length === 0) return null
  return domains.includes(undefined)
    ? problem('bad_domain', column, text, `expected domains as in acme.com, with ${separator} between them`)
    : JSON.stringify([...new Set(domains)].toSorted())
}

/** Checked before the items are read, so that a list of 45,000 domains costs nothing. */
export function tooManyItems(type: 'list' | 'domains', count: number, column: string): Problem | undefined {
  const [most, what] = type === 'domains' ? [MOST_DOMAINS, 'domains'] : [MOST_LIST_VALUES, 'list values']
  if (count <= most) return undefined
  return problem('too_large', column, null, `at most ${most} ${what} a row, got ${count}`)
}

/** With those that are empty. */
export function itemCount(text: string, separator: string): number {
  let count = 1
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + separator.length)) count += 1
  return count
}

function itemsOf(text: string, separator: string): string[] {
  const items = (bracketedItems(text) ?? text.split(separator)).map(visibleText)
  return [...new Set(items.filter((item) => item !== '' && !isUnknownText(item)))].toSorted()
}

function addressOf(text: string, column: string): string | Problem {
  const address = unmappedAddress(text)
  return isAddress(address) ? address : problem('bad_address', column, text, 'expected an IPv4 or IPv6 address')
}

function networkOf(text: string, column: string): string | Problem {
  const network = unmappedAddress(text)
  return isNetwork(network) ? network : problem('bad_network', column, text, 'expected a network as in 192.0.2.0/24')
}

function isAddress(text: string): boolean {
  return z.regexes.ipv4.test(text) || z.regexes.ipv6.test(text)
}

/** An address without a length is a network of one. */
function isNetwork(text: string): boolean {
  return isAddress(text) || z.regexes.cidrv4.test(text) || z.regexes.cidrv6.test(text)
}
