import { isUnknownText } from '../../../facts/identity/keys.ts'

/** A flat table as it stands in a file: one row a deal or lead. Cells are trimmed; null where a cell says nothing. */
export interface Table {
  readonly columns: readonly TableColumn[]
  readonly rowCount: number
}

export interface TableColumn {
  readonly name: string
  readonly cells: readonly (string | null)[]
}

/** What a table has beside `isUnknownText` where there is no value. `NA` is a country's code as well, and seldom in a table of deals. */
const NOTHING = new Set(['', '?', 'na', '(leer)', '(not set)'])

export function cellOf(text: string): string | null {
  const trimmed = text.trim()
  return isUnknownText(trimmed) || NOTHING.has(trimmed.toLowerCase()) ? null : trimmed
}

export function columnNamed(table: Table, name: string): TableColumn | undefined {
  const wanted = plainName(name)
  return (
    table.columns.find((column) => column.name === name) ??
    table.columns.find((column) => plainName(column.name) === wanted)
  )
}

export function countBy<Key>(items: Iterable<Key>): Map<Key, number> {
  const counts = new Map<Key, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

export function selectTableRows(table: Table, rows: readonly number[]): Table {
  return {
    rowCount: rows.length,
    columns: table.columns.map(({ name, cells }) => ({ name, cells: rows.map((row) => cells[row] ?? null) })),
  }
}

/** `dealStage`, `Deal_Stage` and `Deal stage (text)` as words: `deal stage text`. */
export function plainName(name: string): string {
  return name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/**
 * A table of the records of a file. Columns without a name are named by their place, and dropped where they are empty;
 * a name that comes again gets a number.
 */
export function tableOf(
  header: readonly string[],
  records: readonly (readonly string[])[],
): { readonly table: Table; readonly notes: readonly string[] } {
  const seen = new Map<string, number>()
  const repeated = new Set<string>()
  const named = header.map((text, index) => {
    const name = text.trim() || `column ${index + 1}`
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    if (times > 1) repeated.add(name)
    return times > 1 ? `${name} (${times})` : name
  })
  const columns = named.map((name, index) => ({ name, cells: cellsOf(records, index) }))
  const isEmpty = ({ cells }: TableColumn) => cells.every((cell) => cell === null)
  const kept = columns.filter((column, index) => header[index]?.trim() || !isEmpty(column))
  const dropped = columns.length - kept.length
  return {
    table: { columns: kept, rowCount: records.length },
    notes: [
      ...[...repeated].map(
        (name) => `${seen.get(name)} columns are named "${name}": the second is called "${name} (2)" here`,
      ),
      ...(dropped > 0 ? [`${dropped} empty ${dropped === 1 ? 'column' : 'columns'} without a name passed over`] : []),
    ],
  }
}

/** Equal cells of a column share one text in memory. */
function cellsOf(records: readonly (readonly string[])[], index: number): readonly (string | null)[] {
  const known = new Map<string, string | null>()
  return records.map((record) => {
    const text = record[index] ?? ''
    const cell = known.get(text)
    if (cell !== undefined) return cell
    const read = cellOf(text)
    known.set(text, read)
    return read
  })
}
