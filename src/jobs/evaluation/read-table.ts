import { counted } from '../../core/base/counted.ts'
import { hashSeed } from '../../core/base/random.ts'
import { type Table, tableOf } from '../../core/evaluation/table/columns/table.ts'
import type { Mapping } from '../../core/facts/import/mapping.ts'
import { AppError } from '../../errors.ts'
import { isSeparatorLine, sniffDelimiter, statedDelimiter } from '../facts/import/delimiter.ts'
import { inspectFile, openFile } from '../facts/import/open-file.ts'
import { createRecordParser } from '../facts/import/records.ts'
import { refuseOtherFormats } from './table-formats.ts'

export interface ReadTableOptions {
  readonly encoding?: Mapping['encoding']
  readonly delimiter?: string | undefined
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
  const { encoding, note } = await inspectFile(path, options.encoding)
  const file = await openFile(path, encoding)
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

function createSink(path: string) {
  let header: readonly string[] | undefined
  let [rowCount, above, blank] = [0, 0, 0]
  const unreadable: { readonly line: number; readonly why: string }[] = []
  let kept: KeptRow[] = []
  let most = 0
  let limit = Infinity
  const keepSmallest = () => {
    if (kept.length <= most) return
    kept = kept.toSorted((a, b) => a.hash - b.hash).slice(0, most)
    limit = kept.at(-1)?.hash ?? Infinity
  }
  const take = (cells: readonly string[]) => {
    rowCount += 1
    const hash = hashSeed(cells.join('\u001f'))
    if (hash > limit) return
    kept.push({ hash, cells })
    if (kept.length >= 2 * most) keepSmallest()
  }
  return {
    onRecord: (cells: readonly string[], line: number) => {
      const filled = cells.filter((cell) => cell.trim() !== '').length
      if (!header) {
        // A report has its title above the header.
        if (isSeparatorLine(cells, line)) return
        if (filled < 2) above += 1
        else {
          header = headerOf(path, cells)
          most = Math.max(FEWEST_ROWS, Math.floor(MOST_CELLS / header.length))
        }
      } else if (filled === 0) blank += 1
      else if (cells.length < header.length || cells.slice(header.length).some((cell) => cell.trim() !== ''))
        unreadable.push({ line, why: `${counted(cells.length, 'cell')} under ${counted(header.length, 'column')}` })
      else take(cells)
    },
    onMalformed: (line: number, _: string, why: string) => unreadable.push({ line, why }),
    finish: (notes: readonly string[]): ReadTable => {
      if (!header)
        throw new AppError('ImportRefused', `${path} holds no table: expected a header line with several columns`)
      if (rowCount === 0) throw new AppError('ImportRefused', `${path} holds a header line and no rows`)
      keepSmallest()
      const { table, notes: ofColumns } = tableOf(
        header,
        kept.map(({ cells }) => cells),
      )
      const [first] = unreadable
      return {
        table,
        rowCount,
        notes: [
          ...notes,
          ...(above > 0 ? [`${above} ${above === 1 ? 'line' : 'lines'} above the header passed over`] : []),
          ...(blank > 0 ? [`${blank} blank ${blank === 1 ? 'row' : 'rows'} passed over`] : []),
          ...(first
            ? [
                `${unreadable.length} ${unreadable.length === 1 ? 'line' : 'lines'} left out, the first is line ${first.line}: ${first.why}`,
              ]
            : []),
          ...(kept.length < rowCount
            ? [`a random ${kept.length.toLocaleString('en-US')} of ${rowCount.toLocaleString('en-US')} rows were read`]
            : []),
          ...ofColumns,
        ],
      }
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
