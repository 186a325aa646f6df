import { numberReader } from '../../../facts/import/values/number-fields.ts'
import { type DecimalSign, readNumberText } from '../../../facts/import/values/number-text.ts'

/** So many different numbers, each with three digits behind the sign, are groups, as an import takes them. */
const ENOUGH_GROUPS = 5

/**
 * The decimal sign that a table's columns show, decided for the file as a whole: `1.355` alone does not say whether it is a
 * thousand or one. Undefined where nothing tells.
 */
export function decimalSignOf(columns: readonly (readonly string[])[]): DecimalSign | undefined {
  let [points, commas] = [0, 0]
  const groups = new Set<string>()
  for (const values of columns) {
    const read = values.map((text) => readNumberText(text, {}))
    if (read.includes(undefined)) continue
    for (const text of values) if (isAmbiguousNumber(text)) groups.add(text)
    for (const reading of read) {
      if (reading?.kind !== 'number') continue
      if (reading.shows === 'point') points += 1
      if (reading.shows === 'comma') commas += 1
    }
  }
  if (points !== commas) return points > commas ? 'point' : 'comma'
  if (points > 0 || groups.size < ENOUGH_GROUPS) return undefined
  const withComma = [...groups].filter((text) => text.includes(',')).length
  return withComma === groups.size ? 'point' : withComma === 0 ? 'comma' : undefined
}

/** Whether a text is a thousand or one, unless the file says which. */
export function isAmbiguousNumber(text: string): boolean {
  return readNumberText(text, {})?.kind === 'ambiguous'
}

/** Reads the number that a cell of a spreadsheet shows, as an import does; undefined when it is none. */
export function cellNumberReader(decimal: DecimalSign | undefined): (text: string) => number | undefined {
  const read = numberReader({ decimal })
  return (text) => {
    const number = read(text, '')
    return typeof number === 'string' ? Number(number) : undefined
  }
}
