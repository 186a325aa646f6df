/** Which sign separates the decimals. */
export type Notation = 'point' | 'comma'

const CURRENCY = /[€$£¥₹]|\b(?:EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK|INR)\b/gi
const POINT = /^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?(?:e[+-]?\d+)?$/i
const COMMA = /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?(?:e[+-]?\d+)?$/i
/** Read by both notations, as different numbers. */
const EITHER = /^[+-]?\d{1,3}[.,]\d{3}$/

/**
 * The notation that a table's columns show, decided for the file as a whole: `1.355` alone does not say whether it is a
 * thousand or one. Undefined where nothing tells.
 */
export function notationOf(columns: readonly (readonly string[])[]): Notation | undefined {
  let [points, commas] = [0, 0]
  for (const values of columns) {
    const bare = values.map(bareNumber)
    if (bare.some((text) => !POINT.test(text) && !COMMA.test(text))) continue
    const telling = bare.filter((text) => /[.,]/.test(text) && !EITHER.test(text))
    points += telling.filter((text) => POINT.test(text) && !COMMA.test(text)).length
    commas += telling.filter((text) => COMMA.test(text) && !POINT.test(text)).length
  }
  return points === commas ? undefined : points > commas ? 'point' : 'comma'
}

/** The number that a cell of a spreadsheet shows: `1.234,50 €`, `(12)`, `35%`; undefined when it is none. */
export function numberOf(text: string, notation: Notation): number | undefined {
  const bare = bareNumber(text)
  if (!(notation === 'comma' ? COMMA : POINT).test(bare)) return undefined
  const plain = notation === 'comma' ? bare.replaceAll('.', '').replace(',', '.') : bare.replaceAll(',', '')
  const number = Number(plain)
  return Number.isFinite(number) ? number : undefined
}

function bareNumber(text: string): string {
  const bare = text
    .replace(CURRENCY, '')
    .replace(/[\s\u00a0\u202f'’]/g, '')
    .replace(/%$/, '')
    .replace('−', '-')
  const negative = /^\((.+)\)$/.exec(bare)
  return negative ? `-${negative[1]}` : bare
}
