import { plain } from './plain-text.ts'
import type { StagedRow } from '../complete-row.ts'
import type { RowPlan } from '../header.ts'
import { itemsOf } from './read-cell.ts'

const KEY = 'source_id'
const OPPORTUNITY = 'opportunity_external_id'

export interface Part {
  readonly cells: readonly string[]
  /** Of the list; null where it has none. */
  readonly item: string | null
  /** The cell is the list of the record: those whom it does not name are no longer on it. */
  readonly isListed: boolean
}

/**
 * Makes a function that parts a record by the list in the cell of one field: one part for each item, one without an item where the
 * list is empty. Undefined where the mapping does not part its records.
 * @param isEmptyList a cell without text is an empty list; of JSON it may be a key that was not asked for
 */
export function rowParter(
  plan: RowPlan,
  isEmptyList: boolean,
): ((cells: readonly string[]) => readonly [Part, ...Part[]]) | undefined {
  const { rows_per: rowsPer } = plan.mapping
  const field = plan.fields.find(({ name }) => name === rowsPer?.field)
  if (!rowsPer || !field) return undefined
  const single = new Set(rowsPer.one_of_several.map(plain))
  const isList = (place: number) => !single.has(plain(plan.names[place] ?? ''))
  const hasList = isEmptyList && field.readings.some(({ places }) => places.some(isList))
  return (cells) => {
    const place = field.readings.find(({ read }) => read(cells, 0) !== '')?.place(cells) ?? -1
    if (place === -1) return [{ cells, item: null, isListed: hasList }]
    const isListed = isList(place)
    const [first, ...others] = itemsOf(cells[place] ?? '', rowsPer.separator)
    if (first === undefined) return [{ cells: cells.with(place, ''), item: null, isListed }]
    const partOf = (item: string): Part => ({ cells: cells.with(place, item), item, isListed })
    return [partOf(first), ...others.map(partOf)]
  }
}

/** The key of the record of which the row is a part. It is no column of a fact. */
export const RECORD = 'record'
/** `true` where the record's list was in the row: parts that no row of the import names are taken back. */
export const LISTED = 'listed'

/**
 * The row under a key of its own: that of the record, and the item. Also where it is the only one, so that a list of three and
 * three records of one make the same keys. A deletion concerns every item that was ever in the list.
 */
export function withItem(
  row: StagedRow,
  field: string,
  { item, isListed }: Pick<Part, 'item' | 'isListed'>,
): StagedRow {
  const { [KEY]: key = null, [OPPORTUNITY]: opportunity = null, [field]: stored } = row
  const listed = isListed ? { [LISTED]: 'true' } : {}
  if (key === null) return opportunity === null ? row : { ...row, ...listed, [RECORD]: opportunity }
  const own = item === null ? row : { ...row, [KEY]: `${key}/${stored ?? item}` }
  return { ...own, ...listed, [RECORD]: key }
}
