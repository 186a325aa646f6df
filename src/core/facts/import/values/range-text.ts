import { decimalText } from './decimal.ts'
import { multiplierIn, type NumberNotation, type NumberReading, readNumberText } from './number-text.ts'

/** `employees`, in the languages of those who fill the field. */
const UNIT =
  / ?(?:employees?|people|persons?|staff|FTEs?|Mitarbeiter(?:innen)?|Mitarbeitende|salari[e\u00E9]s|empleados|dipendenti)\.?$/i
const SPAN =
  /^(.*\d.*?) ?(?:-|\u2010|\u2011|\u2012|\u2013|\u2014|~|\.\.\.?|\u2026|\bto\b|\bbis\b|\u00E0|\ba\b|\band\b|\bund\b) ?(\D{0,5}\d.*)$/i
const AT_LEAST =
  /^(?:(?:>=?|\u2265|over|above|more than|at least|from|ab|\u00FCber|mehr als|plus de) ?(.*)|(.*?) ?(?:\+|and (?:more|above|over)|or more|und mehr))$/i
const AT_MOST = /^(?:<=?|\u2264|under|below|less than|up to|at most|bis(?: zu)?|unter|weniger als|moins de) ?(.*)$/i

/** The high end of a range of which only that has a multiplier, over its low end. */
const WIDEST = 1000

/** The work of the expressions above grows with the square of the length. */
const LONGEST = 100

/**
 * A range as a number: its geometric middle, the square root of the product of its ends: 51-200 is 101 (100.995), 1M-10M is
 * 3.16 million. The sizes of companies span orders of magnitude, and half-way between two of them is their ratio's
 * middle. Of a range that begins at 0, half of its end. Of an open one, the end that is stated: 10,001+ is 10001, <10 is 10.
 * @returns undefined for what is no range
 */
export function readRange(given: string, notation: NumberNotation): number | undefined {
  if (given.length > LONGEST) return undefined
  const text = given.replace(UNIT, '').trim()
  const [, over, plus] = AT_LEAST.exec(text) ?? []
  const open = over ?? plus ?? AT_MOST.exec(text)?.[1]
  if (open !== undefined) return endOf(open, notation)
  const [, first, second] = SPAN.exec(text) ?? []
  if (first === undefined || second === undefined) return text === given ? undefined : endOf(text, notation)
  const high = endOf(second, notation)
  const low = lowEnd(first, second, high, notation)
  if (low === undefined || high === undefined || low > high || low < 0) return undefined
  return low === 0 ? high / 2 : Math.sqrt(low * high)
}

/** `1-10M` begins at a million, `500-1K` at 500. Whether `500-1M` does at 500 or half a million nobody can tell. */
function lowEnd(first: string, second: string, high: number | undefined, notation: NumberNotation) {
  const low = endOf(first, notation)
  const multiplier = multiplierIn(second)
  if (multiplier === undefined || multiplierIn(first) !== undefined || high === undefined) return low
  const multiplied = endOf(`${first.trim()}${multiplier}`, notation)
  if (multiplied !== undefined && multiplied < high) return multiplied
  return low !== undefined && high > WIDEST * low ? undefined : low
}

/** The end of a range has no decimals: in `1,001-5,000` the commas group. With a multiplier it may have: `$1.125M`. */
function endOf(text: string, notation: NumberNotation): number | undefined {
  const read = readNumberText(text.trim(), notation)
  if (read === undefined) return undefined
  if (read.kind === 'number') return read.isPercent ? undefined : Number(decimalText(read.value))
  const settled: NumberReading | undefined =
    multiplierIn(text) !== undefined
      ? readNumberText(text.trim(), { grouping: 'none' })
      : readNumberText(text.trim(), { grouping: text.includes(',') ? 'comma' : 'point' })
  return settled?.kind === 'number' ? Number(decimalText(settled.value)) : undefined
}
