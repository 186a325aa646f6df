import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import type { RowPlan } from '../../../../core/facts/import/header.ts'
import { problem, type Reason, type RowError } from '../../../../core/facts/import/problems.ts'
import type { RowOutcome } from '../../../../core/facts/import/read-row.ts'
import { isBlank, leftoverReader, type Leftover } from '../../../../core/facts/import/reading/leftovers.ts'
import type { Companions } from '../beside.ts'
import type { Tally } from '../counts.ts'
import { isSeparatorLine } from '../delimiter.ts'
import type { JsonObject } from '../json-lines.ts'
import { type Header, type HeaderOptions, planHeader } from './find-header.ts'
import { createRowRecords } from './held-records.ts'
import { rowsOfAnswer } from './json-document.ts'

export interface Batch {
  readonly rows: readonly StagedRow[]
  /** The physical line of each row. */
  readonly lines: readonly number[]
  /** Records whose list of parts is empty, which makes no row. */
  readonly emptied: readonly StagedRow[]
  /** Rejected rows, and cells that could not be read of rows that are kept. */
  readonly rejected: readonly RowError[]
  /** The part of the file that was read, in [0, 1]. */
  readonly progress: number
}

type ReadCells = (cells: readonly string[], rowNumber: number) => RowOutcome

export interface SinkOptions extends HeaderOptions {
  readonly batchRows: number
  readonly rowReader: (plan: RowPlan) => ReadCells
  readonly jsonReader: () => (object: JsonObject, rowNumber: number) => RowOutcome
}

export interface SinkFile {
  readonly header: Header | undefined
  readonly companions: Companions
}

/** Takes the records of a file one by one, counts them, and gives them out as batches of rows. */
export function createSink({ header, companions }: SinkFile, options: SinkOptions, tally: Tally) {
  const batches = createBatches(options.batchRows)
  let rowNumber = 0
  const next = () => {
    tally.read()
    rowNumber += 1
    return rowNumber
  }
  const reject = (line: number, found: Omit<RowError, 'line'>) => {
    const error = { line, ...found }
    tally.rejected(error)
    batches.reject(error)
  }
  const keep = ({ row, remarks }: RowOutcome & { readonly kind: 'row' }, line: number) => {
    for (const { problem: found } of remarks.unreadable) {
      const error: RowError = { line, ...found, reason: 'cell_unreadable' }
      tally.findings.unreadable(error)
      batches.reject(error)
    }
    for (const column of remarks.localTimes) tally.findings.localTime(column, line)
    for (const column of remarks.shortened) tally.findings.shortened(column, line)
    batches.add(row, line)
  }
  const add = (outcome: RowOutcome, line: number) => {
    if (outcome.kind === 'row') keep(outcome, line)
    else if (outcome.kind === 'filtered') {
      tally.filtered()
      if (outcome.emptied) batches.empty(outcome.emptied)
    } else if (outcome.kind === 'rejected') reject(line, outcome.problem)
    else {
      tally.findings.parted()
      // Each of its rows counts as read.
      outcome.rows.slice(1).forEach(tally.read)
      for (const row of outcome.rows) add(row, line)
    }
  }
  const passOver = (what: Leftover, line: number) => {
    if (what === 'title') tally.read()
    else next()
    tally.filtered()
    tally.findings.passedOver(what, line)
  }
  const records = header && createRecords(header, companions, options, { next, add, reject, passOver })
  const readObject = options.jsonReader()
  return {
    onRecord: (cells: readonly string[], line: number) => records?.take(cells, line),
    onObject: (object: JsonObject, line: number) => {
      for (const row of rowsOfAnswer(object) ?? [object])
        add(readObject(companions.object(row as JsonObject), next()), line)
    },
    onMalformed: (line: number, reason: Reason, message: string) => {
      records?.settle()
      next()
      reject(line, problem(reason, null, null, message))
    },
    end: () => records?.end(),
    isFull: batches.isFull,
    take: batches.take,
  }
}

interface RecordHandlers {
  readonly next: () => number
  readonly add: (outcome: RowOutcome, line: number) => void
  readonly reject: (line: number, found: Omit<RowError, 'line'>) => void
  readonly passOver: (what: Leftover, line: number) => void
}

/** The records of a CSV file: what lies before the header, rows, and what is no row. */
function createRecords(
  { line: headerLine, cells: header }: Header,
  companions: Companions,
  options: SinkOptions,
  { next, add, reject, passOver }: RecordHandlers,
) {
  const planned = planHeader(header, options, companions)
  // It was planned when the file was checked.
  if (planned.kind === 'refused') throw new RangeError(planned.problems.join('; '))
  const { plan } = planned
  const read = recordReader(header, companions, options.rowReader(plan))
  const columnCount = header.length
  const records = createRowRecords(
    columnCount,
    { leftoverOf: leftoverReader(plan), after: headerLine },
    {
      onPassedOver: passOver,
      onRecord: ({ cells, line }) => add(read(cells, next()), line),
      onBroken: (pieces) => {
        for (const { cells, line } of pieces) {
          next()
          const message = `expected ${columnCount} columns as in the header, got ${cells.length}: a line end within a cell that has no quotes`
          reject(line, problem('wrong_column_count', null, null, message))
        }
      },
      isGood: (cells) => {
        const outcome = read(cells, 1)
        return outcome.kind === 'row' && outcome.remarks.unreadable.length === 0
      },
    },
  )
  return {
    take: (cells: readonly string[], line: number) => {
      if (line === headerLine || isSeparatorLine(cells, line)) return
      if (line > headerLine) return records.take(cells, line)
      passOver(isBlank(cells) ? 'blank' : 'title', line)
      records.passed(line)
    },
    settle: records.settle,
    end: records.end,
  }
}

/** Reads a record with the cells of the companions behind its own. One that is too short or too long stays so. */
function recordReader(header: readonly string[], companions: Companions, read: ReadCells): ReadCells {
  const added = companions.forHeader(header)
  if (added.names.length === 0) return read
  return (cells, rowNumber) => {
    const { length } = header
    if (cells.length < length) return read(cells, rowNumber)
    const own = isBlank(cells.slice(length)) ? cells.slice(0, length) : cells
    return read([...own, ...added.cells(cells)], rowNumber)
  }
}

/** Rows and rejects that wait to be written. */
function createBatches(batchRows: number) {
  let rows: StagedRow[] = []
  let lines: number[] = []
  let rejected: RowError[] = []
  let emptied: StagedRow[] = []
  return {
    empty: (record: StagedRow) => void emptied.push(record),
    add: (row: StagedRow, line: number) => {
      rows.push(row)
      lines.push(line)
    },
    reject: (error: RowError) => void rejected.push(error),
    isFull: () => rows.length + emptied.length >= batchRows || rejected.length >= batchRows,
    take: (progress: number): Batch => {
      const batch = { rows: rows.slice(0, batchRows), lines: lines.slice(0, batchRows), rejected, emptied, progress }
      rows = rows.slice(batchRows)
      lines = lines.slice(batchRows)
      rejected = []
      emptied = []
      return batch
    },
  }
}
