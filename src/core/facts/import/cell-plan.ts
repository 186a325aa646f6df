import { createHash } from 'node:crypto'
import { type FieldType, fieldReader } from './field-types.ts'
import type { Field } from './kinds.ts'
import type { DateReading, ReadText } from './local-time.ts'
import { columnsOf, placeholders } from './mapped-columns.ts'
import { type CellSource, type Condition, ISO, type Mapping } from './mapping.ts'

export interface ConditionPlan {
  readonly index: number
  readonly accepts: ReadonlySet<string>
  readonly negated: boolean
}

export interface CellPlan {
  /** The field or attribute it fills, and the column that an error names. */
  readonly name: string
  readonly column: string
  readonly required: boolean
  /** Required, except in rows that delete. */
  readonly unlessDeleted?: boolean
  readonly read: (cells: readonly string[], rowNumber: number) => string
  readonly values: ReadonlyMap<string, string | null> | undefined
  /** What a value that `values` does not list becomes; undefined: itself. */
  readonly otherwise: string | null | undefined
  readonly convert: ReadText
  /** What lies between the items of a list. */
  readonly separator: string | undefined
  /** How an attribute's stored text becomes JSON. */
  readonly quoted: boolean
}

export function conditionPlan(condition: Condition, position: (column: string) => number): ConditionPlan {
  const index = position(condition.column)
  if ('in' in condition) return { index, accepts: new Set(condition.in), negated: false }
  if ('not_in' in condition) return { index, accepts: new Set(condition.not_in), negated: true }
  return { index, accepts: new Set([condition.equals]), negated: false }
}

export function fieldPlan(
  name: string,
  source: CellSource,
  field: Field | undefined,
  mapping: Mapping,
  position: (column: string) => number,
): CellPlan[] {
  if (!field) return []
  const detail = typeof source === 'object' && 'column' in source ? source : undefined
  const isList = field.type.type === 'list' || field.type.type === 'domains'
  const type = isList && detail?.separator !== undefined ? { ...field.type, separator: detail.separator } : field.type
  const plan = cellPlan(name, source, type, field.required, mapping, position)
  return [{ ...plan, unlessDeleted: field.unlessDeleted === true }]
}

export function attributePlan(
  name: string,
  source: Exclude<NonNullable<Mapping['attributes']>, string>[string],
  mapping: Mapping,
  position: (column: string) => number,
): CellPlan {
  const wanted = typeof source === 'object' ? (source.type ?? 'text') : 'text'
  const separator = (typeof source === 'object' ? source.separator : undefined) ?? ';'
  const type: FieldType = wanted === 'list' ? { type: 'list', separator } : { type: wanted }
  return cellPlan(name, source, type, false, mapping, position)
}

function cellPlan(
  name: string,
  source: CellSource,
  type: FieldType,
  required: boolean,
  mapping: Mapping,
  position: (column: string) => number,
): CellPlan {
  const detail = typeof source === 'object' && 'column' in source ? source : undefined
  const translation = typeof source === 'object' && 'template' in source ? source : detail
  return {
    name,
    column: columnsOf(source)[0] ?? name,
    required,
    read: cellReader(source, position),
    values: translation?.values && new Map(Object.entries(translation.values)),
    otherwise: translation?.otherwise,
    convert: formatsReader(type, [detail?.format ?? ISO].flat(), {
      timeZone: detail?.time_zone ?? mapping.time_zone,
      endOfDay: detail?.end_of_day,
    }),
    separator: 'separator' in type ? type.separator : undefined,
    quoted: type.type === 'text' || type.type === 'key' || type.type === 'choice',
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

function cellReader(source: CellSource, position: (column: string) => number): CellPlan['read'] {
  if (typeof source === 'object' && 'constant' in source) return () => source.constant
  if (typeof source === 'object' && 'row_number' in source) return (_cells, rowNumber) => String(rowNumber)
  if (typeof source === 'object' && 'template' in source) return templateReader(source.template, position)
  if (typeof source === 'object' && 'hash' in source) return hashReader(source.hash, position)
  const read = firstOf([typeof source === 'string' ? source : source.column].flat().map(position))
  const when = typeof source === 'object' && source.when ? conditionPlan(source.when, position) : undefined
  if (!when) return read
  return (cells) => (when.accepts.has((cells[when.index] ?? '').trim()) === when.negated ? '' : read(cells))
}

function firstOf(indexes: readonly number[]): (cells: readonly string[]) => string {
  const [index = -1] = indexes
  if (indexes.length === 1) return (cells) => (cells[index] ?? '').trim()
  return (cells) => {
    for (const candidate of indexes) {
      const cell = (cells[candidate] ?? '').trim()
      if (cell !== '') return cell
    }
    return ''
  }
}

/** Empty when any of its columns is empty: a part of a key identifies nothing. */
function templateReader(template: string, position: (column: string) => number): CellPlan['read'] {
  const literals = template.split(/\{[^{}]+\}/)
  const indexes = placeholders(template).map(position)
  return (cells) => {
    let text = literals[0] ?? ''
    for (let part = 0; part < indexes.length; part += 1) {
      const cell = (cells[indexes[part] ?? -1] ?? '').trim()
      if (cell === '') return ''
      text += cell + (literals[part + 1] ?? '')
    }
    return text
  }
}

/**
 * A key for rows that have none: rows of equal content get equal keys, so an exact copy counts as a duplicate. 128 bits
 * of SHA-256 over the cells as a JSON list, for `all` in the order of the header. Empty when every cell is.
 */
function hashReader(columns: 'all' | readonly string[], position: (column: string) => number): CellPlan['read'] {
  const indexes = columns === 'all' ? undefined : columns.map(position)
  return (cells) => {
    const chosen = indexes ? indexes.map((index) => cells[index] ?? '') : cells
    const content = chosen.map((cell) => cell.trim())
    if (content.every((cell) => cell === '')) return ''
    return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)
  }
}
