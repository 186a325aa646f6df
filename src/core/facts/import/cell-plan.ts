import { type FieldType, fieldReader } from './field-types.ts'
import type { Field, ImportKind } from './kinds.ts'
import type { DateReading, ReadText } from './local-time.ts'
import { type CellSource, ISO, type Mapping, type SimpleSource, simpleSources } from './mapping.ts'
import { type SourceReader, sourceReader } from './reading/cell-source.ts'
import type { HeaderColumns } from './reading/header-columns.ts'
import { finder } from './reading/plain-text.ts'

/** One way to a value. A field with several takes the first that yields one; a yes/no field, any that says true. */
export interface CellReading extends SourceReader {
  /** What a listed value becomes; null: unknown. undefined: not listed. */
  readonly translate: ((text: string) => string | null | undefined) | undefined
  /** What a value that is not listed becomes; undefined: itself. */
  readonly otherwise: string | null | undefined
  readonly convert: ReadText
  /** Of a list between which this lies, the first item is taken. */
  readonly takesFirst: string | undefined
}

export interface CellPlan {
  /** The field or attribute that it fills. */
  readonly name: string
  readonly readings: readonly CellReading[]
  readonly anyTrue: boolean
  readonly required: boolean
  /** A cell that cannot be read costs the row: what it would mean must not be guessed. */
  readonly decides: boolean
  /** Required, except in rows that delete. */
  readonly unlessDeleted?: boolean
  /** What lies between the items of a list. */
  readonly separator: string | undefined
  /** How an attribute's stored text becomes JSON. */
  readonly quoted: boolean
}

/** Parts of keys, what takes a fact back, and since when it was known: a wrong guess would change the past. */
const DECIDING = new Set(['source', 'deleted', 'known_at'])
const SUBJECTS = new Set(['account_external_id', 'domain'])

export function fieldPlan(
  name: string,
  source: CellSource,
  field: Field,
  mapping: Mapping,
  columns: HeaderColumns,
): CellPlan {
  const isList = field.type.type === 'list' || field.type.type === 'domains'
  const separator = isList && typeof source === 'object' && 'column' in source ? source.separator : undefined
  const type = separator !== undefined && 'separator' in field.type ? { ...field.type, separator } : field.type
  const plan = cellPlan(name, source, type, mapping, columns)
  return {
    ...plan,
    required: field.required,
    decides: field.required || isDeciding(name, mapping.kind),
    unlessDeleted: field.unlessDeleted === true,
  }
}

function isDeciding(name: string, kind: ImportKind): boolean {
  return DECIDING.has(name) || (kind === 'intent-signals' && SUBJECTS.has(name))
}

export function attributePlan(
  name: string,
  source: Exclude<NonNullable<Mapping['attributes']>, string>[string],
  mapping: Mapping,
  columns: HeaderColumns,
): CellPlan {
  const wanted = typeof source === 'object' ? (source.type ?? 'text') : 'text'
  const separator = (typeof source === 'object' ? source.separator : undefined) ?? ';'
  const type: FieldType = wanted === 'list' ? { type: 'list', separator } : { type: wanted }
  return cellPlan(name, source, type, mapping, columns)
}

function cellPlan(
  name: string,
  source: CellSource,
  type: FieldType,
  mapping: Mapping,
  columns: HeaderColumns,
): CellPlan {
  const anyTrue = type.type === 'boolean'
  const sources = simpleSources(source).flatMap((one) => (anyTrue ? eachColumn(one, columns) : [one]))
  return {
    name,
    readings: sources.map((one) => cellReading(one, type, mapping, columns)),
    anyTrue,
    required: false,
    decides: false,
    separator: 'separator' in type ? type.separator : undefined,
    quoted: type.type === 'text' || type.type === 'key' || type.type === 'choice',
  }
}

function eachColumn(source: SimpleSource, { has }: HeaderColumns): SimpleSource[] {
  if (typeof source === 'string' || !('column' in source)) return [source]
  return [source.column]
    .flat()
    .filter(has)
    .map((column) => ({ ...source, column }))
}

function cellReading(source: SimpleSource, type: FieldType, mapping: Mapping, columns: HeaderColumns): CellReading {
  const detail = typeof source === 'object' && 'column' in source ? source : undefined
  const translation = typeof source === 'object' && 'values' in source ? source : undefined
  return {
    ...sourceReader(source, columns),
    translate: translation?.values && finder(Object.entries(translation.values)),
    otherwise: typeof source === 'object' && 'otherwise' in source ? source.otherwise : undefined,
    convert: formatsReader(type, [detail?.format ?? ISO].flat(), {
      timeZone: detail?.time_zone ?? mapping.time_zone,
      endOfDay: detail?.end_of_day,
    }),
    takesFirst: detail?.several === 'first' ? (detail.separator ?? ';') : undefined,
  }
}

/** Reads a value by the first format that it matches. When none matches, the problem is that of the first format. */
function formatsReader(type: FieldType, formats: readonly string[], reading: DateReading): ReadText {
  const readers = formats.map((format) =>
    fieldReader(type, { ...reading, format: format === ISO ? undefined : format }),
  )
  const [only] = readers
  if (only && readers.length === 1) return only
  return (text, column) => {
    const read = readers.map((reader) => reader(text, column))
    const found = read.find((value) => typeof value === 'string') ?? read[0]
    if (typeof found === 'string' || !found) return found ?? text
    return { ...found, message: `expected one of ${formats.join(', ')}` }
  }
}
