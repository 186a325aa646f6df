import type { RowPlan } from '../header.ts'

export type Leftover = 'blank' | 'total'

const TOTAL = /^(?:(?:grand|sub|overall|report)[\s-]*)?totals?\b[^a-z]*(?:\([^)]*\)|records?|rows?|count|:)?\W*$/i
/** A number with a currency, signs, grouping or a unit of at most three letters. */
const SUM =
  /^[^\p{L}\d]*(?:\p{L}{1,3}[\s.]*)?[-+(]?\p{Sc}?\s*\d[\d\s.,'’]*(?:[eE][+-]?\d+)?\)?\s*(?:%|\p{Sc}|\p{L}{1,3})?$/u

/** Makes a function that tells a record that is none of the data: all cells empty, or a line of totals. */
export function leftoverReader({ fields }: Pick<RowPlan, 'fields'>) {
  const [key] = fields.filter(({ required }) => required)
  return (cells: readonly string[]): Leftover | undefined => {
    const first = cells.findIndex((cell) => cell.trim() !== '')
    if (first === -1) return 'blank'
    if (!TOTAL.test((cells[first] ?? '').trim())) return undefined
    // An account whose name is Total has an id beside it.
    const place = key?.readings[0]?.place(cells) ?? first
    const isKeyless = place === first || (cells[place] ?? '').trim() === ''
    const isSum = cells.slice(first + 1).every((cell) => cell.trim() === '' || SUM.test(cell.trim()))
    return isKeyless && isSum ? 'total' : undefined
  }
}
