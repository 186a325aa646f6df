/** A regular expression, compared without regard to case, and what a text that it matches means. */
export type Pattern = readonly [expression: string, value: string | null]

const LONGEST_EXPRESSION = 200
/** Of the text that is compared: a page's address may be longer. */
const LONGEST_TEXT = 1_000
/** Each makes the work grow by a factor of the text's length. */
const MOST_REPETITIONS = 3

/** @returns what a text means by the first pattern that matches it; undefined when none does. */
export function patternFinder(patterns: readonly Pattern[]): (text: string) => string | null | undefined {
  const compiled = patterns.map(([expression, value]) => ({ expression: new RegExp(expression, 'iu'), value }))
  return (text) => {
    const start = text.slice(0, LONGEST_TEXT)
    return compiled.find(({ expression }) => expression.test(start))?.value
  }
}

/** Why an expression is not used: it is none, or there are texts on which it would take for ever. */
export function patternProblem(expression: string): string | undefined {
  if (expression.length > LONGEST_EXPRESSION) return `is longer than ${LONGEST_EXPRESSION} characters`
  try {
    new RegExp(expression, 'iu')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const plain = expression.replaceAll(/\\[^\dk]/g, 'x').replaceAll(/\[[^\]]*\]/g, 'x')
  if (/\\[\dk]|\(\?(?!:)/.test(plain)) return 'may have no back references, named groups or lookarounds'
  if (/\)[*+{]/.test(plain)) return 'may repeat characters, and no groups'
  const repetitions = plain.match(/[*+]|\{\d+,\d*\}/g) ?? []
  if (repetitions.length > MOST_REPETITIONS) return `may have at most ${MOST_REPETITIONS} repetitions (* + {n,m})`
  return undefined
}
