import { z } from 'zod'
import { unmappedAddress } from '../identity/addresses.ts'
import { normalDomain, normalEmail } from '../identity/domains.ts'
import { type DateReading, dayReader, instantReader, type ReadText } from './local-time.ts'
import { type Problem, problem } from './problems.ts'

/** What a cell may hold; a cell is never empty here, since an empty one is unknown and does not reach its type. */
export type FieldType =
  | { readonly type: 'key' | 'text' | 'number' | 'count' | 'integer' | 'money' | 'currency' | 'strength' | 'boolean' }
  | { readonly type: 'instant' | 'day' | 'month' | 'domain' | 'email' | 'address' | 'network' }
  | { readonly type: 'list' | 'domains'; readonly separator: string }
  | { readonly type: 'choice'; readonly choices: readonly string[] }

const KEY_LENGTH = 400
const TEXT_LENGTH = 10_000
/** Of one row, whether it comes in a file or over the API. */
export const MOST_DOMAINS = 100
/** Of all lists of one row together, domains apart. */
export const MOST_LIST_VALUES = 1000
// NUL cannot be stored, and U+FFFD is what an undecodable byte turns into.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the point of it
const BAD_CHARACTER = /[\0\uFFFD]/
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/
const MONEY = /^[+-]?\d{1,14}(?:\.\d{1,4}0*)?$/
const BOOLEANS: Readonly<Record<string, string>> = {
  true: 'true', yes: 'true', y: 'true', t: 'true', '1': 'true',
  false: 'false', no: 'false', n: 'false', f: 'false', '0': 'false',
} // biome-ignore format: two lines say it

/** @returns a function from the text of a cell to the text that is stored, or to the problem. */
export function fieldReader(field: FieldType, dates: DateReading): ReadText {
  switch (field.type) {
    case 'instant':
      return instantReader(dates)
    case 'day':
      return dayReader(dates)
    case 'month':
      return monthReader(dates)
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
  key: (text, column) => checkedText(text, KEY_LENGTH, column),
  text: (text, column) => checkedText(text, TEXT_LENGTH, column),
  number: (text, column) => numberFrom(-Number.MAX_SAFE_INTEGER, text, column),
  // Full-time equivalents: the number need not be whole.
  count: (text, column) => numberFrom(0, text, column),
  integer: (text, column) =>
    /^-?\d{1,15}$/.test(text) ? String(Number(text)) : badNumber(text, column, 'a whole number of at most 15 digits'),
  money: (text, column) =>
    MONEY.test(text)
      ? text
      : badNumber(text, column, 'an amount as 1234.50: at most 14 digits, 4 decimals, no separators'),
  currency: (text, column) =>
    /^[A-Za-z]{3}$/.test(text)
      ? text.toUpperCase()
      : problem('bad_currency', column, text, 'expected three letters as in EUR'),
  strength: strengthOf,
  boolean: (text, column) =>
    BOOLEANS[text.toLowerCase()] ?? problem('bad_boolean', column, text, 'expected true or false'),
  domain: (text, column) =>
    normalDomain(text) ?? problem('bad_domain', column, text, 'expected a domain as in acme.com'),
  email: (text, column) =>
    normalEmail(text) ?? problem('bad_email', column, text, 'expected an address as in ann@acme.com'),
  address: addressOf,
  network: networkOf,
} as const satisfies Record<string, ReadText>

function checkedText(text: string, limit: number, column: string): string | Problem {
  if (text.length > limit) return problem('too_long', column, text, `at most ${limit} characters, got ${text.length}`)
  if (BAD_CHARACTER.test(text))
    return problem('bad_character', column, text, 'holds NUL or a byte that is not in the encoding')
  // It would be stored as another character. Only JSON can spell it.
  if (!text.isWellFormed())
    return problem('bad_character', column, text.toWellFormed(), 'holds half of a surrogate pair')
  return text
}

function isNumber(text: string): boolean {
  return NUMBER.test(text) && Number.isFinite(Number(text))
}

function numberFrom(minimum: number, text: string, column: string): string | Problem {
  if (!isNumber(text)) return badNumber(text, column, 'a number with a decimal point')
  const number = Number(text)
  return number < minimum || isBeyondExact(number)
    ? problem('out_of_range', column, text, outOfRange(column, minimum, text))
    : String(number)
}

/** From here on a double cannot hold every whole number: the value would change without notice. */
export function isBeyondExact(number: number): boolean {
  return Math.abs(number) > Number.MAX_SAFE_INTEGER
}

export function outOfRange(name: string, minimum: number, got: string): string {
  return `${name} must lie in ${minimum} to ${Number.MAX_SAFE_INTEGER}, got ${got.slice(0, 50)}`
}

function badNumber(text: string, column: string, expected: string): Problem {
  return problem('bad_number', column, text, `expected ${expected}`)
}

function strengthOf(text: string, column: string): string | Problem {
  if (!isNumber(text)) return badNumber(text, column, 'a number from 0 to 100')
  const strength = Number(text)
  return strength >= 0 && strength <= 100
    ? String(Math.round(strength * 10_000) / 10_000)
    : problem('out_of_range', column, text, 'must lie in 0 to 100')
}

function choiceReader(choices: readonly string[]): ReadText {
  const known = new Set(choices)
  return (text, column) =>
    known.has(text) ? text : problem('bad_choice', column, text, `expected one of ${choices.join(', ')}`)
}

function monthReader(dates: DateReading): ReadText {
  const readDay = dayReader(dates)
  return (text, column) => {
    const day = readDay(/^\d{4}-\d{2}$/.test(text) && dates.format === undefined ? `${text}-01` : text, column)
    if (typeof day === 'string' && (day.endsWith('-01') || dates.format !== undefined)) return `${day.slice(0, 8)}01`
    return problem('bad_month', column, text, 'expected YYYY-MM or the first of a month')
  }
}

/** As JSON. Sorted and without repeats, so that the same set in another order creates no new version. */
function listOf(text: string, separator: string, column: string): string | Problem {
  const many = tooManyItems('list', itemCount(text, separator), column)
  if (many) return many
  const items = itemsOf(text, separator)
  const bad = items.map((item) => checkedText(item, KEY_LENGTH, column)).find((item) => typeof item !== 'string')
  return bad ?? JSON.stringify(items)
}

function domainsOf(text: string, separator: string, column: string): string | Problem {
  const many = tooManyItems('domains', itemCount(text, separator), column)
  if (many) return many
  const domains = itemsOf(text, separator).map((item) => normalDomain(item))
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
  const items = text.split(separator).map((item) => item.trim())
  return [...new Set(items.filter((item) => item !== ''))].toSorted()
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
