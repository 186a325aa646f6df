import { type FieldType, fieldReader, isDateType, isNumberType, type Notation } from './field-types.ts'
import type { Field, ImportKind } from './kinds.ts'
import type { ReadText } from './local-time.ts'
import { conditionColumns } from './mapped-columns.ts'
import { type CellSource, ISO, type Mapping, type SimpleSource, simpleSources } from './mapping.ts'
import { type SourceReader, sourceReader } from './reading/cell-source.ts'
import type { Problem, Reason } from './problems.ts'
import type { HeaderColumns } from './reading/header-columns.ts'
import { type Pattern, patternFinder } from './reading/patterns.ts'
import { finder } from './reading/plain-text.ts'
import type { DayOrder } from './values/date-text.ts'

/** One way to a value. A field with several takes the first that yields one; a yes/no field, any that says true. */
export interface CellReading extends SourceReader {
  /** What a listed value becomes; null: unknown. undefined: not listed. */
  readonly translate: ((text: string) => string | null | undefined) | undefined
  /** What a value that is not listed becomes; undefined: itself. */
  readonly otherwise: string | null | undefined
  readonly convert: ReadText
  /** Of a list between which this lies, the first item is taken. */
  readonly takesFirst: string | undefined
  /** Values that contradict those in the places of the condition; no other says anything. */
  readonly contradicts: Contradiction | undefined
  /** What its cells show of the notation of the file. */
  readonly shows: 'number' | 'date' | undefined
}

export interface Contradiction {
  readonly isOne: (text: string) => boolean
  readonly places: readonly number[]
}

export interface UsualReading {
  readonly place: number
  readonly convert: ReadText
}

export interface CellPlan {
  /** The field or attribute that it fills. */
  readonly name: string
  readonly readings: readonly CellReading[]
  /** Where it is one column that is read as it is: most cells, which are read at once (reading/read-cell.ts). */
  readonly usual: UsualReading | undefined
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
  /** A JSON number is one already, however the file writes others. */
  readonly isNumber: boolean
}

type ColumnSource = Extract<SimpleSource, { readonly column: unknown }>

interface Translation {
  readonly values?: Readonly<Record<string, string | null>> | undefined
  readonly patterns?: readonly Pattern[] | undefined
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
  const readings = sources.map((one) => cellReading(one, type, mapping, columns))
  return {
    name,
    readings,
    usual: usualReading(readings),
    anyTrue,
    required: false,
    decides: false,
    separator: 'separator' in type ? type.separator : undefined,
    quoted: type.type === 'text' || type.type === 'key' || type.type === 'choice',
    isNumber: isNumberType(type.type) && readings.every(({ translate }) => translate === undefined),
  }
}

function usualReading(readings: readonly CellReading[]): UsualReading | undefined {
  const [only] = readings
  if (!only?.isCell || only.contradicts || readings.length > 1 || only.translate || only.takesFirst !== undefined)
    return undefined
  const [place = -1] = only.places
  return { place, convert: only.convert }
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
  const translation = typeof source === 'object' && ('values' in source || 'patterns' in source) ? source : undefined
  const formats = [detail?.format ?? ISO].flat()
  const reader = sourceReader(source, columns)
  const column = columns.names[reader.places[0] ?? -1] ?? ''
  return {
    ...reader,
    translate: translation && translator(translation),
    otherwise: typeof source === 'object' && 'otherwise' in source ? source.otherwise : undefined,
    convert: formatsReader(type, formats, {
      timeZone: detail?.time_zone ?? mapping.time_zone,
      endOfDay: detail?.end_of_day,
      decimal: detail?.decimal ?? mapping.decimal ?? mapping.notation?.decimals[column],
      grouping: detail?.grouping ?? mapping.grouping,
      dayOrder: dayOrderOf(column, mapping),
    }),
    contradicts: detail && contradictionOf(detail, columns),
    takesFirst: detail?.several === 'first' ? (detail.separator ?? ';') : undefined,
    shows: isNumberType(type.type) ? 'number' : isDateType(type.type) && formats.includes(ISO) ? 'date' : undefined,
  }
}

function contradictionOf({ contradicts, when }: ColumnSource, columns: HeaderColumns): Contradiction | undefined {
  if (!contradicts || !when) return undefined
  const find = finder(contradicts.map((value) => [value, true]))
  return { isOne: (text) => find(text) === true, places: columns.placesOf(conditionColumns(when)) }
}

/** What the column shows; else, where the mapping names a usual order, what the other columns show, or that. */
function dayOrderOf(column: string, { notation, day_order: usual }: Mapping): DayOrder | undefined {
  const { [column]: shown, ...others } = notation?.dayOrders ?? {}
  if (shown !== undefined || usual === undefined) return shown
  const orders = new Set(Object.values(others))
  return orders.size === 1 ? [...orders][0] : usual
}

function translator({ values = {}, patterns = [] }: Translation): CellReading['translate'] {
  const listed = finder(Object.entries(values))
  const matched = patternFinder(patterns)
  return (text) => {
    const found = listed(text)
    return found === undefined ? matched(text) : found
  }
}

/**
 * Reads a value by the first format that it matches. Where `ISO` is among several, the forms of spreadsheets are tried after
 * all that are stated.
 */
function formatsReader(type: FieldType, formats: readonly string[], notation: Notation): ReadText {
  if (formats.length === 1)
    return fieldReader(type, { ...notation, format: formats[0] === ISO ? undefined : formats[0] })
  const readers = formats.map((format) =>
    fieldReader(type, { ...notation, format: format === ISO ? undefined : format, isIsoOnly: true }),
  )
  if (formats.includes(ISO)) readers.push(fieldReader(type, notation))
  return (text, column) => {
    let closest: Problem | undefined
    for (const reader of readers) {
      const read = reader(text, column)
      if (read === null || typeof read === 'string') return read
      // What is wrong with a time that was read says more than that it is no time in another format.
      if (closest === undefined || !NOT_OF_THE_FORMAT.has(read.reason)) closest = read
    }
    if (!closest) return text
    return NOT_OF_THE_FORMAT.has(closest.reason)
      ? { ...closest, message: `expected one of ${formats.join(', ')}` }
      : closest
  }
}

const NOT_OF_THE_FORMAT: ReadonlySet<Reason> = new Set<Reason>(['bad_instant', 'bad_date', 'bad_month'])
