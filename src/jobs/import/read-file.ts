import type { StagedRow } from '../../core/import/complete.ts'
import { planRows, type RowPlan } from '../../core/import/header.ts'
import type { Mapping } from '../../core/import/mapping.ts'
import { problem, type RowError } from '../../core/import/problems.ts'
import type { RowOutcome } from '../../core/import/read-row.ts'
import { AppError } from '../../errors.ts'
import type { Tally } from './counts.ts'
import { sniffDelimiter } from './delimiter.ts'
import { openFile } from './open-file.ts'
import { createRecordParser } from './records.ts'

export interface Batch {
  readonly rows: readonly StagedRow[]
  /** The physical line of each row. */
  readonly lines: readonly number[]
  readonly rejected: readonly RowError[]
  /** The part of the file that was read, in [0, 1]. */
  readonly progress: number
}

export interface ReadOptions {
  readonly mapping: Mapping
  readonly hasDefaultSource: boolean
  readonly batchRows: number
  readonly rowReader: (plan: RowPlan) => (cells: readonly string[], rowNumber: number) => RowOutcome
}

/** Checks a file's header without reading further. @throws AppError ImportRefused with everything that is wrong. */
export async function checkHeader(path: string, options: Omit<ReadOptions, 'rowReader' | 'batchRows'>): Promise<void> {
  const file = await openFile(path, options.mapping.encoding)
  let header: readonly string[] | undefined
  let parser: ReturnType<typeof createRecordParser> | undefined
  const onRecord = (cells: readonly string[]) => {
    header ??= cells
  }
  for await (const chunk of file.chunks) {
    parser ??= createRecordParser(options.mapping.delimiter ?? sniffDelimiter(chunk.toString()), {
      onRecord,
      onMalformed: () => undefined,
    })
    await parser.write(chunk)
    if (header) break
  }
  if (!header) await parser?.end()
  planOf(path, header, options)
}

/** A file as batches of rows, constant in memory: a chunk of the file and one batch. */
export async function* readBatches(path: string, options: ReadOptions, tally: Tally): AsyncGenerator<Batch> {
  const file = await openFile(path, options.mapping.encoding)
  const sink = createSink(path, options, tally)
  let parser: ReturnType<typeof createRecordParser> | undefined
  for await (const chunk of file.chunks) {
    parser ??= createRecordParser(options.mapping.delimiter ?? sniffDelimiter(chunk.toString()), sink)
    await parser.write(chunk).catch((error: unknown) => refuse(path, error))
    while (sink.isFull()) yield sink.take(file.bytesRead() / file.size)
  }
  await parser?.end().catch((error: unknown) => refuse(path, error))
  while (sink.isFull()) yield sink.take(1)
  sink.end()
  yield sink.take(1)
}

function createSink(path: string, options: ReadOptions, tally: Tally) {
  let read: ((cells: readonly string[], rowNumber: number) => RowOutcome) | undefined
  let rowNumber = 0
  let rows: StagedRow[] = []
  let lines: number[] = []
  let rejected: RowError[] = []
  const reject = (error: RowError) => {
    tally.rejected(error.reason)
    rejected.push(error)
  }
  return {
    onRecord: (cells: readonly string[], line: number) => {
      if (!read) {
        read = options.rowReader(planOf(path, cells, options))
        return
      }
      tally.read()
      rowNumber += 1
      const outcome = read(cells, rowNumber)
      if (outcome.kind === 'filtered') tally.filtered()
      else if (outcome.kind === 'rejected') reject({ line, ...outcome.problem })
      else {
        rows.push(outcome.row)
        lines.push(line)
      }
    },
    onMalformed: (line: number, message: string) => {
      tally.read()
      rowNumber += 1
      reject({ line, ...problem('malformed_csv', null, null, message) })
    },
    isFull: () => rows.length >= options.batchRows || rejected.length >= options.batchRows,
    take: (progress: number): Batch => {
      const batch = {
        rows: rows.slice(0, options.batchRows),
        lines: lines.slice(0, options.batchRows),
        rejected,
        progress,
      }
      rows = rows.slice(options.batchRows)
      lines = lines.slice(options.batchRows)
      rejected = []
      return batch
    },
    end: () => {
      if (!read) planOf(path, undefined, options)
    },
  }
}

function planOf(
  path: string,
  header: readonly string[] | undefined,
  options: { readonly mapping: Mapping; readonly hasDefaultSource: boolean },
): RowPlan {
  if (!header) throw new AppError('ImportRefused', `${path} is empty: expected a header line`)
  const result = planRows(header, options.mapping, options.hasDefaultSource)
  if (result.kind === 'plan') return result.plan
  throw new AppError('ImportRefused', result.problems.map((found) => `${path}: ${found}`).join('\n'))
}

function refuse(path: string, cause: unknown): never {
  if (cause instanceof AppError) throw cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  throw new AppError('ImportRefused', `${path}: ${reason}`, { cause })
}
