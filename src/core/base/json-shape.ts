/** No fact and no request nests deeper. */
export const MOST_LEVELS = 32

export interface JsonLimits {
  /** Of one object. */
  readonly keys: number
  /** Of all lists and objects together. */
  readonly members: number
}

/** Bounded by its length alone. */
const UNLIMITED: JsonLimits = { keys: Number.POSITIVE_INFINITY, members: Number.POSITIVE_INFINITY }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING = [0x7b, 0x5b]
const CLOSING = [0x7d, 0x5d]

/**
 * The limit that a JSON text exceeds, in words that follow the name of the text ("the body ..."). Counts brackets and commas
 * outside strings, before any parser that may need more time or memory than the length of the text allows.
 */
export function shapeProblem(json: string, { keys, members }: JsonLimits = UNLIMITED): string | undefined {
  const commas: number[] = []
  const isObject: boolean[] = []
  let level = 0
  let total = 0
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index)
    if (code === QUOTE) {
      index = endOfString(json, index)
    } else if (code === COMMA) {
      total += 1
      if (total > members) return `must not hold more than ${count(members)} values`
      const own = (commas[level] ?? 0) + 1
      commas[level] = own
      if (own >= keys && isObject[level])
        return `must not hold an object of more than ${count(keys)} keys; one begins before character ${index + 1}`
    } else if (OPENING.includes(code)) {
      level += 1
      if (level > MOST_LEVELS) return `must not nest deeper than ${MOST_LEVELS} levels`
      commas[level] = 0
      isObject[level] = code === OPENING[0]
      total += 1
    } else if (CLOSING.includes(code)) level -= 1
  }
  return undefined
}

/** The place of the closing quote; the end of the text where there is none. */
export function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) return at
    at += code === BACKSLASH ? 2 : 1
  }
  return json.length
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
