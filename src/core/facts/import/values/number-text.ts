import { CURRENCY } from './currency-marks.ts'
import { type Decimal, decimalOf, timesPowerOfTen } from './decimal.ts'

/** The sign before the decimals. */
export const DECIMAL_SIGNS = ['comma', 'point'] as const
export type DecimalSign = (typeof DECIMAL_SIGNS)[number]
/** What stands between groups of three digits. */
export const GROUPINGS = ['comma', 'point', 'space', 'apostrophe', 'none'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** How a column writes what could be read two ways. What can be read one way only is read so, whatever is stated. */
export interface NumberNotation {
  readonly decimal?: DecimalSign | undefined
  readonly grouping?: Grouping | undefined
}

export type NumberReading =
  | {
      readonly kind: 'number'
      readonly value: Decimal
      readonly isPercent: boolean
      /** The decimal sign that this text shows its file to have; undefined where it shows none. */
      readonly shows: DecimalSign | undefined
    }
  /** `1.355`, of which nobody has said which it is. */
  | { readonly kind: 'ambiguous'; readonly grouped: string; readonly decimal: string }

/** Nearly all numbers of nearly all files. Three decimals after one to three digits could be a group of three. */
const PLAIN = /^-?(?:\d+|\d+\.(?:\d{1,2}|\d{4,})|\d{4,}\.\d{3}|0\.\d+)$/

/**
 * Reads a number as people, spreadsheets and programs write it: `1.2E7`, `1,200.50`, `1.200,50`, `1 200`, `1'200`, `12,00,000`,
 * `$1,200`, `EUR 1 200`, `1200 €`, `(1,200)`, `1200-`, `12%`, `1.5M`, `3 Mrd. €`.
 * @returns undefined for what is no number
 */
export function readNumberText(text: string, notation: NumberNotation): NumberReading | undefined {
  if (PLAIN.test(text)) return plainNumber(text)
  const dressed = undressed(text)
  if (!dressed) return undefined
  const { negative, core, power, isPercent } = dressed
  const read = readDigits(core, notation)
  if (!read) return undefined
  if ('grouped' in read) return { kind: 'ambiguous', ...read }
  const value = { ...timesPowerOfTen(read.value, power), negative }
  return { kind: 'number', value, isPercent, shows: read.shows }
}

function plainNumber(text: string): NumberReading {
  const negative = text.startsWith('-')
  const [whole = '', fraction = ''] = (negative ? text.slice(1) : text).split('.')
  const value = decimalOf(negative, whole, fraction, 0)
  return { kind: 'number', value, isPercent: false, shows: fraction === '' ? undefined : 'point' }
}

const SPACES = /[\p{Zs}\t]+/gu
const MINUS = /[\u2010-\u2013\u2212\uFE63\uFF0D]/g
const BEFORE = new RegExp(`^(-?) ?(?:${CURRENCY}) ?`, 'u')
const AFTER = new RegExp(` ?(?:${CURRENCY})$`, 'u')
const POWERS: Readonly<Record<string, number>> = {
  k: 3, tsd: 3, thousand: 3, mille: 3,
  m: 6, mm: 6, mn: 6, mio: 6, mln: 6, million: 6, millions: 6,
  b: 9, bn: 9, mrd: 9, mld: 9, billion: 9, billions: 9,
  t: 12, tn: 12, trillion: 12,
} // biome-ignore format: one power a line
const POWER = /^(.*\d[.,]?) ?([A-Za-z]+)\.?$/

/** The unit of an amount as it is written, with or without a currency: `M` of `$10M USD`; undefined where it has none. */
export function multiplierIn(text: string): string | undefined {
  const amount = text.replace(SPACES, ' ').trim().replace(AFTER, '')
  const unit = POWER.exec(amount)?.[2]
  return unit !== undefined && POWERS[unit.toLowerCase()] !== undefined ? unit : undefined
}

interface Dressed {
  readonly negative: boolean
  /** Digits with what stands between them. */
  readonly core: string
  /** Of ten: 6 for `M`. */
  readonly power: number
  readonly isPercent: boolean
}

/** Takes off signs, currencies, percent and units, from the outside in. */
function undressed(text: string): Dressed | undefined {
  let core = text.replace(SPACES, ' ').replace(MINUS, '-').trim()
  let negative = false
  const negate = () => {
    if (negative) return false
    negative = true
    return true
  }
  if (/^\(.*\)$/.test(core)) {
    negative = true
    core = core.slice(1, -1).trim()
  }
  core = core
    .replace(BEFORE, '$1')
    .replace(AFTER, '')
    .replace(/[.,][-\u2014]{1,2}$/, '')
  const isPercent = core.endsWith('%')
  if (isPercent) core = core.slice(0, -1).trimEnd()
  if (core.endsWith('-')) {
    if (!negate()) return undefined
    core = core.slice(0, -1).trimEnd()
  }
  if (/^[-+]/.test(core)) {
    if (core.startsWith('-') && !negate()) return undefined
    core = core.slice(1).trimStart()
  }
  core = core.replace(BEFORE, '')
  const [, number, unit] = POWER.exec(core) ?? []
  if (number === undefined || unit === undefined) return { negative, core, power: 0, isPercent }
  const power = POWERS[unit.toLowerCase()]
  return power === undefined ? undefined : { negative, core: number, power, isPercent }
}

const EXPONENT = /^(\d+)?(?:([.,])(\d*))?[eE]([+-]?\d{1,3})$/
const GROUPS = /^\d{1,3}(?:([ '\u2019])\d{3}(?:\1\d{3})*)?$/

type Digits =
  | { readonly value: Decimal; readonly shows: DecimalSign | undefined }
  | { readonly grouped: string; readonly decimal: string }

function readDigits(core: string, notation: NumberNotation): Digits | undefined {
  const exponent = EXPONENT.exec(core)
  if (exponent) {
    const [, whole = '', , fraction = '', power] = exponent
    // A program wrote it: that says nothing about how the file writes amounts.
    return whole + fraction === ''
      ? undefined
      : { value: decimalOf(false, whole, fraction, Number(power)), shows: undefined }
  }
  if (!/^[\d.,' \u2019]+$/.test(core)) return undefined
  const [commas, points] = [core.split(',').length - 1, core.split('.').length - 1]
  if (commas > 0 && points > 0) return ofBoth(core, core.lastIndexOf(',') > core.lastIndexOf('.') ? ',' : '.')
  if (commas === 0 && points === 0) return whole(core)
  const sign = commas > 0 ? ',' : '.'
  if (commas + points > 1) return grouped(core, sign)
  const [head = '', tail = ''] = core.split(sign)
  const digits = ungrouped(head)
  if (!/^\d*$/.test(tail) || digits === undefined || digits + tail === '') return undefined
  const decimal = { value: decimalOf(false, digits, tail, 0), shows: nameOf(sign) } as const
  const isGroup = tail.length === 3 && /^[1-9]\d{0,2}$/.test(head)
  if (!isGroup) return tail === '' ? { ...decimal, shows: undefined } : decimal
  const stated = statedFor(sign, notation)
  if (stated === 'decimal') return decimal
  if (stated === 'group') return grouped(core, sign)
  return { grouped: digits + tail, decimal: `${digits}.${tail}` }
}

function statedFor(sign: ',' | '.', { decimal, grouping }: NumberNotation): 'decimal' | 'group' | undefined {
  const name = nameOf(sign)
  if (decimal !== undefined) return decimal === name ? 'decimal' : 'group'
  if (grouping !== undefined) return grouping === name ? 'group' : 'decimal'
  return undefined
}

function nameOf(sign: ',' | '.'): DecimalSign {
  return sign === ',' ? 'comma' : 'point'
}

function whole(core: string): Digits | undefined {
  const digits = ungrouped(core)
  return digits === undefined || digits === ''
    ? undefined
    : { value: decimalOf(false, digits, '', 0), shows: undefined }
}

/** `1 200` and `1'200`; undefined where the groups are not of three. */
function ungrouped(text: string): string | undefined {
  if (/^\d*$/.test(text)) return text
  return GROUPS.test(text) ? text.replace(/\D/g, '') : undefined
}

/** One sign, several times: it can only be between groups. India groups by two above the thousands. */
function grouped(core: string, sign: ',' | '.'): Digits | undefined {
  const groups = core.split(sign)
  const isThrees = groups.every((group, index) => (index === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group))
  const isIndian = sign === ',' && /^\d{1,2}(?:,\d{2})+,\d{3}$/.test(core)
  if (!isThrees && !isIndian) return undefined
  return { value: decimalOf(false, groups.join(''), '', 0), shows: sign === ',' ? 'point' : 'comma' }
}

/** Both signs: the last is the decimal one, and stands once. */
function ofBoth(core: string, sign: ',' | '.'): Digits | undefined {
  const at = core.lastIndexOf(sign)
  const [head, tail] = [core.slice(0, at), core.slice(at + 1)]
  const groups = head.includes(sign) ? undefined : grouped(head, sign === ',' ? '.' : ',')
  if (!groups || !('value' in groups) || !/^\d*$/.test(tail)) return undefined
  return { value: decimalOf(false, groups.value.digits, tail, 0), shows: nameOf(sign) }
}
