import { type Problem, problem } from '../problems.ts'
import { type Decimal, decimalText, roundedTo } from './decimal.ts'
import { type NumberNotation, readNumberText } from './number-text.ts'
import { currencyMarks, markedCurrencies } from './currency-marks.ts'
import { moneyText } from './money-text.ts'
import { readRange } from './range-text.ts'

type Read = (text: string, column: string) => string | Problem

const MONEY_DECIMALS = 4
const MONEY_DIGITS = 14
const INTEGER_DIGITS = 15

/** A percentage is a share: 12% is 0.12. A range is its geometric middle. */
export function numberReader(notation: NumberNotation): Read {
  return measureReader(-Number.MAX_SAFE_INTEGER, notation)
}

/** Full-time equivalents: the number need not be whole. */
export function countReader(notation: NumberNotation): Read {
  return measureReader(0, notation)
}

function measureReader(minimum: number, notation: NumberNotation): Read {
  return (text, column) => {
    const range = /^[-+]?[\d.,]+$/.test(text) ? undefined : readRange(text, notation)
    if (range !== undefined) return inLimits(range, minimum, text, column)
    const read = readNumberText(text, notation)
    if (read === undefined) return badNumber(text, column, 'a number, or a range as in 51-200')
    if (read.kind === 'ambiguous') return ambiguous(read, text, column)
    if (read.isPercent && minimum === 0) return badNumber(text, column, 'a count, not a share')
    const number = Number(decimalText(read.isPercent ? { ...read.value, scale: read.value.scale + 2 } : read.value))
    return inLimits(number, minimum, text, column)
  }
}

function inLimits(number: number, minimum: number, text: string, column: string): string | Problem {
  if (!Number.isFinite(number)) return badNumber(text, column, 'a number that a computer can hold')
  return number < minimum || isBeyondExact(number)
    ? problem('out_of_range', column, text, outOfRange(column, minimum, text))
    : String(number)
}

/** Numbers and ranges of numbers, in US dollars. */
export function dollarReader(notation: NumberNotation): Read {
  const read = numberReader(notation)
  return (text, column) => {
    const number = read(text, column)
    const marks = currencyMarks(text)
    if (typeof number !== 'string' || marks.length === 0 || markedCurrencies(marks).includes('USD')) return number
    return problem('bad_currency', column, text, `expected US dollars: ${OTHER_CURRENCY}`)
  }
}

const OTHER_CURRENCY = 'export it converted to them, or map a column that is; another currency is not converted here'

/** What one unit is worth in dollars. No currency is worth thousands of them: a sign before three digits is a decimal one. */
export function rateReader(): Read {
  return dollarReader({ grouping: 'none' })
}

/** `1.355` is 1355: of a whole number it can be nothing else. */
export function integerReader(notation: NumberNotation): Read {
  return (text, column) => {
    const read = readNumberText(text, notation)
    const found = read?.kind === 'ambiguous' ? read.grouped : read?.isPercent ? undefined : wholeText(read?.value)
    return found !== undefined && found.replace('-', '').length <= INTEGER_DIGITS
      ? found
      : badNumber(text, column, `a whole number of at most ${INTEGER_DIGITS} digits`)
  }
}

function wholeText(value: Decimal | undefined): string | undefined {
  const text = value && decimalText(value)
  return text?.includes('.') ? undefined : text
}

/**
 * More decimals than four are rounded, half away from zero: a warehouse's 1199.9999999999998 is 1200.
 * @returns a text for `moneyOf`
 */
export function moneyReader(notation: NumberNotation): Read {
  return (text, column) => {
    const read = readNumberText(text, notation)
    if (read?.kind === 'ambiguous') return ambiguous(read, text, column)
    if (read === undefined || read.isPercent) return badNumber(text, column, 'an amount as 1234.50')
    const amount = decimalText(roundedTo(MONEY_DECIMALS, read.value))
    const digits = amount.replace('-', '').split('.')[0] ?? ''
    return digits.length <= MONEY_DIGITS
      ? moneyText(amount, text)
      : badNumber(text, column, `an amount of at most ${MONEY_DIGITS} digits before the decimals`)
  }
}

/** From 0 to 100, so that `62%` is 62 and `62.125` cannot be sixty-two thousand. */
export function strengthOf(text: string, column: string): string | Problem {
  const read = readNumberText(text, { grouping: 'none' })
  if (read?.kind !== 'number') return badNumber(text, column, 'a number from 0 to 100')
  const strength = Number(decimalText(roundedTo(MONEY_DECIMALS, read.value)))
  return strength >= 0 && strength <= 100
    ? String(strength)
    : problem('out_of_range', column, text, 'must lie in 0 to 100')
}

/** From here on a double cannot hold every whole number: the value would change without notice. */
export function isBeyondExact(number: number): boolean {
  return Math.abs(number) > Number.MAX_SAFE_INTEGER
}

export function outOfRange(name: string, minimum: number, got: string): string {
  return `${name} must lie in ${minimum} to ${Number.MAX_SAFE_INTEGER}, got ${got.slice(0, 50)}`
}

function badNumber(text: string, column: string, expected: string): Problem {
  const hint = SPREADSHEET_DATE.test(text) ? ': a spreadsheet made a date of a range' : ''
  return problem('bad_number', column, text, `expected ${expected}${hint}`)
}

/** What becomes of 11-50 in a spreadsheet: `Nov-50`, `10-Jan`. */
const SPREADSHEET_DATE = /^(?:\d{1,2}-\p{L}{3}|\p{L}{3}-\d{2})$/u

function ambiguous(
  read: { readonly grouped: string; readonly decimal: string },
  text: string,
  column: string,
): Problem {
  const asked = 'state decimal in the mapping, or --decimal comma|point'
  return problem('ambiguous_number', column, text, `${text} is ${read.grouped} or ${read.decimal}: ${asked}`)
}
