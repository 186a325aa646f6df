import type { Cell, CellValue } from 'hucre/xlsx'
import { currencyMarks } from '../../../../core/facts/import/values/currency-marks.ts'

/** Of identifiers, as they are shown: `000123`. */
const LEADING_ZEROS = /^0{2,}$/
const PERCENT = /%/
/** A day of any kind; `m` is a month only where no clock is beside it. */
const DAY = /[yd]|^[^hs]*m[^hs]*$/i
/** Hours, minutes or seconds that do not begin again at midnight. */
const ELAPSED = /\[(?:h+|m+|s+)\]/i
/** What a format shows as it stands, and its colours, conditions and languages. */
const AS_IT_STANDS = /"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]/gi
const CURRENCY_OF_FORMAT = /\[\$([^\]-]+)[^\]]*\]/g
const NO_VALUE = /_.|\*.|\[[^\]]*\]|["\\]/g
/** Durations count from here; a day before 1900 is the zero of an empty cell. */
const EPOCH_1900 = Date.UTC(1899, 11, 30)
const EPOCH_1904 = Date.UTC(1904, 0, 1)
const FIRST_DAY = Date.UTC(1900, 0, 1)
/** A day of a spreadsheet is a floating-point number, exact to well below a second. */
const SECOND_MS = 1000
/** Digits that a spreadsheet keeps of a number. */
const DIGITS = 15
/** One to three digits and three decimals could be a group of three elsewhere in a text file. */
const LIKE_A_GROUP = /^-?\d{1,3}\.\d{3}$/

/** The value of a cell as the text of a CSV file that can be read one way only. */
export function cellText(value: CellValue, cell: Cell | undefined): string {
  const format = cell?.style?.numFmt ?? ''
  if (value === null) return ''
  if (value instanceof Date) return dateText(value, format)
  if (typeof value === 'number') return numberText(value, format)
  return typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : value
}

function dateText(date: Date, format: string): string {
  const rounded = Math.round(date.getTime() / SECOND_MS) * SECOND_MS
  if (Number.isNaN(rounded)) return ''
  const meaning = format.replace(AS_IT_STANDS, '')
  if (ELAPSED.test(meaning)) return durationText(rounded)
  const text = new Date(rounded).toISOString().slice(0, 19)
  if (meaning !== '' && !DAY.test(meaning)) return text.slice(11)
  if (rounded < FIRST_DAY) return ''
  return text.endsWith('T00:00:00') ? text.slice(0, 10) : text
}

/** `25:30:00`. No duration is as long as the four years between the two beginnings of spreadsheets' calendars. */
function durationText(ms: number): string {
  const seconds = Math.round((ms - (ms < EPOCH_1904 ? EPOCH_1900 : EPOCH_1904)) / SECOND_MS)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** Of a whole number beyond 2^53 the last digits are lost: as `1.2e+19` it is refused where it would be a key. */
function numberText(value: number, format: string): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential()
  if (PERCENT.test(format.replace(AS_IT_STANDS, ''))) return `${pointed(Number((100 * value).toPrecision(DIGITS)))}%`
  if (LEADING_ZEROS.test(format) && Number.isInteger(value) && value >= 0)
    return String(value).padStart(format.length, '0')
  const currency = currencyOf(format)
  return currency === undefined ? pointed(value) : `${pointed(value)} ${currency}`
}

/** The sign or code that the format shows beside the number: `#,##0 [$€-407]`, `"CHF" 0`. */
function currencyOf(format: string): string | undefined {
  return currencyMarks(format.replaceAll(CURRENCY_OF_FORMAT, '$1').replaceAll(NO_VALUE, ''))[0]
}

function pointed(value: number): string {
  const text = String(value)
  return LIKE_A_GROUP.test(text) ? `${text}0` : text
}
