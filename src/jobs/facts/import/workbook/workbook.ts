import { readFile, stat } from 'node:fs/promises'
import { stringify } from 'csv-stringify/sync'
import type * as Xlsx from 'hucre/xlsx'
import { counted } from '../../../../core/base/counted.ts'
import { didYouMean } from '../../../../core/base/did-you-mean.ts'
import { AppError } from '../../../../errors.ts'
import { MOST_BYTES, unpacksToMore } from './archive.ts'
import { cellText } from './cell-text.ts'

const PACKAGE = 'hucre'
/** Also those of other delimiters than the comma: what is not quoted is then not taken for one. */
const TO_QUOTE = /[,;\t|"\r\n]/
const MOST_SHOWN = 3
const MOST_CELLS = 10_000_000

/** A sheet of a workbook as the text of a CSV file, one line a row. */
export interface WorkbookSheet {
  readonly csv: string
  readonly note: string | undefined
}

type Reader = typeof Xlsx
type Sheet = Awaited<ReturnType<Reader['readXlsx']>>['sheets'][number]
interface SheetInfo {
  readonly name: string
  readonly hidden?: boolean
  readonly veryHidden?: boolean
}

let latest: { readonly of: string; readonly sheet: WorkbookSheet } | undefined

/**
 * Reads a sheet of an Excel workbook (.xlsx, .xlsm): the one named, else the first that holds something.
 * The latest is kept: an import looks at a file several times before it reads the rows.
 * @throws AppError ImportRefused for a workbook that is too large, damaged, or without that sheet
 */
export async function readWorkbook(path: string, name: string | undefined): Promise<WorkbookSheet> {
  const { size, mtimeMs } = await stat(path)
  if (size > MOST_BYTES) tooLarge(path)
  const of = JSON.stringify([path, name, size, mtimeMs])
  if (latest?.of !== of) latest = { of, sheet: await parseWorkbook(path, name) }
  return latest.sheet
}

async function parseWorkbook(path: string, name: string | undefined): Promise<WorkbookSheet> {
  const bytes = await readFile(path)
  const reader = await loadReader(path)
  try {
    if (unpacksToMore(bytes, MOST_BYTES)) tooLarge(path)
    const infos = await sheetsOf(reader, bytes)
    const { sheet, empty } = await findSheet(reader, bytes, infos, name, path)
    checkCells(sheet, path)
    const { rows, notes } = textsOf(sheet)
    const csv = stringify(rows, { quoted_match: TO_QUOTE })
    const others = infos.filter((info) => info.name !== sheet.name)
    const all = [...(others.length > 0 ? [sheetNote(sheet, others, empty)] : []), ...notes]
    return { csv, note: all.length > 0 ? all.join('; ') : undefined }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('ImportRefused', `${path} cannot be read as an Excel workbook: ${reason}`, { cause })
  }
}

async function loadReader(path: string): Promise<Reader> {
  try {
    return await import('hucre/xlsx')
  } catch (cause) {
    const message = `${path} is an Excel workbook, and the package that reads it is not installed: npm install --no-save ${PACKAGE}, or save the sheet as "CSV UTF-8"`
    throw new AppError('ImportRefused', message, { cause })
  }
}

function tooLarge(path: string): never {
  throw new AppError(
    'ImportRefused',
    `${path} is too large: a workbook may have ${MOST_BYTES / 1024 / 1024} MiB, also unpacked. Save the sheet as "CSV UTF-8", which has no limit`,
  )
}

/** One cell far to the right makes every row as wide. */
function checkCells({ name, rows }: Sheet, path: string): void {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0)
  if (rows.length * columns <= MOST_CELLS) return
  throw new AppError(
    'ImportRefused',
    `${path}: the sheet ${JSON.stringify(name)} has ${rows.length} rows and ${columns} columns: a sheet may have ${MOST_CELLS.toLocaleString('en-US')} cells, empty ones included. Delete what lies outside of the table, or save the sheet as "CSV UTF-8"`,
  )
}

async function sheetsOf({ readXlsx }: Reader, bytes: Buffer): Promise<readonly SheetInfo[]> {
  const infos: SheetInfo[] = []
  await readXlsx(bytes, { sheets: (info) => infos.push(info) < 0 })
  return infos
}

async function findSheet(
  { readXlsx }: Reader,
  bytes: Buffer,
  infos: readonly SheetInfo[],
  wanted: string | undefined,
  path: string,
): Promise<{ readonly sheet: Sheet; readonly empty: readonly string[] }> {
  const names = infos.map(({ name }) => name)
  if (wanted !== undefined && !names.includes(wanted))
    throw new AppError(
      'ImportRefused',
      `${path} has no sheet ${JSON.stringify(wanted)}${didYouMean(wanted, names)}; it has ${quoted(names)}`,
    )
  const isHidden = (info: SheetInfo) => info.hidden === true || info.veryHidden === true
  const inOrder = [...infos.filter((info) => !isHidden(info)), ...infos.filter(isHidden)]
  const empty: string[] = []
  for (const name of wanted === undefined ? inOrder.map((info) => info.name) : [wanted]) {
    const [sheet] = (await readXlsx(bytes, { sheets: [name], readStyles: true })).sheets
    if (sheet?.rows.some((row) => row.some((value) => value !== null && value !== ''))) return { sheet, empty }
    empty.push(name)
  }
  throw new AppError('ImportRefused', `${path} is empty: there is nothing in ${quoted(empty)}`)
}

/** Each row of cells that are merged over several rows has their value. What is merged over columns is a title. */
function textsOf({ rows, cells, merges = [], rowDefs }: Sheet) {
  const unknown: string[] = []
  const texts = rows.map((row, at) =>
    row.map((value, column) => {
      const cell = cells?.get(`${at},${column}`)
      if (cell?.type === 'formula' && value === null)
        unknown.push(`${columnName(column)}${at + 1} (=${cell.formula ?? ''})`)
      return cellText(value, cell)
    }),
  )
  const tall = merges.filter(({ startRow, endRow }) => endRow > startRow)
  for (const { startRow, endRow, startCol } of tall) {
    const text = texts[startRow]?.[startCol] ?? ''
    for (const row of texts.slice(startRow + 1, endRow + 1)) row[startCol] = text
  }
  const hidden = [...(rowDefs?.values() ?? [])].filter((row) => row.hidden).length
  return {
    rows: texts,
    notes: [
      ...(tall.length > 0 ? [`${counted(tall.length, 'merged cell', 'merged cells')}: each row has the value`] : []),
      ...(hidden > 0 ? [`${counted(hidden, 'hidden row is', 'hidden rows are')} read as well`] : []),
      ...(unknown.length > 0
        ? [
            `${counted(unknown.length, 'formula has', 'formulas have')} no stored value and ${unknown.length === 1 ? 'counts' : 'count'} as empty: ${unknown.slice(0, MOST_SHOWN).join(', ')}. Open the file in a spreadsheet program and save it`,
          ]
        : []),
    ],
  }
}

function sheetNote(sheet: Sheet, others: readonly SheetInfo[], empty: readonly string[]): string {
  const shown = others.map(({ name }) => `${JSON.stringify(name)}${empty.includes(name) ? ' (empty)' : ''}`)
  return `the sheet ${JSON.stringify(sheet.name)} is read, and not ${shown.join(', ')} (--sheet NAME reads another)`
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ')
}

/** `A` to `XFD`. */
function columnName(place: number): string {
  const before = Math.floor(place / 26)
  return (before === 0 ? '' : columnName(before - 1)) + String.fromCharCode(65 + (place % 26))
}
