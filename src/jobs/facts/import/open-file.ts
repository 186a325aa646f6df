import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { stringify } from 'csv-stringify/sync'
import { AppError } from '../../../errors.ts'
import { parquetRows } from '../../../store/facts/sources/duckdb-rows.ts'
import { jsonLine } from '../../../store/facts/sources/rows-query.ts'
import { readWorkbook } from './workbook/workbook.ts'
import { utf8Decoder } from './utf8-decoder.ts'
import { detectEncoding, type Encoding, type FoundEncoding } from './encoding.ts'

export interface OpenFile {
  readonly path: string
  /** Compressed bytes: what `bytesRead` is a part of. */
  readonly size: number
  readonly bytesRead: () => number
  readonly chunks: AsyncIterable<string>
}

/** Small, so that while one batch is read the answers to the one being written are not kept waiting. */
const CHUNK_BYTES = 32 * 1024
const GZIP = [0x1f, 0x8b]
const PARQUET = 'PAR1'
const ZIP = 'PK\u0003\u0004'
/** Of Excel before 2007, and of workbooks with a password. */
const OLE = '\u00d0\u00cf\u0011\u00e0'
const LINE_FEED = 0x0a

/**
 * Opens a plain, gzip, Parquet or Excel file, told apart by the first bytes and not by the name. Parquet is read as JSON Lines,
 * a sheet of a workbook as CSV.
 */
export async function openFile(path: string, encoding: Encoding, sheet?: string): Promise<OpenFile> {
  const { size } = await stat(path).catch((error: unknown) => refuse(path, error))
  const { bytes, bytesRead, isText } = await openBytes(path, sheet)
  return { path, size, bytesRead, chunks: decode(path, bytes, isText ? encoding : 'utf-8') }
}

export interface InspectedFile extends FoundEncoding {
  /** Of the decompressed bytes. */
  readonly sha256: string
}

/** Reads the whole file, decompressed, without keeping any of it. */
export async function inspectFile(path: string, stated: Encoding | undefined, sheet?: string): Promise<InspectedFile> {
  try {
    const hash = createHash('sha256')
    const { bytes, isText, note } = await openBytes(path, sheet)
    for await (const chunk of bytes as AsyncIterable<Buffer>) hash.update(chunk)
    const found = isText
      ? await encodingOf(path, stated)
      : { encoding: 'utf-8' as const, ...(note !== undefined && { note }) }
    return { ...found, sha256: hash.digest('hex') }
  } catch (error) {
    refuse(path, error)
  }
}

async function encodingOf(path: string, stated: Encoding | undefined): Promise<FoundEncoding> {
  return stated === undefined ? await detectEncoding(() => lazily(path)) : { encoding: stated }
}

/** The beginning of a file, decompressed: whole lines of at most so many bytes. */
export async function* readStart(path: string, most: number, sheet?: string): AsyncGenerator<Buffer> {
  let left = most
  for await (const chunk of lazily(path, sheet)) {
    if (chunk.length <= left) yield chunk
    else return yield chunk.subarray(0, Math.max(0, chunk.lastIndexOf(LINE_FEED, left - 1) + 1))
    left -= chunk.length
  }
}

async function* lazily(path: string, sheet?: string): AsyncGenerator<Buffer> {
  yield* (await openBytes(path, sheet)).bytes as AsyncIterable<Buffer>
}

interface OpenBytes {
  readonly bytes: Readable
  readonly bytesRead: () => number
  /** As it lies in the file, in some encoding; else made here, in UTF-8. */
  readonly isText: boolean
  readonly note?: string | undefined
}

async function openBytes(path: string, sheet: string | undefined): Promise<OpenBytes> {
  const start = await firstBytes(path).catch((error: unknown) => refuse(path, error))
  const mark = start.toString('latin1')
  if (mark === PARQUET) return { bytes: Readable.from(parquetLines(path)), bytesRead: () => 0, isText: false }
  if (mark === ZIP) {
    const { csv, note } = await readWorkbook(path, sheet)
    return { bytes: Readable.from(inChunks(csv)), bytesRead: () => 0, isText: false, note }
  }
  if (mark === OLE)
    throw new AppError(
      'ImportRefused',
      `${path} is an Excel workbook of the old kind (.xls), or has a password: save it as .xlsx without one`,
    )
  const isGzip = start[0] === GZIP[0] && start[1] === GZIP[1]
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  const bytes = isGzip ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : file
  return { bytes, bytesRead: () => file.bytesRead, isText: true }
}

function* inChunks(text: string): Generator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}

/** JSON Lines; of a file without rows its columns, as the header of a CSV file. */
async function* parquetLines(path: string): AsyncGenerator<Buffer> {
  let names: readonly string[] | undefined
  let isEmpty = true
  for await (const { columns, rows } of parquetRows(path)) {
    names = columns
    if (rows.length > 0) yield Buffer.from(rows.map((row) => jsonLine(columns, row)).join(''))
    isEmpty &&= rows.length === 0
  }
  if (isEmpty && names) yield Buffer.from(stringify([[...names]]))
}

async function firstBytes(path: string): Promise<Buffer> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PARQUET.length), 0, PARQUET.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function* decode(path: string, bytes: Readable, encoding: Encoding): AsyncGenerator<string> {
  const decoder = encoding === 'utf-8' ? utf8Decoder() : otherDecoder(encoding)
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      const text = decoder.write(chunk)
      if (text !== '') yield text
    }
  } catch (error) {
    refuse(path, error)
  }
  const last = decoder.end()
  if (last !== '') yield last
}

function otherDecoder(encoding: Encoding) {
  const decoder = new TextDecoder(encoding)
  return { write: (chunk: Buffer) => decoder.decode(chunk, { stream: true }), end: () => decoder.decode() }
}

function refuse(path: string, cause: unknown): never {
  if (cause instanceof AppError) throw cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  throw new AppError('ImportRefused', `${path} cannot be read: ${reason}`, { cause })
}
