import { parseFacts } from '../../core/import/json-text.ts'
import { isDeeperThan, MOST_LEVELS } from '../../core/json-depth.ts'
import type { RecordHandlers } from './records.ts'
import { lineBreaks, MAX_RECORD_LENGTH, type RecordParser } from './records.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export interface JsonHandlers extends Pick<RecordHandlers, 'onMalformed'> {
  readonly onObject: (object: JsonObject, line: number) => void
}

/** One JSON object a line. A line that is something else is malformed, and costs no other. */
export function createJsonLinesParser(handlers: JsonHandlers): RecordParser {
  let rest = ''
  let line = 1
  let skipping = false
  const take = (text: string) => {
    if (text.trim() === '') return
    if (text.length > MAX_RECORD_LENGTH) {
      handlers.onMalformed(line, 'too_large', `the line is longer than ${MAX_RECORD_LENGTH} characters`)
      return
    }
    const parsed = parseObject(text)
    if (typeof parsed === 'string') handlers.onMalformed(line, 'malformed_json', parsed)
    else handlers.onObject(parsed, line)
  }
  const parse = (final: boolean) => {
    const breaks = lineBreaks(rest, final)
    let at = 0
    while (at < rest.length) {
      const end = breaks.next(at)
      if (end === -1) break
      if (!skipping) take(rest.slice(at, end))
      skipping = false
      line += 1
      at = breaks.after(end)
    }
    rest = rest.slice(at)
    if (rest.length > MAX_RECORD_LENGTH) {
      if (!skipping) take(rest)
      skipping = true
      rest = ''
    }
  }
  return {
    write: (text) => {
      rest += text
      parse(false)
    },
    end: () => parse(true),
  }
}

function parseObject(text: string): JsonObject | string {
  try {
    if (isDeeperThan(text, MOST_LEVELS)) return `nested deeper than ${MOST_LEVELS} levels`
    const value = parseFacts(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
    return 'expected an object'
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 200) : String(error)
  }
}
