import type { RowPlan } from '../header.ts'

const TIME_OF_DAY = /\d:\d{2}/
const MIDNIGHT = /(?:^|[T ])0?0:00(?::00(?:[.,]0+)?)?$/i
const OFFSET = /(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$/i

/** Makes a function that names the first column of a row with a time of day that has no offset. Midnight is a day. */
export function localTimeFinder({ fields, names }: Pick<RowPlan, 'fields' | 'names'>) {
  const dates = fields.flatMap(({ readings }) => readings).filter(({ shows }) => shows === 'date')
  return (cells: readonly string[], rowNumber: number): string | undefined => {
    const found = dates.find((reading) => isLocalTime(reading.read(cells, rowNumber)))
    return found && names[found.place(cells)]
  }
}

function isLocalTime(text: string): boolean {
  return TIME_OF_DAY.test(text) && !OFFSET.test(text) && !MIDNIGHT.test(text)
}
