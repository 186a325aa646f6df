import fc from 'fast-check'
import { type Document, resolved, type Schema } from '../document.ts'
import { HOSTILE_NUMBERS, HOSTILE_TEXTS } from './hostile.ts'

type Json = unknown

/** Stands for a value of an earlier answer, so that some requests name things that exist. */
export interface PoolReference {
  readonly $pool: string
  readonly index: number
}

const MOST_LEVELS = 5
/** From here on the branches are taken that end. */
const DEEPEST_CHOICE = 3
const LONGEST_LIST = 4
const LONGEST_TEXT = 500
/** Dates of a simulated company's facts, none in the future. */
const EARLIEST = Date.UTC(2023, 0, 1)
const DAY_MS = 86_400_000

/** Values that fit a schema, its boundaries as often as what lies between them. */
export function fitting(document: Document, schema: Schema, name = '', level = 0): fc.Arbitrary<Json> {
  const known = resolved(document, schema)
  const within = (inner: Schema, innerName = name) => fitting(document, inner, innerName, level + 1)
  const listed = [...(known.examples ?? []), ...('example' in known ? [known.example] : [])]
  const made = madeFor(known, within, name, level)
  return listed.length > 0 && known.type !== 'object'
    ? fc.oneof({ weight: 2, arbitrary: made }, { weight: 1, arbitrary: fc.constantFrom(...listed) })
    : made
}

function madeFor(
  schema: Schema,
  within: (inner: Schema, name?: string) => fc.Arbitrary<Json>,
  name: string,
  level: number,
): fc.Arbitrary<Json> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const branches = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined
  if (branches) {
    const narrow = branches.map((branch) => narrowed(schema, branch))
    const ending = narrow.filter((branch) => !requiresMore(branch))
    // A recursive schema must end somewhere.
    return fc.oneof(...(level >= DEEPEST_CHOICE && ending.length > 0 ? ending : narrow).map((branch) => within(branch)))
  }
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => within({ ...schema, type } as Schema)))
  }
  switch (schema.type) {
    case 'string':
      return fc.oneof({ weight: 4, arbitrary: textFor(schema) }, ...referenceTo(name))
    case 'integer':
      return fc.oneof({ weight: 4, arbitrary: integerFor(schema) }, ...referenceTo(name))
    case 'number':
      return numberFor(schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return listFor(schema, within, name, level)
    case 'object':
      return objectFor(schema, within, level)
    default:
      return fc.constantFrom<Json>(null, true, 1, 'text')
  }
}

/** Whether a required member is described by another schema, or is a list of such members. */
function requiresMore({ required = [], properties = {} }: Schema): boolean {
  return required.some((name) => JSON.stringify(properties[name] ?? {}).includes('"$ref"'))
}

/** A branch without a type says more about the schema around it; one that only requires members has those alone. */
function narrowed({ anyOf: _, oneOf: __, ...schema }: Schema, branch: Schema): Schema {
  if (
    branch.type !== undefined ||
    branch.$ref !== undefined ||
    branch.anyOf ||
    branch.oneOf ||
    branch.enum ||
    'const' in branch
  ) {
    return branch
  }
  const merged = { ...schema, ...branch } as Schema
  if (schema.type !== 'object' || !branch.required) return merged
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => branch.required?.includes(name))
  return { ...merged, properties: Object.fromEntries(members) } as Schema
}

/** Ids and versions that were seen are worth trying; any other name has no pool. */
function referenceTo(name: string) {
  if (!/(?:^|_)(?:id|version)$/.test(name)) return []
  return [{ weight: 6, arbitrary: reference(name) }]
}

export function reference(pool: string): fc.Arbitrary<PoolReference> {
  return fc.nat(1000).map((index) => ({ $pool: pool, index }))
}

function textFor(schema: Schema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = LONGEST_TEXT } = schema
  if (schema.format === 'date-time') return instantText
  if (schema.format === 'date') return instantText.map((text) => text.slice(0, 10))
  if (schema.format === 'uri') return fc.webUrl()
  if (schema.format === 'email') return fc.emailAddress()
  if (schema.format === 'uuid') return fc.uuid()
  const longest = Math.min(maxLength, Math.max(LONGEST_TEXT, minLength))
  const fits = (text: string) => text.length >= minLength && text.length <= longest
  if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern)).filter(fits)
  return fc.oneof(
    fc.string({ minLength, maxLength: Math.min(longest, minLength + 12) }),
    fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(longest, minLength + 6) }).filter(fits),
    fc.constantFrom('a'.repeat(Math.max(minLength, 1)), 'a'.repeat(longest)).filter(fits),
    fc.constantFrom(...HOSTILE_TEXTS).filter((text) => fits(text) && text.isWellFormed() && !text.includes('\0')),
  )
}

