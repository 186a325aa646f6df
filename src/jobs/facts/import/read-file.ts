import type { StagedRow } from '../../../core/facts/import/complete-row.ts'
import { planRows, type RowPlan } from '../../../core/facts/import/header.ts'
import type { Mapping } from '../../../core/facts/import/mapping.ts'
import { sha256Of } from '../../../core/base/json-hash.ts'
import { problem, type Reason, type RowError } from '../../../core/facts/import/problems.ts'
import type { RowOutcome } from '../../../core/facts/import/read-row.ts'
import { AppError } from '../../../errors.ts'
import { hintOf, looksLike, otherThan } from '../../../core/facts/recognition/other-system.ts'
import { namesOf } from '../../../core/facts/recognition/recognise.ts'
import { type Companions, readCompanions } from './beside.ts'
import type { Tally } from './counts.ts'
import { sniffDelimiter } from './delimiter.ts'
import type { Encoding } from './encoding.ts'
import { createJsonLinesParser, type JsonObject } from './json-lines.ts'
import { inspectFile, openFile } from './open-file.ts'
import { knownMappings, knownPreset } from './presets.ts'
import { createRecordParser, type RecordHandlers, type RecordParser } from './records.ts'

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
  /** The mapping is a preset: a file that is clearly something else is refused. */
  readonly isPreset: boolean
  readonly batchRows: number
  readonly rowReader: (plan: RowPlan) => (cells: readonly string[], rowNumber: number) => RowOutcome
  readonly jsonReader: () => (object: JsonObject, rowNumber: number) => RowOutcome
}

export interface CheckedFile {
  readonly path: string
  readonly encoding: Encoding
  readonly delimiter: string
  readonly format: 'csv' | 'json_lines'
  readonly sha256: string
  readonly notes: readonly string[]
  readonly companions: Companions
}

type HeaderOptions = Omit<ReadOptions, 'batchRows'>

/** Rows of JSON that are looked at before any is written. */
const FIRST_OBJECTS = 1

/**
 * Finds out how a file is to be read, and checks its header.
 * @throws AppError ImportRefused with everything that is wrong
 */
export async function checkFile(path: string, options: HeaderOptions): Promise<CheckedFile> {
  const { encoding, note, sha256 } = await inspectFile(path, options.mapping.encoding)
  const companions = await readCompanions(path, options.mapping.beside ?? [])
  const file = await openFile(path, encoding)
  let checked: CheckedFile | undefined
  let parser: RecordParser | undefined
  let header: readonly string[] | undefined
  let objects = 0
  const readObject = options.jsonReader()
  const handlers = {
    onRecord: (cells: readonly string[]) => {
      header ??= cells
    },
    onObject: (object: JsonObject) => {
      objects += 1
      if (objects === 1) refuseOther(path, namesOf(object), options)
      const outcome = readObject(companions.object(object), objects)
      if (objects <= FIRST_OBJECTS && outcome.kind === 'rejected' && outcome.problem.reason === 'unknown_key')
        throw new AppError('ImportRefused', `${path}: the first row: ${outcome.problem.message}`)
    },
    onMalformed: () => undefined,
  }
  for await (const text of file.chunks) {
    if (!parser) {
      if (text.trim() === '') continue
      checked = {
        path,
        encoding,
        sha256: sha256Of([sha256, ...companions.sha256]),
        notes: [...(note === undefined ? [] : [`${path}: ${note}`]), ...companions.notes],
        companions,
        ...formOf(path, text, options),
      }
      parser = createParser(checked, handlers)
    }
    parser.write(text)
    if (header || objects > 0) break
  }
  if (!header && objects === 0) parser?.end()
  if (!checked) throw new AppError('ImportRefused', `${path} is empty: expected a header line`)
  if (checked.format === 'csv') planOf(path, header && wideHeader(header, companions), options)
  if (header) refuseOther(path, header, options)
  return checked
}

function formOf(path: string, start: string, options: HeaderOptions): Pick<CheckedFile, 'delimiter' | 'format'> {
  const begins = start.trimStart()[0]
  if (begins === '[')
    throw new AppError('ImportRefused', `${path} is a JSON array: expected one JSON object a line, or CSV`)
  if (/^[^\n\r]*\0/.test(start))
    throw new AppError('ImportRefused', `${path} begins with NUL characters: state its encoding, such as utf-16le`)
  const delimiter = options.mapping.delimiter ?? sniffDelimiter(start)
  return { delimiter, format: begins === '{' ? 'json_lines' : 'csv' }
}

