import { resolve } from 'node:path'
import type { Mapping } from '../../../core/facts/import/mapping.ts'
import { sha256Of } from '../../../core/base/json-hash.ts'
import { looksLike, otherThan } from '../../../core/facts/recognition/other-system.ts'
import { namesOf } from '../../../core/facts/recognition/recognise.ts'
import { AppError } from '../../../errors.ts'
import { type Companions, readCompanions } from './beside.ts'
import type { Tally } from './counts.ts'
import { sniffDelimiter, statedDelimiter } from './delimiter.ts'
import type { Encoding } from './encoding.ts'
import { createJsonLinesParser, type JsonHandlers, type JsonObject, takeJson } from './json-lines.ts'
import { inspectFile, openFile } from './open-file.ts'
import { knownMappings, knownPreset } from './presets.ts'
import { createHeaderSearch, type Header } from './reading/find-header.ts'
import { beginsDocument, createJsonDocumentParser, rowsOfAnswer } from './reading/json-document.ts'
import { binaryProblem } from './reading/binary.ts'
import { type Batch, createSink, type SinkOptions } from './reading/sink.ts'
import { createRecordParser, type RecordHandlers, type RecordParser } from './records.ts'

export interface ReadOptions extends SinkOptions {
  /** The mapping is a preset: a file that is clearly something else is refused. */
  readonly isPreset: boolean
}

/** A file that holds what was read elsewhere: messages and records name that. */
export interface SpooledFile {
  readonly path: string
  readonly name: string
  /** Of each of its lines, the line of what was read; else they are the same. */
  readonly lines?: readonly number[] | undefined
}

export type InputFile = string | SpooledFile

export interface CheckedFile {
  readonly path: string
  /** For messages: the path, or what the file was read from. */
  readonly name: string
  readonly lineOf: (line: number) => number
  readonly encoding: Encoding
  readonly delimiter: string
  readonly format: 'csv' | 'json_lines' | 'json_document'
  /** Of CSV. */
  readonly header: Header | undefined
  readonly sha256: string
  readonly notes: readonly string[]
  readonly companions: Companions
}

type Form = Pick<CheckedFile, 'path' | 'delimiter' | 'format'>
type HeaderOptions = Omit<ReadOptions, 'batchRows'>

/**
 * Finds out how a file is to be read, and checks its header.
 * @throws AppError ImportRefused with everything that is wrong
 */
export async function checkFile(input: InputFile, options: HeaderOptions): Promise<CheckedFile> {
  const { path, name, lines } = typeof input === 'string' ? { path: input, name: input } : input
  const { encoding, note, sha256 } = await inspectFile(path, options.mapping.encoding, options.mapping.sheet)
  const companions = await readCompanions(path, options.mapping.beside ?? [])
  const file = await openFile(path, encoding, options.mapping.sheet)
  const search = createHeaderSearch(name, options, companions)
  const first = createFirstRowCheck(name, options, companions)
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
  if (!form) throw new AppError('ImportRefused', `${name} is empty: expected a header line`)
  const header = form.format === 'csv' ? search.end() : undefined
  if (header) refuseOther(name, header.cells, options)
  return {
    ...form,
    name,
    lineOf: (line) => lines?.[line - 1] ?? line,
    header,
    encoding,
    sha256: sha256Of([sha256, ...companions.sha256]),
    notes: [...(note === undefined ? [] : [`${name}: ${note}`]), ...companions.notes],
    companions,
  }
}

/** @throws AppError ImportRefused where a preset is given a file that another is for */
function refuseOther(path: string, names: readonly string[], { isPreset, mapping }: HeaderOptions): void {
  const known = isPreset ? knownMappings() : []
  const preset = knownPreset(mapping, known)
  const other = preset && otherThan(preset, names, known)
  if (other) throw new AppError('ImportRefused', `${path}: ${looksLike(other)}`)
}

/** JSON has no header: an unknown key in the first row would be in all of them. */
function createFirstRowCheck(path: string, options: HeaderOptions, companions: Companions) {
  const readObject = options.jsonReader()
  let objects = 0
  return {
    take: (object: JsonObject) => {
      objects += 1
      if (objects > 1) return
      const [row = {}] = rowsOfAnswer(object) ?? [object]
      refuseOther(path, namesOf(row as JsonObject), options)
      const outcome = readObject(companions.object(row as JsonObject), objects)
      if (outcome.kind === 'rejected' && outcome.problem.reason === 'unknown_key')
        throw new AppError('ImportRefused', `${path}: the first row: ${outcome.problem.message}`)
    },
    isDone: () => objects > 0,
  }
}

export function formOf(path: string, start: string, options: { readonly mapping: Pick<Mapping, 'delimiter'> }): Form {
  const binary = binaryProblem(start)
  if (binary !== undefined) throw new AppError('ImportRefused', `${path} is not a text file: ${binary}`)
  if (/^[^\n\r]*\0/.test(start))
    throw new AppError('ImportRefused', `${path} begins with NUL characters: state its encoding, such as utf-16le`)
  const delimiter = options.mapping.delimiter ?? statedDelimiter(start) ?? sniffDelimiter(start)
  const begins = start.trimStart()[0]
  if (begins !== '{' && begins !== '[') return { path, delimiter, format: 'csv' }
  return { path, delimiter, format: beginsDocument(start) ? 'json_document' : 'json_lines' }
}

interface Handlers extends RecordHandlers, JsonHandlers {}

export function createParser({ path, format, delimiter }: Form, handlers: Handlers): RecordParser {
  if (format === 'csv') return createRecordParser(delimiter, handlers)
  if (format === 'json_lines') return createJsonLinesParser(handlers)
  return createJsonDocumentParser(path, ({ text, line }) => takeJson(text, line, handlers))
}

function withLines({ onRecord, onObject, onMalformed }: Handlers, { lineOf }: CheckedFile): Handlers {
  return {
    onRecord,
    onObject: (object, line) => onObject(object, lineOf(line)),
    onMalformed: (line, reason, message) => onMalformed(lineOf(line), reason, message),
  }
}

/** A file as batches of rows, constant in memory (but for JSON documents): a chunk of the file and one batch. */
export async function* readBatches(checked: CheckedFile, options: ReadOptions, tally: Tally): AsyncGenerator<Batch> {
  const file = await openFile(checked.path, checked.encoding, options.mapping.sheet)
  const sink = createSink(checked, options, tally)
  const parser = createParser(checked, withLines(sink, checked))
  for await (const text of file.chunks) {
    parser.write(text)
    while (sink.isFull()) yield sink.take(file.bytesRead() / file.size)
  }
  parser.end()
  sink.end()
  while (sink.isFull()) yield sink.take(1)
  yield sink.take(1)
}

/** The absolute path, of what is a file. */
export function placeOf(file: string, checked: readonly CheckedFile[]): string {
  return checked.some(({ name, path: read }) => name === file && read !== file) ? file : resolve(file)
}