/** Whole days, and instants to the microsecond with any zone. */
const instantText: fc.Arbitrary<string> = fc
  .tuple(
    fc.integer({ min: 0, max: 1060 }),
    fc.integer({ min: 0, max: DAY_MS - 1 }),
    fc.constantFrom('Z', '000Z', '+02:00'),
  )
  .map(([days, ms, ending]) => {
    const text = new Date(EARLIEST + days * DAY_MS + ms).toISOString().slice(0, -1)
    return `${text}${ending}`
  })

function integerFor({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): fc.Arbitrary<number> {
  const low = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : (minimum ?? -1000)
  const high = typeof exclusiveMaximum === 'number' ? exclusiveMaximum - 1 : (maximum ?? Math.max(low, 0) + 1000)
  return fc.oneof(
    fc.constantFrom(low, high),
    fc.integer({ min: low, max: Math.min(high, low + 20) }),
    fc.bigInt({ min: BigInt(low), max: BigInt(high) }).map(Number),
  )
}

function numberFor({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): fc.Arbitrary<number> {
  const min = typeof exclusiveMinimum === 'number' ? exclusiveMinimum : (minimum ?? -1e9)
  const max = typeof exclusiveMaximum === 'number' ? exclusiveMaximum : (maximum ?? Math.max(min, 0) + 1e9)
  const minExcluded = typeof exclusiveMinimum === 'number'
  const maxExcluded = typeof exclusiveMaximum === 'number'
  return fc.double({ min, max, minExcluded, maxExcluded, noNaN: true })
}

function listFor(
  schema: Schema,
  within: (inner: Schema, name?: string) => fc.Arbitrary<Json>,
  name: string,
  level: number,
): fc.Arbitrary<Json> {
  const { minItems = 0, maxItems = LONGEST_LIST } = schema
  const items = ('items' in schema ? schema.items : {}) as Schema
  const longest = level > MOST_LEVELS ? minItems : Math.min(maxItems, Math.max(minItems, LONGEST_LIST))
  const list = fc.array(within(items, name), { minLength: minItems, maxLength: longest })
  return schema.uniqueItems
    ? list.map((values) => [...new Set(values)]).filter(({ length }) => length >= minItems)
    : list
}

function objectFor(
  schema: Schema,
  within: (inner: Schema, name?: string) => fc.Arbitrary<Json>,
  level: number,
): fc.Arbitrary<Json> {
  const required = new Set(schema.required ?? [])
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, Schema>>).filter(
    ([name]) => level <= MOST_LEVELS || required.has(name),
  )
  const model = Object.fromEntries(properties.map(([name, inner]) => [name, within(inner, name)]))
  const fixed = fc.record(model, { requiredKeys: [...required].filter((name) => name in model) })
  const more = schema.additionalProperties
  if (typeof more !== 'object' || level > MOST_LEVELS) return fixed
  const extra = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 12 }).filter(isOrdinaryKey),
    within(more as Schema),
    { maxKeys: 3 },
  )
  return fc.tuple(extra, fixed).map(([others, known]) => ({ ...others, ...known }))
}

function isOrdinaryKey(key: string): boolean {
  return /^[a-z_]+$/i.test(key) && key !== '__proto__' && key !== 'constructor'
}

const SURROGATES = { first: 0xd800, count: 0x800 }
const LAST_CODE_POINT = 0x10ffff

/** The characters of fast-check's `binary`, which would make a table of all million of them first. */
const character = fc.nat({ max: LAST_CODE_POINT - SURROGATES.count }).map(
  (index) => String.fromCodePoint(index < SURROGATES.first ? index : index + SURROGATES.count),
  (text) => {
    const code = typeof text === 'string' ? text.codePointAt(0) : undefined
    if (code === undefined || text !== String.fromCodePoint(code)) throw new RangeError('not one character')
    return code < SURROGATES.first ? code : code - SURROGATES.count
  },
)

/** Anything at all, of the wrong kind more often than not. */
export const anything: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, [], {}, [[]], [null], { a: 1 }),
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.constantFrom(...HOSTILE_NUMBERS),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: character, maxLength: 20 }),
  fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as Json),
)

/** Where in a value something can be changed. */
export type Place = readonly (string | number)[]

export function placesIn(value: Json, place: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null || '$pool' in value) return [place]
  return [place, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...place, key]))]
}

/** A copy that differs in one place; undefined leaves the member out. */
export function changedAt(value: Json, [key, ...rest]: Place, change: (inner: Json) => Json): Json {
  if (key === undefined) return change(value)
  if (Array.isArray(value)) {
    return value.map((item: Json, index) => (String(index) === String(key) ? changedAt(item, rest, change) : item))
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).flatMap(([name, inner]): [string, Json][] => {
    if (name !== key) return [[name, inner]]
    const changed = changedAt(inner, rest, change)
    return changed === undefined ? [] : [[name, changed]]
  })
  return Object.fromEntries(members)
}
