import { jsonRowReader } from '../../../core/facts/import/json-rows.ts'
import { FIELDS } from '../../../core/facts/import/kinds.ts'
import type { Mapping } from '../../../core/facts/import/mapping.ts'
import { createNotationFinder, isAmbiguousNumberType } from '../../../core/facts/import/values/file-notation.ts'
import type { FileNotation } from '../../../core/facts/import/values/notation.ts'
import { createTally } from './counts.ts'
import { openFile } from './open-file.ts'
import { type CheckedFile, readBatches, type ReadOptions } from './read-file.ts'

/** As in 3/4/2024. */
const DATE = /(?<!\d)\d{1,2}([/-])\d{1,2}\1\d{4}(?!\d)/
/** One to three digits, a sign, three digits: not the seconds of a time, nor a part of an IP address. */
const POINT = /(?<![\d.,:])[1-9]\d{0,2}\.\d{3}(?![\d.,:])/
const COMMA = /(?<![\d.,:])[1-9]\d{0,2},\d{3}(?![\d.,:])/
/** Where the comma also lies between cells, one inside a cell is in quotes. */
const QUOTED_COMMA = /"[^",\r\n]{0,20}[1-9]\d{0,2},\d{3}(?!\d)[^",\r\n]{0,20}"/
/** Longer than any of the above, so that none is missed between two chunks. */
const OVERLAP = 64

/**
 * What the file as a whole shows of its notation; undefined where nothing in it could be read two ways. The rows are read for it
 * only where the text holds something that could: files without number columns are looked at up to their first chunk.
 */
export async function fileNotation(checked: CheckedFile, options: ReadOptions): Promise<FileNotation | undefined> {
  if (!(await isDoubtful(checked, options.mapping))) return undefined
  const { rowReader, found } = createNotationFinder()
  const { mapping, hasDefaultSource } = options
  const looking: ReadOptions = {
    ...options,
    rowReader,
    jsonReader: () => jsonRowReader(mapping, hasDefaultSource, rowReader),
  }
  for await (const batch of readBatches(checked, looking, createTally())) if (batch.progress === 1) break
  return found()
}

async function isDoubtful({ path, encoding, delimiter, format }: CheckedFile, mapping: Mapping): Promise<boolean> {
  const asksForNumbers = mapping.decimal === undefined && mapping.grouping === undefined && readsNumbers(mapping)
  const comma = format === 'csv' && delimiter === ',' ? QUOTED_COMMA : COMMA
  const file = await openFile(path, encoding, mapping.sheet)
  let rest = ''
  for await (const chunk of file.chunks) {
    const text = rest + chunk
    if (DATE.test(text)) return true
    if (!asksForNumbers) return false
    if (POINT.test(text) || comma.test(text)) return true
    rest = text.slice(-OVERLAP)
  }
  return false
}

function readsNumbers({ kind, attributes }: Mapping): boolean {
  const own = Object.values(FIELDS[kind]).some(({ type }) => isAmbiguousNumberType(type.type))
  const mapped = typeof attributes === 'object' ? Object.values(attributes) : []
  return own || mapped.some((source) => typeof source === 'object' && source.type === 'number')
}
