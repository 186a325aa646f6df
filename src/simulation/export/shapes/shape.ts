import { csvLine } from '../csv-lines.ts'
import type { IdBook } from './ids.ts'
import type { CrmRecords } from './records.ts'
import { type Style, type Value, written } from './values.ts'

/** A file of an export. */
export interface ShapeTable {
  /** Its name, without `.csv`. */
  readonly file: string
  readonly columns: readonly string[]
  /** The rows of one account, in the order of the columns. */
  readonly rowsOf: (records: CrmRecords, ids: IdBook) => readonly (readonly Value[])[]
  /** Rows that belong to no account: what pipelines export of the settings, what was deleted. */
  readonly others?: (ids: IdBook) => readonly (readonly Value[])[]
}

/** A column: its name, and what it holds of a record. */
export type Column<Record> = readonly [name: string, value: (record: Record, ids: IdBook) => Value]

/** A table with one row for each record. */
export function tableOf<Record>(
  file: string,
  columns: readonly Column<Record>[],
  recordsOf: (records: CrmRecords) => readonly Record[],
): ShapeTable {
  return {
    file,
    columns: columns.map(([name]) => name),
    rowsOf: (records, ids) => recordsOf(records).map((record) => columns.map(([, value]) => value(record, ids))),
  }
}

export interface Writing {
  readonly style: Style
  /** As a spreadsheet saves it: a byte order mark, the line `sep=;`, CRLF, empty columns at the end. */
  readonly spreadsheet: boolean
}

export const opening = ({ spreadsheet }: Writing): string => (spreadsheet ? '\uFEFFsep=;\r\n' : '')

export function lineOf(cells: readonly Value[], { style, spreadsheet }: Writing): string {
  const texts = cells.map((cell) => written(cell, style))
  return spreadsheet ? `${[...texts, '', ''].map(forSemicolons).join(';')}\r\n` : `${csvLine(texts)}\n`
}

function forSemicolons(text: string): string {
  return /[";\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
