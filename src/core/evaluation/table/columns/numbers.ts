import { numberReader } from '../../../facts/import/values/number-fields.ts'
import { type DecimalSign, readNumberText } from '../../../facts/import/values/number-text.ts'

/**
 * The decimal sign that a table's columns show, decided for the file as a whole: `1.355` alone does not say whether it is a
 * thousand or one. Undefined where nothing tells.
 */
export function decimalSignOf(columns: readonly (readonly string[])[]): DecimalSign | undefined {
  let [points, commas] = [0, 0]
  for (const values of columns) {
    const read = values.map((text) => readNumberText(text, {}))
    if (read.includes(undefined)) continue
    for (const reading of read) {
      if (reading?.kind !== 'number') continue
      if (reading.shows === 'point') points += 1
      if (reading.shows === 'comma') commas += 1
    }
  }
  return points === commas ? undefined : points > commas ? 'point' : 'comma'
}

/** Reads the number that a cell of a spreadsheet shows, as an import does; undefined when it is none. */
export function cellNumberReader(decimal: DecimalSign): (text: string) => number | undefined {
  const read = numberReader({ decimal })
  return (text) => {
    const number = read(text, '')
    return typeof number === 'string' ? Number(number) : undefined
  }
}
