import { currencyMarks, markedCurrencies, usualCurrency } from './currency-marks.ts'

/** An amount, and how it was written where that names a currency. */
export interface Money {
  readonly amount: string
  readonly written: string | undefined
}

/** A cell is one text: the amount, and behind it what was written, where that names a currency. */
export function moneyText(amount: string, written: string): string {
  return currencyMarks(written).length === 0 ? amount : `${amount} ${written}`
}

export function moneyOf(text: string): Money {
  const at = text.indexOf(' ')
  return at === -1 ? { amount: text, written: undefined } : { amount: text.slice(0, at), written: text.slice(at + 1) }
}

export type CurrencyOfAmount =
  | { readonly kind: 'known'; readonly currency: string }
  /** Nothing says which. */
  | { readonly kind: 'lacking' }
  /** The sign is that of several currencies. */
  | { readonly kind: 'ambiguous'; readonly possible: readonly string[] }
  /** The amount itself says another one, or two. */
  | { readonly kind: 'contradiction' }

/** @param column what a column says of this amount. @param ofAll what is stated for amounts that name none */
export function currencyOfAmount(
  written: string | undefined,
  column: string | undefined,
  ofAll: string | undefined,
): CurrencyOfAmount {
  const stated = column ?? ofAll
  if (written === undefined) return stated === undefined ? { kind: 'lacking' } : known(stated)
  const possible = markedCurrencies(currencyMarks(written))
  if (stated !== undefined && possible.includes(stated)) return known(stated)
  // `€` is the euro whatever other amounts are. Of which country `$` is nobody can tell where the others are euros.
  const isClear = column === undefined && (possible.length === 1 || ofAll === undefined)
  if (possible.length === 0 || !isClear) return { kind: 'contradiction' }
  const usual = usualCurrency(possible)
  return usual === undefined ? { kind: 'ambiguous', possible } : known(usual)
}

function known(currency: string): CurrencyOfAmount {
  return { kind: 'known', currency }
}
