import { type Problem, problem } from '../problems.ts'
import { currencyOfAmount, moneyOf } from './money-text.ts'

interface AmountCells {
  readonly [field: string]: string | null | undefined
}

/**
 * The amount of a row with its currency: what the amount itself says and what the column says must agree.
 * @param ofAll the currency of amounts that name none
 */
export function amountOf(
  { amount: cell, currency }: AmountCells,
  ofAll: string | undefined,
  columnOf: (field: string) => string = (field) => field,
): { readonly amount: string; readonly currency: string } | { readonly problem: Problem } {
  const { amount, written } = moneyOf(cell ?? '')
  const column = currency ?? undefined
  const found = currencyOfAmount(written, column, ofAll)
  if (found.kind === 'known') return { amount, currency: found.currency }
  if (found.kind === 'lacking') return { problem: problem('missing_value', 'currency', amount, NO_CURRENCY) }
  if (found.kind === 'ambiguous') {
    const message = `its sign is that of ${found.possible.join(', ')}: ${NO_CURRENCY}`
    return { problem: problem('bad_currency', columnOf('amount'), written ?? '', message) }
  }
  const name = JSON.stringify(columnOf('amount'))
  const message =
    column !== undefined
      ? `${name} is not in ${column}, which ${JSON.stringify(columnOf('currency'))} says: correct one of them`
      : ofAll === undefined
        ? `${name} names two currencies: leave one`
        : `${name} is not in ${ofAll}, the currency of amounts that name none: bring a column of currencies`
  return { problem: problem('bad_currency', columnOf('amount'), written ?? '', message) }
}

const NO_CURRENCY =
  'an amount needs its currency: give it, or state the one of all amounts by --currency EUR, or "currency" in a mapping'
