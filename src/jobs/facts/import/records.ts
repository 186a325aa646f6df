import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import type { Reason } from '../../../core/facts/import/problems.ts'

export interface RecordHandlers {
  /** @param line the physical line on which the record starts */
  readonly onRecord: (cells: readonly string[], line: number) => void
  readonly onMalformed: (line: number, reason: Reason, message: string) => void
}

/** Hands over every record that is complete by now, before it returns. */
export interface RecordParser {
  readonly write: (text: string) => void
  readonly end: () => void
}

export const MAX_RECORD_LENGTH = 1024 * 1024

const UNCLOSED = 'a quote that opens in this record is not closed'
/** Lines handed to csv-parse at once: a call for each would cost more than the parsing. */
const LINES_A_CALL = 500

/**
 * CSV as in RFC 4180, with any mixture of line ends. csv-parse reads the cells; what is done here is to find where a
 * record ends, by counting quotes. So a bad quote costs one physical line, and reading goes on with the very next one
 * (csv-parse alone swallows the file up to the next quote), and no line is longer in memory than `MAX_RECORD_LENGTH`.
 */
export function createRecordParser(delimiter: string, handlers: RecordHandlers): RecordParser {
  let rest = ''
  let line = 1
  /** Inside a line that is too long to keep. */
  let skipping = false
  let waiting: { readonly text: string; readonly line: number }[] = []

  const flush = () => {
    const lines = waiting
    waiting = []
    const records = cellsOf(lines.map(({ text }) => text).join('\n'), delimiter)
    const isWhole = records.kind === 'records' && records.records.length === lines.length
    for (const [index, { text, line: at }] of lines.entries()) {
      const own = isWhole ? records.records[index] : undefined
      if (own) handlers.onRecord(own, at)
      else emit(text, at)
    }
  }
  const emit = (text: string, at: number) => {
    const parsed = cellsOf(text, delimiter)
    if (parsed.kind === 'malformed') handlers.onMalformed(at, 'malformed_csv', parsed.message)
    else for (const cells of parsed.records) handlers.onRecord(cells, at)
  }
  const giveUp = (reason: Reason, message: string) => {
    flush()
    handlers.onMalformed(line, reason, message)
  }

  const read = (final: boolean) => {
    const breaks = lineBreaks(rest, final)
    let at = 0
    while (at < rest.length) {
      const end = breaks.next(at)
      if (end === -1) {
        if (skipping) at = rest.length
        else if (rest.length - at > MAX_RECORD_LENGTH) {
          giveUp(...tooLong())
          skipping = true
          at = rest.length
        }
        break
      }
      const next = breaks.after(end)
      const text = rest.slice(at, end)
      const isOdd = quotesIn(text) % 2 === 1
      const whole = isOdd && !skipping ? severalLines(rest, at, end, breaks) : undefined
      if (whole === 'incomplete' && !final && rest.length - at <= MAX_RECORD_LENGTH) break
      if (skipping) skipping = false
      else if (text.length > MAX_RECORD_LENGTH) giveUp(...tooLong())
      else if (isOdd) {
        const parsed = whole === undefined || whole === 'incomplete' ? undefined : cellsOf(whole.text, delimiter)
        if (typeof whole === 'object' && parsed?.kind === 'records') {
          flush()
          for (const cells of parsed.records) handlers.onRecord(cells, line)
          line += whole.lines
          at = whole.after
          continue
        }
        giveUp('malformed_csv', parsed?.kind === 'malformed' ? parsed.message : UNCLOSED)
      } else if (text !== '') {
        // A blank line is no record.
        waiting.push({ text, line })
        if (waiting.length >= LINES_A_CALL) flush()
      }
      line += 1
      at = next
    }
    rest = rest.slice(at)
    flush()
  }
  return {
    write: (text) => {
      rest += text
      read(false)
    },
    end: () => read(true),
  }
}

function tooLong(): readonly [Reason, string] {
  return ['too_large', `the line is longer than ${MAX_RECORD_LENGTH} characters`]
}

/** From a line with an unclosed quote on: the lines up to the one that closes it, as one record. */
function severalLines(text: string, start: number, firstEnd: number, breaks: LineBreaks) {
  let lines = 1
  let end = firstEnd
  for (let from = breaks.after(firstEnd); from < text.length; from = breaks.after(end)) {
    end = breaks.next(from)
    if (end === -1 || end - start > MAX_RECORD_LENGTH) return 'incomplete'
    lines += 1
    if (quotesIn(text.slice(from, end)) % 2 === 1) {
      return { text: text.slice(start, end), lines, after: breaks.after(end) }
    }
  }
  return 'incomplete'
}

function quotesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count += 1
  return count
}

type Cells =
  | { readonly kind: 'records'; readonly records: readonly (readonly string[])[] }
  | { readonly kind: 'malformed'; readonly message: string }

function cellsOf(text: string, delimiter: string): Cells {
  try {
    const options = { delimiter, relax_column_count: true, record_delimiter: ['\r\n', '\n', '\r'] }
    return { kind: 'records', records: text === '' ? [] : parse(text, options) }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const cell = typeof error['index'] === 'number' ? ` (cell ${error['index'] + 1})` : ''
    if (error.code === 'INVALID_OPENING_QUOTE') {
      return { kind: 'malformed', message: `a quote in a cell that does not begin with one${cell}` }
    }
    if (error.code === 'CSV_INVALID_CLOSING_QUOTE') {
      return { kind: 'malformed', message: `a quote inside a quoted cell is not doubled${cell}` }
    }
    return { kind: 'malformed', message: UNCLOSED }
  }
}

interface LineBreaks {
  /** The first line end at or after a place; the end of the text when that is final, else -1. Places only grow, mostly. */
  readonly next: (at: number) => number
  /** The place behind the line end at a place. */
  readonly after: (end: number) => number
}

/** Line ends are \n, \r\n and \r. A \r at the very end may be half of one, unless the text is final. */
export function lineBreaks(text: string, final: boolean): LineBreaks {
  const cached = (character: string) => {
    let found = -2
    let from = 0
    return (at: number) => {
      if (found === -2 || at < from || (found !== -1 && found < at)) found = text.indexOf(character, at)
      from = at
      return found
    }
  }
  const newline = cached('\n')
  const carriageReturn = cached('\r')
  const next = (at: number) => {
    const lf = newline(at)
    const cr = carriageReturn(at)
    if (cr !== -1 && (lf === -1 || cr < lf)) return cr + 1 === text.length && !final ? -1 : cr
    return lf === -1 && final ? text.length : lf
  }
  const after = (end: number) => (text[end] === '\r' && text[end + 1] === '\n' ? end + 2 : end + 1)
  return { next, after }
}
