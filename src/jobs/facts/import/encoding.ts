import { isUtf8 } from 'node:buffer'
import type { Mapping } from '../../../core/facts/import/mapping.ts'

export type Encoding = NonNullable<Mapping['encoding']>

export interface FoundEncoding {
  readonly encoding: Encoding
  /** What the reader of the summary has to know. */
  readonly note?: string
}

const BOMS: readonly (readonly [string, Encoding])[] = [
  ['efbbbf', 'utf-8'],
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
]

/**
 * Looks at all of a file before its first row is read: a guess from the beginning would come too late for what stands
 * further down. With bytes that are not UTF-8 it is windows-1252 (of which ISO 8859-1 is a part), in which every byte is a
 * character; unless most of what is not ASCII is good UTF-8, which is what a UTF-8 file with a few broken rows looks like.
 */
export async function detectEncoding(open: () => AsyncIterable<Buffer>): Promise<FoundEncoding> {
  let isFirst = true
  let carried = Buffer.alloc(0)
  for await (const chunk of open()) {
    const bytes = carried.length > 0 ? Buffer.concat([carried, chunk]) : chunk
    if (isFirst) {
      const start = bytes.subarray(0, 3).toString('hex')
      const bom = BOMS.find(([mark]) => start.startsWith(mark))
      if (bom && bom[1] !== 'utf-8') return { encoding: bom[1] }
      isFirst = false
    }
    const whole = bytes.length - unfinished(bytes)
    if (!isUtf8(bytes.subarray(0, whole))) return await weigh(open)
    carried = Buffer.from(bytes.subarray(whole))
  }
  return carried.length === 0 ? { encoding: 'utf-8' } : await weigh(open)
}

/** How many bytes at the end are a sequence of which more is to come. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0xc0) return lengthOf(byte) > back ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}

function lengthOf(lead: number): number {
  if (lead >= 0xf0) return 4
  return lead >= 0xe0 ? 3 : 2
}

async function weigh(open: () => AsyncIterable<Buffer>): Promise<FoundEncoding> {
  let good = 0
  let bad = 0
  let missing = 0
  for await (const chunk of open()) {
    for (const byte of chunk) {
      if (missing > 0 && (byte & 0xc0) === 0x80) {
        missing -= 1
        if (missing === 0) good += 1
        continue
      }
      if (missing > 0) bad += 1
      missing = 0
      if (byte < 0x80) continue
      if (byte >= 0xc2 && byte <= 0xf4) missing = lengthOf(byte) - 1
      else bad += 1
    }
  }
  return good > bad
    ? { encoding: 'utf-8', note: 'some bytes are not UTF-8: rows that hold them are rejected (bad_character)' }
    : { encoding: 'windows-1252', note: 'not UTF-8: read as windows-1252. State --encoding if it is another' }
}
