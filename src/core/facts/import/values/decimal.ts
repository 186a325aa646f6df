/** A number as its digits: `-1234.5` is {negative, digits '12345', scale 1}. Exact, however many digits there are. */
export interface Decimal {
  readonly negative: boolean
  readonly digits: string
  /** How many of the digits stand behind the decimal point; below 0: how many zeros follow. */
  readonly scale: number
}

export function decimalOf(negative: boolean, whole: string, fraction: string, exponent: number): Decimal {
  return { negative, digits: whole + fraction, scale: fraction.length - exponent }
}

/** The shortest text with a decimal point and without an exponent: `1234.5`. */
export function decimalText({ negative, digits, scale }: Decimal): string {
  const padded = scale > 0 ? digits.padStart(scale + 1, '0') : digits + '0'.repeat(-scale)
  const point = padded.length - Math.max(scale, 0)
  const whole = padded.slice(0, point).replace(/^0+(?=\d)/, '')
  const fraction = padded.slice(point).replace(/0+$/, '')
  const text = fraction === '' ? whole : `${whole}.${fraction}`
  return negative && text !== '0' ? `-${text}` : text
}

/** Half away from zero: 2.5 cents are 3, as in accounting. */
export function roundedTo(places: number, value: Decimal): Decimal {
  const dropped = value.scale - places
  if (dropped <= 0) return value
  const padded = value.digits.padStart(dropped + 1, '0')
  const kept = BigInt(padded.slice(0, -dropped))
  const up = (padded.at(-dropped) ?? '0') >= '5' ? 1n : 0n
  return { negative: value.negative, digits: String(kept + up), scale: places }
}

export function timesPowerOfTen(value: Decimal, power: number): Decimal {
  return { ...value, scale: value.scale - power }
}
