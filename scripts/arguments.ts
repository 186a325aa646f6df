// Parsers of option values, for commander. A number is written in plain digits: 1e3, 0x10 and an empty text are refused.
import { InvalidArgumentError, Option } from 'commander'
import { isTimeZone } from '../src/core/facts/import/local-time.ts'

/** At most seven digits, unless another maximum is given: more is a slip of the keyboard. */
const LARGEST_WHOLE = 9_999_999

export function wholeNumber(minimum: number, maximum = LARGEST_WHOLE): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum) return Number(text)
    throw new InvalidArgumentError(`must be a whole number from ${minimum} to ${maximum}, got "${text}"`)
  }
}

export function positiveNumber(text: string): number {
  if (DECIMAL.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError(`must be a positive number, got "${text}"`)
}

export function signedNumber(text: string): number {
  if (DECIMAL.test(text.replace(/^-/, ''))) return Number(text)
  throw new InvalidArgumentError(`must be a number, got "${text}"`)
}

const DECIMAL = /^(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})$/

/** A share from 0 to 1, as `0.05` or `5%`. `without` names the ends that are not allowed. */
export function share(without: { readonly zero?: boolean; readonly one?: boolean } = {}): (text: string) => number {
  const range = `${without.zero ? 'above' : 'from'} 0% ${without.one ? 'and below' : 'to'} 100%`
  return (text) => {
    const [, percentage] = /^(.*?) ?%$/.exec(text) ?? []
    const value = DECIMAL.test(percentage ?? text) ? Number(percentage ?? text) / (percentage ? 100 : 1) : Number.NaN
    if (value >= 0 && value <= 1 && !(without.zero && value === 0) && !(without.one && value === 1)) return value
    throw new InvalidArgumentError(`must be a share ${range}, such as 5% or 0.05, got "${text}"`)
  }
}

/** The folder of models that a command reads. `--models` is the same option by a shorter name. */
export function specificationOption(holds: string): Option {
  return new Option('--models, --specification <folder>', `folder with ${holds}`).default('models')
}

export function currencyOf(text: string): string {
  if (/^[A-Za-z]{3}$/.test(text)) return text.toUpperCase()
  throw new InvalidArgumentError(`must be three letters such as USD, got "${text}"`)
}

export function zoneOf(text: string): string {
  if (isTimeZone(text)) return text
  throw new InvalidArgumentError(`must be an IANA time zone, such as Europe/Berlin, got "${text}"`)
}
