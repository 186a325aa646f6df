import { counted } from '../../core/base/counted.ts'
import { hashSeed } from '../../core/base/random.ts'
import { type Table, tableOf } from '../../core/evaluation/table/columns/table.ts'
import type { Mapping } from '../../core/facts/import/mapping.ts'
import { isBlank, leftoverReader } from '../../core/facts/import/reading/leftovers.ts'
import { AppError } from '../../errors.ts'
import { isSeparatorLine, sniffDelimiter, statedDelimiter } from '../facts/import/delimiter.ts'
import { createFindings, passedOverNotes } from '../facts/import/findings.ts'
import { inspectFile, openFile } from '../facts/import/open-file.ts'
import { headerPlace, MOST_TITLES } from '../facts/import/preview/read-head.ts'
import { createRowRecords } from '../facts/import/reading/held-records.ts'
import { createRecordParser } from '../facts/import/records.ts'
import { refuseOtherFormats } from './table-formats.ts'

export interface ReadTableOptions {
  readonly encoding?: Mapping['encoding']
  readonly delimiter?: string | undefined
  /** Of a workbook. Default: the first that holds something. */
  readonly sheet?: string | undefined
  /** The part of the file that was read, in [0, 1]. */
  readonly onProgress?: ((part: number) => void) | undefined
}

export interface ReadTable {
  readonly table: Table
  /** Rows of the file; the table holds a random part of them where there are very many. */
  readonly rowCount: number
  /** What the reader of the answer has to know of the file. */
  readonly notes: readonly string[]
}

/** Cells that are kept in memory: of a larger file, a random part of the rows. */
const MOST_CELLS = 2_000_000
const FEWEST_ROWS = 2000
const MOST_COLUMNS = 10_000

/**
 * A table from CSV, plain or gzip, in the encodings and with the delimiters that an import reads. Memory is bounded whatever
 * the size of the file. Which rows are kept depends on their content only.
 * @throws AppError ImportRefused when the file is no such table
 */
export async function readTable(path: string, options: ReadTableOptions = {}): Promise<ReadTable> {
  await refuseOtherFormats(path)
  const { encoding, note } = await inspectFile(path, options.encoding, options.sheet)
  const file = await openFile(path, encoding, options.sheet)
  const sink = createSink(path)
  let parser: ReturnType<typeof createRecordParser> | undefined
  for await (const text of file.chunks) {
    if (parser) parser.write(text)
    else {
      if (text.trim() === '') continue
      const start = text.trimStart()[0]
      if (start === '{' || start === '[')
        throw new AppError(
          'ImportRefused',
          `${path} holds JSON: a table is CSV with a header line, one row a deal or lead`,
        )
      parser = createRecordParser(options.delimiter ?? statedDelimiter(text) ?? sniffDelimiter(text), sink)
      parser.write(text)
    }
    options.onProgress?.(file.size === 0 ? 1 : file.bytesRead() / file.size)
  }
  parser?.end()
  return sink.finish(note === undefined ? [] : [note])
}

interface KeptRow {
  readonly hash: number
  readonly cells: readonly string[]
}

/** Of more rows than fit, those whose content has the smallest hashes: the same in every order of the file. */
function createKeptRows(columnCount: number) {
  const most = Math.max(FEWEST_ROWS, Math.floor(MOST_CELLS / columnCount))
  let kept: KeptRow[] = []
  let limit = Infinity
  const keepSmallest = () => {
    if (kept.length <= most) return
    kept = kept.toSorted((a, b) => a.hash - b.hash).slice(0, most)
    limit = kept.at(-1)?.hash ?? Infinity
  }
  return {
    add: (cells: readonly string[]): void => {
      const hash = hashSeed(cells.join('\u001f'))
      if (hash > limit) return
      kept.push({ hash, cells })
      if (kept.length >= 2 * most) keepSmallest()
    },
    all: (): readonly (readonly string[])[] => {
      keepSmallest()
      return kept.map(({ cells }) => cells)
    },
  }
}

interface NumberedRecord {
  readonly cells: readonly string[]
  readonly line: number
}

interface UnreadableLine {
  readonly line: number
  readonly why: string
}

/** Takes records: first those among which the header is, then rows and what is none. */
function createSink(path: string) {
  const findings = createFindings()
  const unreadable: UnreadableLine[] = []
  let start: NumberedRecord[] = []
  let header: readonly string[] | undefined
  let rows: ReturnType<typeof createRows> | undefined
  const begin = () => {
    const records = start
    start = []
    const place = headerPlace(records.map(({ cells }) => cells))
    header = headerOf(path, records[place]?.cells ?? [])
    rows = createRows(header, findings, unreadable)
    for (const { line } of records.slice(0, place)) findings.passedOver('title', line)
    for (const { cells, line } of records.slice(place + 1)) rows.take(cells, line)
  }
  return {
    onRecord: (cells: readonly string[], line: number): void => {
      if (isSeparatorLine(cells, line)) return
      if (rows) return rows.take(cells, line)
      if (start.length > 0 || !isBlank(cells)) start.push({ cells, line })
      if (start.length > MOST_TITLES) begin()
    },
    onMalformed: (line: number, _: string, why: string): void => void unreadable.push({ line, why }),
    finish: (notes: readonly string[]): ReadTable => {
      if (!rows) begin()
      if (!header || !rows || header.length < 2)
        throw new AppError('ImportRefused', `${path} holds no table: expected a header line with several columns`)
      const { rowCount, records } = rows.end()
      if (rowCount === 0) throw new AppError('ImportRefused', `${path} holds a header line and no rows`)
      const { table, notes: ofColumns } = tableOf(header, records)
      const [first] = unreadable
      return {
        table,
        rowCount,
        notes: [
          ...notes,
          ...passedOverNotes(findings.all()),
          ...(first
            ? [`${counted(unreadable.length, 'line')} left out, the first is line ${first.line}: ${first.why}`]
            : []),
          ...(records.length < rowCount
            ? [
                `a random ${records.length.toLocaleString('en-US')} of ${rowCount.toLocaleString('en-US')} rows were read`,
              ]
            : []),
          ...ofColumns,
        ],
      }
    },
  }
}

/** What an import passes over is no row here either: blank rows, totals, footers. */
function createRows(
  header: readonly string[],
  findings: ReturnType<typeof createFindings>,
  unreadable: UnreadableLine[],
) {
  const kept = createKeptRows(header.length)
  let rowCount = 0
  const add = ({ cells, line }: NumberedRecord) => {
    if (!isBlank(cells.slice(header.length)))
      unreadable.push({ line, why: `${counted(cells.length, 'cell')} under ${counted(header.length, 'column')}` })
    else {
      rowCount += 1
      kept.add(cells.slice(0, header.length))
    }
  }
  const records = createRowRecords(
    header.length,
    { leftoverOf: leftoverReader({ fields: [] }), after: -1 },
    {
      onPassedOver: findings.passedOver,
      onRecord: add,
      onBroken: (pieces) => pieces.forEach(add),
      // Only an import knows what a good record is.
      isGood: () => false,
    },
  )
  return {
    take: records.take,
    end: () => {
      records.end()
      return { rowCount, records: kept.all() }
    },
  }
}

function headerOf(path: string, cells: readonly string[]): readonly string[] {
  const last = cells.findLastIndex((cell) => cell.trim() !== '')
  if (last + 1 > MOST_COLUMNS)
    throw new AppError(
      'ImportRefused',
      `${path} has ${last + 1} columns, at most ${MOST_COLUMNS} are read: leave some out`,
    )
  return cells.slice(0, last + 1)
}
