import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Beside } from '../../../core/facts/import/mapping.ts'
import { conditionReader, sourceReader } from '../../../core/facts/import/reading/cell-source.ts'
import { type HeaderColumns, headerColumns } from '../../../core/facts/import/reading/header-columns.ts'
import { plain } from '../../../core/facts/import/reading/plain-text.ts'
import { namesOf, plainWord } from '../../../core/facts/recognition/recognise.ts'
import { isSeparatorLine, sniffDelimiter, statedDelimiter } from './delimiter.ts'
import { createJsonLinesParser, type JsonObject } from './json-lines.ts'
import { inspectFile, openFile } from './open-file.ts'
import { createRecordParser, type RecordParser } from './records.ts'

/** The columns that other files of the folder add to the rows of one. */
export interface Companions {
  /** Of the other files. */
  readonly sha256: readonly string[]
  readonly notes: readonly string[]
  /** Makes a function that gives the further cells of a record; of a column that the header has, none. */
  readonly forHeader: (header: readonly string[]) => {
    readonly names: readonly string[]
    readonly cells: (record: readonly string[]) => readonly string[]
  }
  readonly object: (object: JsonObject) => JsonObject
}

interface Companion {
  readonly path: string
  readonly sha256: string
  readonly on: readonly string[]
  readonly column: string
  /** By key, the values of all its rows. */
  readonly values: ReadonlyMap<string, readonly string[]>
}

const SEPARATOR = ';'
/** Columns that mark a row as deleted, and those that hold since when it is. */
const GONE = ['_fivetran_deleted', 'is_deleted', 'archived']
const GONE_SINCE = ['_sdc_deleted_at', '_ab_cdc_deleted_at', 'archivedAt', 'deleted_at']

/**
 * Reads the tables that belong beside a file, such as Fivetran's deal_company beside deal: whole, since their rows are not in the
 * order of the file's. Rows that they mark as deleted do not count.
 */
export async function readCompanions(file: string, wanted: readonly Beside[]): Promise<Companions> {
  const companions: Companion[] = []
  const names = wanted.length === 0 ? [] : await readdir(path.dirname(file))
  for (const beside of wanted) {
    const called = beside.files.map(plainWord)
    const found = names.find((name) => called.includes(plainWord(name.split('.')[0] ?? '')))
    if (found !== undefined) companions.push(...(await readCompanion(path.join(path.dirname(file), found), beside)))
  }
  return {
    sha256: companions.map(({ sha256 }) => sha256),
    notes: companions.map(({ column, path: other }) => `${file}: ${column} comes from ${other}`),
    forHeader: (header) => {
      const columns = headerColumns(header)
      const used = companions.filter(({ on, column }) => !columns.has(column) && on.some(columns.has))
      return {
        names: used.map(({ column }) => column),
        cells: (record) => used.map(({ on, values }) => joined(values, firstCell(columns, on)(record))),
      }
    },
    object: (object) => {
      const added = companions.flatMap(({ on, column, values }): [string, string][] => {
        const key = on.find((name) => Object.hasOwn(object, name))
        return key === undefined || Object.hasOwn(object, column) ? [] : [[column, joined(values, String(object[key]))]]
      })
      return added.length === 0 ? object : { ...object, ...Object.fromEntries(added) }
    },
  }
}

async function readCompanion(file: string, { on, key, take, prefer }: Beside): Promise<Companion[]> {
  const { encoding, sha256 } = await inspectFile(file, undefined)
  const taken = Object.entries(take).map(([column, from]) => ({ column, from, first: lists(), others: lists() }))
  const onRecord = (columns: HeaderColumns) => {
    const keyOf = firstCell(columns, key)
    const isGone = GONE.filter(columns.has).map((column) => conditionReader({ column, equals: 'true' }, columns))
    const goneSince = GONE_SINCE.filter(columns.has).map((column) => sourceReader({ column, present: true }, columns))
    const isPreferred = prefer && conditionReader(prefer, columns)
    const cellsOf = taken.map(({ from }) => firstCell(columns, from))
    return (record: readonly string[]) => {
      if (isGone.some(({ holds }) => holds(record)) || goneSince.some(({ read }) => read(record, 0) !== '')) return
      for (const [index, { first, others }] of taken.entries()) {
        const value = cellsOf[index]?.(record) ?? ''
        if (value !== '') add(isPreferred?.holds(record) ? first : others, keyOf(record), value)
      }
    }
  }
  await readTable(file, encoding, onRecord)
  return taken.map(({ column, first, others }) => {
    const values = new Map(others)
    for (const [at, preferred] of first) values.set(at, [...preferred, ...(others.get(at) ?? [])])
    return { path: file, sha256, on, column, values }
  })
}

/** Hands over the records of a CSV or JSON Lines file; lines that are neither are passed over. */
async function readTable(
  file: string,
  encoding: Parameters<typeof openFile>[1],
  onHeader: (columns: HeaderColumns) => (record: readonly string[]) => void,
): Promise<void> {
  const { chunks } = await openFile(file, encoding)
  let parser: RecordParser | undefined
  let onRecord: ((record: readonly string[]) => void) | undefined
  const onMalformed = () => undefined
  for await (const text of chunks) {
    parser ??= text.trimStart().startsWith('{')
      ? createJsonLinesParser({
          onObject: (object) => {
            const names = namesOf(object)
            onHeader(headerColumns(names))(names.map((name) => textOf(object[name])))
          },
          onMalformed,
        })
      : createRecordParser(statedDelimiter(text) ?? sniffDelimiter(text), {
          onRecord: (cells, line) => {
            if (isSeparatorLine(cells, line)) return
            if (onRecord) onRecord(cells)
            else onRecord = onHeader(headerColumns(cells))
          },
          onMalformed,
        })
    parser.write(text)
  }
  parser?.end()
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

function firstCell(columns: HeaderColumns, names: readonly string[]): (record: readonly string[]) => string {
  const places = columns.placesOf(names)
  return (record) => places.map((place) => (record[place] ?? '').trim()).find((cell) => cell !== '') ?? ''
}

function joined(values: Companion['values'], key: string): string {
  return [...new Set(values.get(plain(key)))].join(SEPARATOR)
}

function lists(): Map<string, string[]> {
  return new Map()
}

function add(to: Map<string, string[]>, key: string, value: string): void {
  const there = to.get(plain(key))
  if (there) there.push(value)
  else to.set(plain(key), [value])
}
