import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Mapping } from '../../core/import/mapping.ts'
import { AppError } from '../../errors.ts'

export interface OpenFile {
  readonly path: string
  /** Compressed bytes: what `bytesRead` is a part of. */
  readonly size: number
  readonly bytesRead: () => number
  /** UTF-8, whatever the file is in. */
  readonly chunks: AsyncIterable<Buffer>
}

/** Small, so that while one batch is read the answers to the one being written are not kept waiting. */
const CHUNK_BYTES = 16 * 1024
const GZIP = [0x1f, 0x8b]
const UTF_16: Readonly<Record<string, string>> = { fffe: 'utf-16le', feff: 'utf-16be' }

/** Opens a plain or gzip file, told apart by the first bytes and not by the name. */
export async function openFile(path: string, encoding: Mapping['encoding']): Promise<OpenFile> {
  const { size } = await stat(path).catch((error: unknown) => refuse(path, error))
  const start = await firstBytes(path).catch((error: unknown) => refuse(path, error))
  const isGzip = start[0] === GZIP[0] && start[1] === GZIP[1]
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  const bytes = isGzip ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : file
  return { path, size, bytesRead: () => file.bytesRead, chunks: readChunks(path, bytes, encoding) }
}

async function firstBytes(path: string): Promise<Buffer> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function* readChunks(path: string, bytes: Readable, stated: Mapping['encoding']): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let isFirst = true
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      const encoding = stated ?? (isFirst ? UTF_16[chunk.subarray(0, 2).toString('hex')] : undefined)
      if (isFirst && encoding !== undefined && encoding !== 'utf-8') decoder = new TextDecoder(encoding)
      isFirst = false
      yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk
    }
  } catch (error) {
    refuse(path, error)
  }
}

function refuse(path: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause)
  throw new AppError('ImportRefused', `${path} cannot be read: ${reason}`, { cause })
}
