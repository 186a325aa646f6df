import { namesOf } from '../../../../core/facts/recognition/recognise.ts'
import type { Mapping } from '../../../../core/facts/import/mapping.ts'
import { AppError } from '../../../../errors.ts'
import { isBlank } from '../../../../core/facts/import/reading/leftovers.ts'
import { isSeparatorLine } from '../delimiter.ts'
import { detectEncoding, type Encoding } from '../encoding.ts'
import type { JsonObject } from '../json-lines.ts'
import { openFile, readStart } from '../open-file.ts'
import { type CheckedFile, createParser, formOf } from '../read-file.ts'
import { rowsOfAnswer } from '../reading/json-document.ts'

/** The first rows of a file, and what its columns are called. */
export interface FileHead {
  readonly path: string
  readonly encoding: Encoding
  readonly format: CheckedFile['format']
  readonly names: readonly string[]
  /** The cells of each row, in the order of the names. */
  readonly rows: readonly (readonly string[])[]
  /** Of JSON Lines, the rows as they are. */
  readonly objects: readonly JsonObject[]
  /** Lines that are no row. */
  readonly malformed: number
  /** Whether these are all rows of the file. */
  readonly isWhole: boolean
}

export interface HeadOptions {
  readonly rows: number
  readonly encoding?: Mapping['encoding']
  readonly delimiter?: Mapping['delimiter']
  readonly sheet?: Mapping['sheet']
}

/** So much of a file is looked at to find its encoding. */
const START_BYTES = 1024 * 1024

/** Reads the first rows of a file and no more (of a JSON document, all). @throws AppError ImportRefused for a file without rows */
export async function readHead(path: string, options: HeadOptions): Promise<FileHead> {
  const encoding = options.encoding ?? (await encodingOf(path, options.sheet))
  const records: (readonly string[])[] = []
  const objects: JsonObject[] = []
  let malformed = 0
  const handlers = {
    onRecord: (cells: readonly string[], line: number) => {
      if (!isBlank(cells) && !isSeparatorLine(cells, line)) records.push(cells)
    },
    onObject: (object: JsonObject) => void objects.push(...((rowsOfAnswer(object) ?? [object]) as JsonObject[])),
    onMalformed: () => void (malformed += 1),
  }
  let form: ReturnType<typeof formOf> | undefined
  let parser: ReturnType<typeof createParser> | undefined
  let isWhole = true
  for await (const text of (await openFile(path, encoding, options.sheet)).chunks) {
    if (!parser) {
      if (text.trim() === '') continue
      form = formOf(path, text, { mapping: options })
      parser = createParser(form, handlers)
    }
    parser.write(text)
    isWhole = records.length <= options.rows + MOST_TITLES && objects.length <= options.rows
    if (!isWhole) break
  }
  if (isWhole) parser?.end()
  const format = form?.format ?? 'csv'
  const head = { path, encoding, format, malformed }
  const found = format === 'csv' ? headOfRecords(records, options.rows) : headOfObjects(objects, options.rows)
  if (found.names.length > 0) return { ...head, ...found, isWhole: isWhole && found.isWhole }
  const reason = malformed > 0 ? 'holds no row: none of its lines can be read' : 'is empty: expected a header line'
  throw new AppError('ImportRefused', `${path} ${reason}`)
}

type Found = Pick<FileHead, 'names' | 'rows' | 'objects' | 'isWhole'>

/** Where the header is among the first records: the first of them, or, behind titles, the first with the most cells. */
export function headerPlace(records: readonly (readonly string[])[]): number {
  const filled = records.slice(0, MOST_TITLES).map((cells) => cells.filter((cell) => cell.trim() !== '').length)
  if ((filled[0] ?? 0) > MOST_TITLE_CELLS) return 0
  const wide = filled.findIndex((cells) => cells > MOST_TITLE_CELLS)
  return wide === -1 ? Math.max(0, filled.indexOf(Math.max(...filled))) : wide
}

function headOfRecords(records: readonly (readonly string[])[], most: number): Found {
  const place = headerPlace(records)
  const rows = records.slice(place + 1)
  const names = (records[place] ?? []).map((name) => name.trim())
  return { names, rows: rows.slice(0, most), objects: [], isWhole: rows.length <= most }
}

function headOfObjects(objects: readonly JsonObject[], most: number): Found {
  const kept = objects.slice(0, most)
  const names = [...new Set(kept.flatMap(leavesOf))]
  return {
    names,
    rows: kept.map((object) => names.map(cellOf(object))),
    objects: kept,
    isWhole: objects.length <= most,
  }
}

/** Lines above the header, and cells that they may have. */
export const MOST_TITLES = 20
const MOST_TITLE_CELLS = 2

async function encodingOf(path: string, sheet: string | undefined): Promise<Encoding> {
  try {
    return (await detectEncoding(() => readStart(path, START_BYTES, sheet))).encoding
  } catch (error) {
    if (error instanceof AppError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('ImportRefused', `${path} cannot be read: ${reason}`, { cause: error })
  }
}

/** Keys and dotted paths, without those that only hold others. */
function leavesOf(object: JsonObject): readonly string[] {
  const all = namesOf(object)
  return all.filter((name) => !all.some((other) => other.startsWith(`${name}.`)))
}

function cellOf(object: JsonObject): (name: string) => string {
  return (name) => {
    const path = Object.hasOwn(object, name) ? [name] : name.split('.')
    const value = path.reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null ? Object.entries(at).find(([own]) => own === key)?.[1] : undefined,
      object,
    )
    if (value === null || value === undefined) return ''
    if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(';')
    return typeof value === 'string' ? value : JSON.stringify(value)
  }
}
