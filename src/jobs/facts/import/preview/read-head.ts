import { namesOf } from '../../../../core/facts/recognition/recognise.ts'
import type { Mapping } from '../../../../core/facts/import/mapping.ts'
import { AppError } from '../../../../errors.ts'
import { sniffDelimiter } from '../delimiter.ts'
import { detectEncoding, type Encoding } from '../encoding.ts'
import { createJsonLinesParser, type JsonObject } from '../json-lines.ts'
import { openFile, readStart } from '../open-file.ts'
import { createRecordParser } from '../records.ts'

/** The first rows of a file, and what its columns are called. */
export interface FileHead {
  readonly path: string
  readonly encoding: Encoding
  readonly format: 'csv' | 'json_lines'
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
}

/** So much of a file is looked at to find its encoding. */
const START_BYTES = 1024 * 1024

/** Reads the first rows of a file and no more. @throws AppError ImportRefused for a file that is empty or cannot be read */
export async function readHead(path: string, options: HeadOptions): Promise<FileHead> {
  const encoding = options.encoding ?? (await encodingOf(path))
  const records: (readonly string[])[] = []
  const objects: JsonObject[] = []
  let malformed = 0
  const handlers = {
    onRecord: (cells: readonly string[]) => void records.push(cells),
    onObject: (object: JsonObject) => void objects.push(object),
    onMalformed: () => void (malformed += 1),
  }
  let parser: ReturnType<typeof createRecordParser> | undefined
  let format: FileHead['format'] = 'csv'
  let isWhole = true
  for await (const text of (await openFile(path, encoding)).chunks) {
    if (!parser) {
      if (text.trim() === '') continue
      format = text.trimStart().startsWith('{') ? 'json_lines' : 'csv'
      const delimiter = options.delimiter ?? sniffDelimiter(text)
      parser = format === 'csv' ? createRecordParser(delimiter, handlers) : createJsonLinesParser(handlers)
    }
    parser.write(text)
    isWhole = records.length <= options.rows && objects.length <= options.rows
    if (!isWhole) break
  }
  if (isWhole) parser?.end()
  const [header = [], ...rows] = records
  const kept = objects.slice(0, options.rows)
  const names = format === 'csv' ? header.map((name) => name.trim()) : [...new Set(kept.flatMap(leavesOf))]
  if (names.length === 0) throw new AppError('ImportRefused', `${path} is empty: expected a header line`)
  const cells = format === 'csv' ? rows.slice(0, options.rows) : kept.map((object) => names.map(cellOf(object)))
  return { path, encoding, format, names, rows: cells, objects: kept, malformed, isWhole }
}

async function encodingOf(path: string): Promise<Encoding> {
  try {
    return (await detectEncoding(() => readStart(path, START_BYTES))).encoding
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
