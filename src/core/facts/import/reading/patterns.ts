/** A regular expression, compared without regard to case, and what a text that it matches means. */
export type Pattern = readonly [expression: string, value: string | null]

const LONGEST_EXPRESSION = 200
/** Of the text that is compared: a page's address may be longer. */
const LONGEST_TEXT = 1_000
/** Each makes the work grow by a factor of the text's length. */
const MOST_REPETITIONS = 3
/** Of the text, where an expression has so many. */
const LONGEST_TEXT_REPEATED = 200
/** Alternatives and `?` that follow each other multiply: each combination is tried before a text is known not to match. */
const MOST_COMBINATIONS = 512
const COMBINATIONS_OF_REPETITION = 8

/** @returns what a text means by the first pattern that matches it; undefined when none does. */
export function patternFinder(patterns: readonly Pattern[]): (text: string) => string | null | undefined {
  const compiled = patterns.map(([expression, value]) => ({
    expression: new RegExp(expression, 'iu'),
    longest: repetitionsIn(plainOf(expression)) < MOST_REPETITIONS ? LONGEST_TEXT : LONGEST_TEXT_REPEATED,
    value,
  }))
  return (text) => compiled.find(({ expression, longest }) => expression.test(text.slice(0, longest)))?.value
}

/** Why an expression is not used: it is none, or there are texts on which it would take for ever. */
export function patternProblem(expression: string): string | undefined {
  if (expression.length > LONGEST_EXPRESSION) return `is longer than ${LONGEST_EXPRESSION} characters`
  try {
    new RegExp(expression, 'iu')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const plain = plainOf(expression)
  if (/\\[\dk]|\(\?(?!:)/.test(plain)) return 'may have no back references, named groups or lookarounds'
  if (/\)[*+{]/.test(plain)) return 'may repeat characters, and no groups'
  if (repetitionsIn(plain) > MOST_REPETITIONS) return `may have at most ${MOST_REPETITIONS} repetitions (* + {n,m})`
  if (combinationsOf(plain) > MOST_COMBINATIONS)
    return 'has too many alternatives, ? and repetitions after each other: write several expressions'
  return undefined
}

/** Without escapes and classes of characters: each is one character. */
function plainOf(expression: string): string {
  return expression.replaceAll(/\\[^\dk]/g, 'x').replaceAll(/\[[^\]]*\]/g, 'x')
}

function repetitionsIn(plain: string): number {
  return plain.match(/[*+]|\{\d+,\d*\}/g)?.length ?? 0
}

/** @param plain without escapes, classes and repeated groups */
function combinationsOf(plain: string): number {
  const signs = plain
    .replaceAll('(?:', '(')
    .replaceAll(/\{\d+,\d*\}/g, '+')
    .replaceAll(/\{\d+\}/g, '')
    .replaceAll(/([*+?])\?/g, '$1')
  const groups: { readonly sum: number; readonly product: number }[] = []
  let [sum, product] = [0, 1]
  for (const sign of signs) {
    if (sign === '(') {
      groups.push({ sum, product })
      ;[sum, product] = [0, 1]
    } else if (sign === '|') [sum, product] = [sum + product, 1]
    else if (sign === ')') {
      const outer = groups.pop() ?? { sum: 0, product: 1 }
      ;[sum, product] = [outer.sum, outer.product * (sum + product)]
    } else if (sign === '?') product *= 2
    else if (sign === '*' || sign === '+') product *= COMBINATIONS_OF_REPETITION
  }
  return sum + product
}
