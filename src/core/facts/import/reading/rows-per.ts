import type { StagedRow } from '../complete-row.ts'
import type { RowPlan } from '../header.ts'
import { itemsOf } from './read-cell.ts'

const KEY = 'source_id'

export interface Part {
  readonly cells: readonly string[]
  /** Of the list; null where it has none. */
  readonly item: string | null
}

/**
 * Makes a function that parts a record by the list in the cell of one field: one part for each item, none where the list is
 * empty. Undefined where the mapping does not part its records.
 */
export function rowParter({ mapping, fields }: RowPlan): ((cells: readonly string[]) => readonly Part[]) | undefined {
  const { rows_per: rowsPer } = mapping
  const plan = fields.find(({ name }) => name === rowsPer?.field)
  if (!rowsPer || !plan) return undefined
  return (cells) => {
    const place = plan.readings.find(({ read }) => read(cells, 0) !== '')?.place(cells) ?? -1
    if (place === -1) return []
    const items = itemsOf(cells[place] ?? '', rowsPer.separator)
    if (items.length === 0) return [{ cells: cells.with(place, ''), item: null }]
    return items.map((item) => ({ cells: cells.with(place, item), item }))
  }
}

/** Of a row that takes its whole record back: the key of that record. It is no column of a fact. */
export const RECORD = 'record'

/**
 * The row under a key of its own: that of the record, and the item. Also where it is the only one, so that a list of three and
 * three records of one make the same keys. A deletion names its record, since it concerns every item that was ever in the list.
 */
export function withItem(row: StagedRow, field: string, item: string | null): StagedRow {
  const { [KEY]: key = null, [field]: stored, deleted } = row
  if (key === null) return row
  const own = item === null ? row : { ...row, [KEY]: `${key}/${stored ?? item}` }
  return deleted === 'true' ? { ...own, [RECORD]: key } : own
}
