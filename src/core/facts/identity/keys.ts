import { salesforceId } from './salesforce-ids.ts'
import { visibleText } from './visible-text.ts'

/**
 * The one spelling of an id, whichever system wrote it (docs/import.md, "Ids"). Only spellings that cannot be two ids are
 * made one: case, leading zeros and inner spaces stay.
 */
export function canonicalKey(text: string): string {
  const visible = visibleText(text)
  const bare = QUOTED.test(visible) ? unquoted(visible) : visible
  switch (bare.length) {
    case 15:
    case 18:
      return salesforceId(bare) ?? withoutFraction(bare)
    case 36:
    case 38:
      return guid(bare) ?? withoutFraction(bare)
    default:
      return withoutFraction(bare)
  }
}

/**
 * The spellings under which an id may be stored: the given one first, then the canonical one, then the 15 characters that an
 * older release kept of an id of Salesforce.
 */
export function keySpellings(text: string): readonly [string, string, string] {
  const canonical = canonicalKey(text)
  const short = canonical.slice(0, 15)
  return [text, canonical, salesforceId(short) === canonical ? short : canonical]
}

/**
 * Whether an id is its own one spelling, as most are: ASCII letters, digits, `_` and `-`, a digit among them, of no length
 * at which an id of Salesforce or a GUID could begin. None of the rules of this file concerns such a text; what it does not
 * recognise is left to them.
 */
export function isPlainKey(text: string): boolean {
  const { length } = text
  if (length > LONGEST_PLAIN || length === 15 || length === 18 || length === 36) return false
  let hasDigit = false
  let before = 0
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 0x30 && code <= 0x39) hasDigit = true
    else if (code === HYPHEN) {
      // 1E-5 may be a number.
      if ((before | LOWER_CASE) === LOWER_E) return false
    } else if (code !== UNDERSCORE && !((code | LOWER_CASE) >= 0x61 && (code | LOWER_CASE) <= 0x7a)) return false
    before = code
  }
  return hasDigit
}

const LONGEST_PLAIN = 100
const HYPHEN = 0x2d
const UNDERSCORE = 0x5f
const LOWER_CASE = 0x20
const LOWER_E = 0x65

/** Why a text is no id, in words that follow "expected an id, and this is"; undefined for an id. */
export function noKeyBecause(text: string): string | undefined {
  if (ROUNDED.test(text)) return 'a number that a spreadsheet rounded: several ids became this one'
  if (isUnknownText(text)) return 'the text that a spreadsheet or a database writes for a missing value'
  return undefined
}

/**
 * `71;72;73`, `71, 72`, `["71","72"]`: several ids in one cell. A text in the place of an id may hold commas, and one with
 * quotes or brackets in it semicolons too.
 */
export function isSeveralKeys(text: string): boolean {
  if (!SEPARATOR.test(text)) return false
  const items = text.replace(/^\[(.*)\]$/s, '$1').split(SEPARATOR, MOST_LOOKED_AT)
  const keys = items.map((item) => canonicalKey(item)).filter((item) => item !== '')
  const shape = text.includes(';') ? LIKE_A_NAME : LIKE_AN_ID
  return keys.length > 1 && keys.every((key) => shape.test(key))
}

/**
 * Texts by which spreadsheets, databases and programs say that a cell holds nothing: the errors of Excel and Sheets in any
 * language (`#N/A`, `#REF!`, `#NOM?`, `#NV`), `NULL`, `None`, `NaN`, `NaT`, `undefined`, `\N` of COPY, `<NA>` of pandas, dashes.
 * Not `NA`, which is Namibia and North America.
 */
export function isUnknownText(text: string): boolean {
  if (text.length > LONGEST_UNKNOWN) return false
  const first = text.charCodeAt(0)
  if (first === HASH) return ERROR.test(text)
  if (!UNKNOWN_FIRST.has(first)) return false
  return UNKNOWN_TEXTS.has(text.toLowerCase())
}

const LONGEST_UNKNOWN = 16
const HASH = 0x23
const ERROR = /^#(?:N\/[AD]|NV|[¡¿]?\p{Lu}[\p{Lu}\d/_]*[!?])$/iu
const UNKNOWN_TEXTS = new Set([
  'null', '(null)', '[null]', '<null>', 'nil', 'none', 'nan', 'nat', '<na>', 'n/a', '(blank)', '(empty)',
  'undefined', '\\n', '-', '--', '---', '\u2013', '\u2014', '\u2212',
]) // biome-ignore format: a list
const UNKNOWN_FIRST = new Set(
  [...UNKNOWN_TEXTS].flatMap((text) => [text.charCodeAt(0), text.toUpperCase().charCodeAt(0)]),
)
/** Excel writes a sign (`1.23457E+11`), other programs a fraction (`1.23457E11`). `1E5` may be a product's name. */
const ROUNDED = /^[+-]?(?:\d(?:[.,]\d+)?[eE][+-]\d{1,3}|\d[.,]\d+[eE]\d{1,3})$/
/** Of a list: a longer one is no other. */
const MOST_LOOKED_AT = 50
const SEPARATOR = /[;,|\n\r]+/
/** Between semicolons also names: `acc-71`, `Acme Corp.`, `ann@acme.com`, `https://acme.com/71`. */
const LIKE_A_NAME = /^[\p{L}\p{N}#][\p{L}\p{M}\p{N} ._:@/#+&-]*$/u
const LIKE_AN_ID = /^(?:\d+|[A-Za-z0-9]{18}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** `"A1"`, `'A1'`, `="A1"`, and the apostrophe by which a spreadsheet keeps a number from becoming one. */
const QUOTED = /^(?:=?"|')/

function unquoted(text: string): string {
  const [, inner] = /^=?"([^"]+)"$/.exec(text) ?? /^'([^']+)'?$/.exec(text) ?? []
  return (inner ?? text).trim()
}

/** An integer that passed through a column of floating-point numbers. */
function withoutFraction(text: string): string {
  return text.endsWith('0') && /^-?\d+\.0+$/.test(text) ? text.slice(0, text.indexOf('.')) : text
}

const GUID = /^(\{?)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\}?)$/i

/** Lower case and without braces: RFC 9562 reads either case. */
function guid(text: string): string | undefined {
  const [, open, digits, close] = GUID.exec(text) ?? []
  return digits !== undefined && (open === '') === (close === '') ? digits.toLowerCase() : undefined
}
