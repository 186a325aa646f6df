import type { Reason } from '../../core/import/problems.ts'

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

type Parsed =
  | { readonly kind: 'record'; readonly cells: readonly string[]; readonly end: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed'; readonly message: string }

const INCOMPLETE: Parsed = { kind: 'incomplete' }
const UNCLOSED = 'a quote that opens in this record is not closed'

/**
 * CSV as in RFC 4180, with any mixture of line ends. What a parser of records is for here, beyond speed: after a bad
 * quote it goes on with the very next physical line, so that one bad line costs no other, and no line is longer in memory
 * than `MAX_RECORD_LENGTH` characters.
 */
export function createRecordParser(delimiter: string, handlers: RecordHandlers): RecordParser {
  let rest = ''
  let line = 1
  /** Inside a line that is too long to keep. */
  let skipping = false

  const parse = (final: boolean) => {
    const breaks = lineBreaks(rest, final)
    let at = 0
    let quote = rest.indexOf('"')
    if (skipping) {
      const end = breaks.next(0)
      if (end === -1) {
        rest = ''
        return
      }
      at = breaks.after(end)
      skipping = false
      line += 1
    }
    while (at < rest.length) {
      if (quote !== -1 && quote < at) quote = rest.indexOf('"', at)
      const end = breaks.next(at)
      const isPlain = end !== -1 && (quote === -1 || quote > end)
      const parsed: Parsed = isPlain
        ? { kind: 'record', cells: rest.slice(at, end).split(delimiter), end }
        : quote === -1 && end === -1
          ? INCOMPLETE
          : parseQuoted(rest, at, delimiter, breaks, final)
      const length = (parsed.kind === 'record' ? parsed.end : rest.length) - at
      if (parsed.kind === 'record' && length <= MAX_RECORD_LENGTH) {
        // A blank line is no record.
        if (parsed.end > at) handlers.onRecord(parsed.cells, line)
        line += isPlain ? 1 : breaks.count(at, parsed.end) + 1
        at = breaks.after(parsed.end)
        continue
      }
      if (parsed.kind === 'incomplete' && !final && length <= MAX_RECORD_LENGTH) break
      // One line is given up, and no more than that.
      if (end === -1 || end - at > MAX_RECORD_LENGTH) {
        handlers.onMalformed(line, ...(end === -1 && final ? (['malformed_csv', UNCLOSED] as const) : tooLong()))
      } else {
        handlers.onMalformed(line, 'malformed_csv', parsed.kind === 'malformed' ? parsed.message : UNCLOSED)
      }
      if (end === -1) {
        skipping = !final
        at = rest.length
      } else {
        line += 1
        at = breaks.after(end)
      }
    }
    rest = rest.slice(at)
  }
  return {
    write: (text) => {
      rest += text
      parse(false)
    },
    end: () => parse(true),
  }
}

function tooLong(): readonly [Reason, string] {
  return ['too_large', `the line is longer than ${MAX_RECORD_LENGTH} characters`]
}

function parseQuoted(text: string, start: number, delimiter: string, breaks: LineBreaks, final: boolean): Parsed {
  const cells: string[] = []
  for (let at = start; ; ) {
    let end: number
    if (text[at] === '"') {
      const closed = closingQuote(text, at, final)
      if (!closed) return INCOMPLETE
      cells.push(closed.value)
      end = closed.end
      const next = text[end]
      if (next !== undefined && next !== delimiter && next !== '\n' && next !== '\r') {
        return { kind: 'malformed', message: `a quote inside a quoted cell is not doubled (cell ${cells.length})` }
      }
    } else {
      const limit = breaks.next(at)
      const found = text.indexOf(delimiter, at)
      end = limit !== -1 && (found === -1 || found > limit) ? limit : found
      if (end === -1) {
        if (!final) return INCOMPLETE
        end = text.length
      }
      const value = text.slice(at, end)
      if (value.includes('"')) {
        return {
          kind: 'malformed',
          message: `a quote in a cell that does not begin with one (cell ${cells.length + 1})`,
        }
      }
      cells.push(value)
    }
    if (text[end] === delimiter) at = end + 1
    else if (end < text.length ? breaks.next(end) === end : final) return { kind: 'record', cells, end }
    else return INCOMPLETE
  }
}

/** The value of the quoted cell that starts at `start`, quotes undoubled, and where it ends; undefined when it does not yet. */
function closingQuote(text: string, start: number, final: boolean): { value: string; end: number } | undefined {
  let value = ''
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from)
    if (quote === -1 || (quote + 1 === text.length && !final)) return undefined
    value += text.slice(from, quote)
    if (text[quote + 1] !== '"') return { value, end: quote + 1 }
    value += '"'
    from = quote + 2
  }
}

interface LineBreaks {
  /** The first line end at or after a place; the end of the text when that is final, else -1. Places only grow, mostly. */
  readonly next: (at: number) => number
  /** The place behind the line end at a place. */
  readonly after: (end: number) => number
  readonly count: (from: number, to: number) => number
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
  const count = (from: number, to: number) => text.slice(from, to).match(/\r\n|\n|\r/g)?.length ?? 0
  return { next, after, count }
}
