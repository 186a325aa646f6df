import { inflateRawSync } from 'node:zlib'

/** Bytes that a workbook may have, as it is and unpacked: what is unpacked has to fit into memory several times. */
export const MOST_BYTES = 128 * 1024 * 1024

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const END_LENGTH = 22
const ENTRY_LENGTH = 46
const LOCAL_LENGTH = 30
/** A comment of at most this many bytes may follow the end of the directory. */
const LONGEST_COMMENT = 65_535
const DEFLATED = 8
/** A size that stands elsewhere, in the form for large archives. */
const ELSEWHERE = 0xffffffff

/**
 * Whether a ZIP archive unpacks to more than `most` bytes. The sizes that its directory states are looked at first; they may be
 * wrong, so that each part is then unpacked up to what is left, and thrown away.
 * @throws RangeError for what is no archive
 */
export function unpacksToMore(archive: Buffer, most: number): boolean {
  const parts = partsOf(archive)
  const stated = parts.reduce((sum, { size }) => sum + (size === ELSEWHERE ? 0 : size), 0)
  if (stated > most) return true
  let left = most
  for (const { isDeflated, bytes } of parts) {
    const size = isDeflated ? unpackedSize(bytes, left) : bytes.length
    if (size === undefined || size > left) return true
    left -= size
  }
  return false
}

function partsOf(archive: Buffer) {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]), archive.length - END_LENGTH)
  if (end < 0 || end < archive.length - END_LENGTH - LONGEST_COMMENT || archive.readUInt32LE(end) !== END_OF_DIRECTORY)
    throw new RangeError('it ends early, or is no ZIP archive')
  const start = archive.readUInt32LE(end + 16)
  const parts: { readonly isDeflated: boolean; readonly size: number; readonly bytes: Buffer }[] = []
  for (let at = start; at + ENTRY_LENGTH <= end && archive.readUInt32LE(at) === DIRECTORY_ENTRY; ) {
    const packed = archive.readUInt32LE(at + 20)
    const local = archive.readUInt32LE(at + 42)
    const data = local + LOCAL_LENGTH + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    parts.push({
      isDeflated: archive.readUInt16LE(at + 10) === DEFLATED,
      size: archive.readUInt32LE(at + 24),
      bytes: archive.subarray(data, packed === ELSEWHERE ? start : data + packed),
    })
    at += ENTRY_LENGTH + archive.readUInt16LE(at + 28) + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  if (parts.length === 0) throw new RangeError('its directory cannot be read')
  return parts
}

/** Undefined where it is more than `most`. */
function unpackedSize(bytes: Buffer, most: number): number | undefined {
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, most) }).length
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw error
  }
}
