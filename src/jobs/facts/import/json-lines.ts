import { parseFacts } from '../../../core/facts/import/json-text.ts'
import { shapeProblem } from '../../../core/base/json-shape.ts'
import type { RecordHandlers } from './records.ts'
import { lineBreaks, MAX_RECORD_LENGTH, type RecordParser } from './records.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export interface JsonHandlers extends Pick<RecordHandlers, 'onMalformed'> {
  readonly onObject: (object: JsonObject, line: number) => void
}

const LINE_END = /[\r\n]/

/**
 * One JSON object a line. A line that is something else is malformed, and costs no other. One that is too long is reported as
 * soon as it is, and no more of it is kept.
 */
export function createJsonLinesParser(handlers: JsonHandlers): RecordParser {
  // Of a line that is not complete, as it arrived: joined once, so that small pieces cost no more than large ones.
  let pieces: string[] = []
  let length = 0
  let line = 1
  let skipping = false
  const take = (text: string) => takeJson(text, line, handlers)
  const keep = (text: string) => {
    pieces.push(text)
    length += text.length
    if (!skipping && length > MAX_RECORD_LENGTH) {
      take(pieces.join(''))
      skipping = true
    }
    if (!skipping) return
    // The first half of a line end, perhaps.
    pieces = text.endsWith('\r') ? ['\r'] : []
    length = pieces.length
  }
  const parse = (arrived: string, final: boolean) => {
    const text = pieces.join('') + arrived
    pieces = []
    length = 0
    const breaks = lineBreaks(text, final)
    let at = 0
    while (at < text.length) {
      const end = breaks.next(at)
      if (end === -1) break
      if (!skipping) take(text.slice(at, end))
      skipping = false
      line += 1
      at = breaks.after(end)
    }
    if (at < text.length) keep(text.slice(at))
  }
  return {
    write: (text) => {
      if (text === '') return
      if (LINE_END.test(text) || pieces.at(-1)?.endsWith('\r')) parse(text, false)
      else keep(text)
    },
    end: () => parse('', true),
  }
}

/** Hands over the object that a text is, or what is wrong with it. */
export function takeJson(text: string, line: number, handlers: JsonHandlers): void {
  if (text.length > MAX_RECORD_LENGTH) {
    handlers.onMalformed(line, 'too_large', `the line is longer than ${MAX_RECORD_LENGTH} characters`)
    return
  }
  if (text.trim() === '') return
  const parsed = parseObject(text)
  if (typeof parsed === 'string') handlers.onMalformed(line, 'malformed_json', parsed)
  else handlers.onObject(parsed, line)
}

function parseObject(text: string): JsonObject | string {
  try {
    const shape = shapeProblem(text)
    if (shape !== undefined) return shape
    const value = parseFacts(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
    return 'expected an object'
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 200) : String(error)
  }
}
