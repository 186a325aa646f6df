import { endOfString } from '../../base/json-shape.ts'

const LONG_NUMBER = /\d{16}/
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const AFTER_NUMBER = /[^\d.eE+-]/g
const AFTER_SPACE = /[^ \t\n\r]/g
const QUOTE = 0x22
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39

/** Parses JSON, and keeps a number with more digits than a double holds as text: it is an id. @throws SyntaxError */
export function parseFacts(text: string): unknown {
  return JSON.parse(LONG_NUMBER.test(text) ? withLongNumbersQuoted(text) : text)
}

/** The text is read once; a reviver, which is called for each value, takes several times as long. */
function withLongNumbersQuoted(text: string): string {
  const parts: string[] = []
  let kept = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = indexOf(text, AFTER_NUMBER, at)
      const number = text.slice(at, end)
      // Anything that is not a number, or stands in the place of a key, is left to the parser, which refuses it.
      if (LONG_NUMBER.test(number) && NUMBER.test(number) && text[indexOf(text, AFTER_SPACE, end)] !== ':') {
        parts.push(text.slice(kept, at), '"', number, '"')
        kept = end
      }
      at = end - 1
    }
  }
  return parts.join('') + text.slice(kept)
}

/** The end of the text where there is none. */
function indexOf(text: string, wanted: RegExp, from: number): number {
  wanted.lastIndex = from
  return wanted.exec(text)?.index ?? text.length
}
