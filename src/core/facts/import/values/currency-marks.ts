/** Of amounts of money: the codes of ISO 4217, signs, and what is written in place of one. */
export const CURRENCY = [
  '(?:US|CA|AU|NZ|HK|MX|NT|[ACRS])\\$',
  '\\p{Sc}',
  `(?:${Intl.supportedValuesOf('currency').join('|')})(?![A-Za-z])`,
  '(?:kr|z\u0142|K\u010D|Ft|Rs|lei|\u043B\u0432|\u0440\u0443\u0431)\\.?(?![A-Za-z])',
].join('|')

const MARKS = new RegExp(CURRENCY, 'gu')
/** The sign in place of one that is not said. */
const ANY_CURRENCY = '\u00A4'
const UNMARKED = /^[-\d.,]*$/

/** What Unicode's data does not say of a sign, or says of another country's. */
const OWN_SIGNS: Readonly<Record<string, readonly string[]>> = {
  US$: ['USD'], CA$: ['CAD'], C$: ['CAD', 'NIO'], AU$: ['AUD'], A$: ['AUD'], NZ$: ['NZD'], HK$: ['HKD'], MX$: ['MXN'],
  NT$: ['TWD'], S$: ['SGD'], '\u00A3': ['GBP', 'EGP', 'LBP', 'FKP', 'GIP', 'SHP', 'SSP', 'SYP'],
  Rs: ['INR', 'LKR', 'MUR', 'NPR', 'PKR'], lei: ['RON', 'MDL'], '\u043B\u0432': ['BGN'], '\u0440\u0443\u0431': ['RUB', 'BYN'],
} // biome-ignore format: a table of signs

/** Of a sign of several currencies, the one that it means where nothing says which. Nobody knows what `kr` or `¥` means. */
const USUAL = ['USD', 'GBP', 'KRW']

/** The signs and codes in an amount, as they are written: `$` and `USD` of `$1,250 USD`. */
export function currencyMarks(text: string): readonly string[] {
  return UNMARKED.test(text) ? [] : (text.match(MARKS) ?? []).filter((mark) => mark !== ANY_CURRENCY)
}

/** The currencies that all marks of an amount may stand for: one for `€`, thirty for `$`, none for `$5 EUR`. */
export function markedCurrencies(marks: readonly string[]): readonly string[] {
  const [first = [], ...others] = marks.map(currenciesOf)
  return first.filter((code) => others.every((codes) => codes.includes(code)))
}

/** @returns undefined where a sign stands for several currencies, and none of them is the usual one */
export function usualCurrency(possible: readonly string[]): string | undefined {
  return possible.length === 1 ? possible[0] : USUAL.find((code) => possible.includes(code))
}

function currenciesOf(mark: string): readonly string[] {
  const sign = mark.replace(/\.$/, '')
  return OWN_SIGNS[sign] ?? (/^[A-Z]{3}$/.test(sign) ? [sign] : (signs().get(sign) ?? []))
}

let ofSigns: ReadonlyMap<string, readonly string[]> | undefined

/** As Unicode writes currencies where it need not tell them apart. Made once, when the first sign is met: it takes a while. */
function signs(): ReadonlyMap<string, readonly string[]> {
  ofSigns ??= Map.groupBy(Intl.supportedValuesOf('currency'), signOf)
  return ofSigns
}

function signOf(currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  return format.formatToParts(0).find(({ type }) => type === 'currency')?.value ?? currency
}
