import type { Mapping } from '../../../core/facts/import/mapping.ts'
import { AppError } from '../../../errors.ts'
import type { Tally } from './counts.ts'
import { sniffDelimiter, statedDelimiter } from './delimiter.ts'
import type { Encoding } from './encoding.ts'
import { createJsonLinesParser, type JsonHandlers, type JsonObject, takeJson } from './json-lines.ts'
import { inspectFile, openFile } from './open-file.ts'
import { createHeaderSearch, type Header } from './reading/find-header.ts'
import { beginsDocument, createJsonDocumentParser, rowsOfAnswer } from './reading/json-document.ts'
import { type Batch, createSink, type SinkOptions } from './reading/sink.ts'
import { createRecordParser, type RecordHandlers, type RecordParser } from './records.ts'

export interface ReadOptions extends SinkOptions {
  readonly mapping: Mapping
  readonly hasDefaultSource: boolean
}

export interface CheckedFile {
  readonly path: string
  readonly encoding: Encoding
  readonly delimiter: string
  readonly format: 'csv' | 'json_lines' | 'json_document'
  /** Of CSV. */
  readonly header: Header | undefined
  readonly sha256: string
  readonly notes: readonly string[]
}

type Form = Pick<CheckedFile, 'path' | 'delimiter' | 'format'>
type HeaderOptions = Omit<ReadOptions, 'batchRows'>

/**
 * Finds out how a file is to be read, and checks its header.
 * @throws AppError ImportRefused with everything that is wrong
 */
export async function checkFile(path: string, options: HeaderOptions): Promise<CheckedFile> {
  const { encoding, note, sha256 } = await inspectFile(path, options.mapping.encoding)
  const file = await openFile(path, encoding)
  const search = createHeaderSearch(path, options)
  const first = createFirstRowCheck(path, options)
  let form: Form | undefined
  let parser: RecordParser | undefined
  for await (const text of file.chunks) {
    if (!parser) {
      if (text.trim() === '') continue
      form = formOf(path, text, options)
      parser = createParser(form, { onRecord: search.take, onObject: first.take, onMalformed: () => undefined })
    }
    parser.write(text)
    if (search.isDone() || first.isDone()) break
  }
  if (!search.isDone() && !first.isDone()) parser?.end()
  if (!form) throw new AppError('ImportRefused', `${path} is empty: expected a header line`)
  const header = form.format === 'csv' ? search.end() : undefined
  return { ...form, header, encoding, sha256, notes: note === undefined ? [] : [`${path}: ${note}`] }
}

/** JSON has no header: an unknown key in the first row would be in all of them. */
function createFirstRowCheck(path: string, { jsonReader }: HeaderOptions) {
  const readObject = jsonReader()
  let objects = 0
  return {
    take: (object: JsonObject) => {
      objects += 1
      if (objects > 1) return
      const [row = {}] = rowsOfAnswer(object) ?? [object]
      const outcome = readObject(row as JsonObject, objects)
      if (outcome.kind === 'rejected' && outcome.problem.reason === 'unknown_key')
        throw new AppError('ImportRefused', `${path}: the first row: ${outcome.problem.message}`)
    },
    isDone: () => objects > 0,
  }
}

function formOf(path: string, start: string, options: HeaderOptions): Form {
  if (/^[^\n\r]*\0/.test(start))
    throw new AppError('ImportRefused', `${path} begins with NUL characters: state its encoding, such as utf-16le`)
  const delimiter = options.mapping.delimiter ?? statedDelimiter(start) ?? sniffDelimiter(start)
  const begins = start.trimStart()[0]
  if (begins !== '{' && begins !== '[') return { path, delimiter, format: 'csv' }
  return { path, delimiter, format: beginsDocument(start) ? 'json_document' : 'json_lines' }
}

interface Handlers extends RecordHandlers, JsonHandlers {}

function createParser({ path, format, delimiter }: Form, handlers: Handlers): RecordParser {
  if (format === 'csv') return createRecordParser(delimiter, handlers)
  if (format === 'json_lines') return createJsonLinesParser(handlers)
  return createJsonDocumentParser(path, ({ text, line }) => takeJson(text, line, handlers))
}

/** A file as batches of rows, constant in memory (but for JSON documents): a chunk of the file and one batch. */
export async function* readBatches(checked: CheckedFile, options: ReadOptions, tally: Tally): AsyncGenerator<Batch> {
  const file = await openFile(checked.path, checked.encoding)
  const sink = createSink(options, checked.header, tally)
  const parser = createParser(checked, sink)
  for await (const text of file.chunks) {
    parser.write(text)
    while (sink.isFull()) yield sink.take(file.bytesRead() / file.size)
  }
  parser.end()
  sink.end()
  while (sink.isFull()) yield sink.take(1)
  yield sink.take(1)
}
