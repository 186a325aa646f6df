import { types } from 'pg'
import type { Instant } from '../../core/base/time.ts'

const { builtins } = types
/** Array types have no names in `builtins`. */
const ARRAY_OF = { int8: 1016, date: 1182, timestamptz: 1185, numeric: 1231 }

const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/

type Parser = (text: string) => unknown

const PARSERS: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [builtins.INT8, parseWholeNumber],
  [builtins.NUMERIC, asText],
  [builtins.DATE, asText],
  [builtins.TIMESTAMP, asText],
  [builtins.TIMESTAMPTZ, parseTimestamp],
  [ARRAY_OF.int8, (text) => parseArray(text, parseWholeNumber)],
  [ARRAY_OF.numeric, (text) => parseArray(text, asText)],
  [ARRAY_OF.date, (text) => parseArray(text, asText)],
  [ARRAY_OF.timestamptz, (text) => parseArray(text, parseTimestamp)],
])

/** For one pool only: `pg`'s own table of parsers is shared by the whole process and stays as it is. */
export const ourTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const parser = format === 'binary' ? undefined : PARSERS.get(oid)
    return parser ?? (format === 'binary' ? types.getTypeParser(oid, 'binary') : types.getTypeParser(oid, 'text'))
  },
}

function asText(text: string): string {
  return text
}

/** @throws beyond 2^53, where a JavaScript number would silently be another number */
function parseWholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is beyond 2^53: select it as text`)
  return value
}

/** `2024-10-01 12:00:00.5+00` -> `2024-10-01T12:00:00.500000Z`. @throws on infinity, years of five digits, other zones */
function parseTimestamp(text: string): Instant {
  const match = TIMESTAMP.exec(text)
  if (!match) throw new RangeError(`timestamp ${text} is not a UTC instant with a year of four digits`)
  const [, date, time, fraction = ''] = match
  return `${date}T${time}.${fraction.padEnd(6, '0')}Z` as Instant
}

/** One dimension, of elements without comma, quote or brace. */
function parseArray<Element>(text: string, parse: (element: string) => Element): (Element | null)[] {
  const inside = text.slice(1, -1)
  if (inside.includes('{')) throw new RangeError('arrays of more than one dimension are not read')
  if (inside === '') return []
  return inside.split(',').map((element) => (element === 'NULL' ? null : parse(element.replaceAll('"', ''))))
}