interface Handlers extends RecordHandlers {
  readonly onObject: (object: JsonObject, line: number) => void
}

function createParser({ format, delimiter }: CheckedFile, handlers: Handlers): RecordParser {
  return format === 'csv' ? createRecordParser(delimiter, handlers) : createJsonLinesParser(handlers)
}

/** A file as batches of rows, constant in memory: a chunk of the file and one batch. */
export async function* readBatches(checked: CheckedFile, options: ReadOptions, tally: Tally): AsyncGenerator<Batch> {
  const file = await openFile(checked.path, checked.encoding)
  const sink = createSink(checked, options, tally)
  const parser = createParser(checked, sink)
  for await (const text of file.chunks) {
    parser.write(text)
    while (sink.isFull()) yield sink.take(file.bytesRead() / file.size)
  }
  parser.end()
  while (sink.isFull()) yield sink.take(1)
  yield sink.take(1)
}

function createSink({ path, companions }: CheckedFile, options: ReadOptions, tally: Tally) {
  let read: ((cells: readonly string[], rowNumber: number) => RowOutcome) | undefined
  const readObject = options.jsonReader()
  let rowNumber = 0
  let rows: StagedRow[] = []
  let lines: number[] = []
  let rejected: RowError[] = []
  const reject = (error: RowError) => {
    tally.rejected(error)
    rejected.push(error)
  }
  const add = (outcome: RowOutcome, line: number) => {
    if (outcome.kind === 'filtered') tally.filtered()
    else if (outcome.kind === 'rejected') reject({ line, ...outcome.problem })
    else if (outcome.kind === 'rows') for (const row of outcome.rows) add(row, line)
    else {
      rows.push(outcome.row)
      lines.push(line)
    }
  }
  const next = () => {
    tally.read()
    rowNumber += 1
    return rowNumber
  }
  return {
    onRecord: (cells: readonly string[], line: number) => {
      if (read) add(read(cells, next()), line)
      else
        read = recordReader(cells, companions, options.rowReader(planOf(path, wideHeader(cells, companions), options)))
    },
    onObject: (object: JsonObject, line: number) => add(readObject(companions.object(object), next()), line),
    onMalformed: (line: number, reason: Reason, message: string) => {
      next()
      reject({ line, ...problem(reason, null, null, message) })
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
  }
}

function wideHeader(header: readonly string[], companions: Companions): readonly string[] {
  return [...header, ...companions.forHeader(header).names]
}

/** A record with the cells of the companions behind its own; one that is too short or too long stays so. */
function recordReader(
  header: readonly string[],
  companions: Companions,
  read: (cells: readonly string[], rowNumber: number) => RowOutcome,
): (cells: readonly string[], rowNumber: number) => RowOutcome {
  const added = companions.forHeader(header)
  if (added.names.length === 0) return read
  return (cells, rowNumber) => {
    const { length } = header
    if (cells.length < length) return read(cells, rowNumber)
    const own = cells.slice(length).every((cell) => cell.trim() === '') ? cells.slice(0, length) : cells
    return read([...own, ...added.cells(cells)], rowNumber)
  }
}

function refuseOther(path: string, names: readonly string[], { isPreset, mapping }: HeaderOptions): void {
  const known = isPreset ? knownMappings() : []
  const preset = knownPreset(mapping, known)
  const other = preset && otherThan(preset, names, known)
  if (other) throw new AppError('ImportRefused', `${path}: ${looksLike(other)}`)
}

function planOf(
  path: string,
  header: readonly string[] | undefined,
  options: { readonly mapping: Mapping; readonly hasDefaultSource: boolean },
): RowPlan {
  if (!header) throw new AppError('ImportRefused', `${path} is empty: expected a header line`)
  const result = planRows(header, options.mapping, options.hasDefaultSource)
  if (result.kind === 'plan') return result.plan
  const hint = hintOf(header, knownMappings())
  const problems = hint === '' ? result.problems : [...result.problems, hint]
  throw new AppError('ImportRefused', problems.map((found) => `${path}: ${found}`).join('\n'))
}
