import type { Cell, CellValue } from 'hucre/xlsx'

/** Of identifiers, as they are shown: `000123`. */
const LEADING_ZEROS = /^0{2,}$/
const PERCENT = /%/
const DAY = /[yd]/i
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
  const text = new Date(rounded).toISOString().slice(0, 19)
  if (format !== '' && !DAY.test(format)) return text.slice(11)
  return text.endsWith('T00:00:00') ? text.slice(0, 10) : text
}

/** Of a whole number beyond 2^53 the last digits are lost: as `1.2e+19` it is refused where it would be a key. */
function numberText(value: number, format: string): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential()
  if (PERCENT.test(format)) return `${pointed(Number((100 * value).toPrecision(DIGITS)))}%`
  if (LEADING_ZEROS.test(format) && Number.isInteger(value) && value >= 0)
    return String(value).padStart(format.length, '0')
  return pointed(value)
}

function pointed(value: number): string {
  const text = String(value)
  return LIKE_A_GROUP.test(text) ? `${text}0` : text
}
