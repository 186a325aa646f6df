import { createHash } from 'node:crypto'
import { didYouMean, shownName, suggester } from '../../base/did-you-mean.ts'
import { type FieldType, fieldReader } from './field-types.ts'
import { FIELDS, type Field } from './kinds.ts'
import type { DateReading, ReadText } from './local-time.ts'
import { type CellSource, type Condition, ISO, type Mapping } from './mapping.ts'

/** What to do with the cells of one record, worked out once from the header and the mapping. */
export interface RowPlan {
  readonly mapping: Mapping
  readonly columnCount: number
  readonly conditions: readonly {
    readonly index: number
    readonly accepts: ReadonlySet<string>
    readonly negated: boolean
  }[]
  readonly fields: readonly CellPlan[]
  readonly attributes: readonly CellPlan[]
}

export interface CellPlan {
  /** The field or attribute it fills, and the column that an error names. */
  readonly name: string
  readonly column: string
  readonly required: boolean
  /** Required, save in rows that delete. */
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

export type HeaderResult =
  | { readonly kind: 'plan'; readonly plan: RowPlan }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

const REQUIRED_BY_SOURCE = 'provider'
/** Other standard names of a field. */
const ALIASES: Readonly<Record<string, readonly string[]>> = { deleted: ['is_deleted'] }

/** As many keys as an object of a request may have. A header is checked before anything is compared with its columns. */
const MOST_COLUMNS = 10_000
const MOST_PROBLEMS = 20

/** Checks a header against a mapping: every column is used, ignored by name, or refused; nothing is dropped silently. */
export function planRows(header: readonly string[], given: Mapping, hasDefaultSource: boolean): HeaderResult {
  if (header.length > MOST_COLUMNS)
    return refused([`the header has ${header.length} columns, at most ${MOST_COLUMNS} are read: leave some out`])
  const names = header.map((name) => name.trim())
  const places = new Map(names.map((name, index) => [name, index]))
  const mapping = settleColumns(given, names)
  const duplicates = [...new Set(names.filter((name, index) => places.get(name) !== index))]
  if (duplicates.length > 0)
    return refused(duplicates.map((name) => `column ${JSON.stringify(name)} appears twice in the header`))
  const lone = names[0] ?? ''
  if (names.length === 1 && /[,;\t|]/.test(lone)) {
    return refused([
      `the header is one column ${JSON.stringify(lone)}: the delimiter must be one of , ; tab | or be stated in the mapping`,
    ])
  }
  const claimed = new Set([...claimedColumns(mapping)])
  const fields = FIELDS[mapping.kind]
  const sources = new Map<string, CellSource>(Object.entries(mapping.columns))
  for (const name of Object.keys(fields)) {
    const column = [name, ...(ALIASES[name] ?? [])].find((candidate) => names.includes(candidate))
    if (!sources.has(name) && column !== undefined && !claimed.has(column)) sources.set(name, column)
  }
  const conditions = mapping.where.map((condition) => condition.column)
  const used = new Set([...claimed, ...conditions, ...[...sources.values()].flatMap(columnsOf)])
  const rest = names.filter((name) => !used.has(name))
  const problems = [
    ...[...used, ...[...sources.values()].flatMap(hashedColumns)]
      .filter((column) => !names.includes(column))
      .map((column) => missingColumn(column, names)),
    ...missingFields(fields, sources, hasDefaultSource, mapping),
    ...unknownColumns(rest, mapping, Object.keys(fields)),
  ]
  if (problems.length > 0) return refused(problems)
  const extra =
    mapping.attributes === 'rest' ? Object.fromEntries(rest.map((name) => [name, name])) : mapping.attributes
  const position = (column: string) => places.get(column) ?? -1
  const plan: RowPlan = {
    mapping,
    columnCount: names.length,
    conditions: mapping.where.map((condition) => conditionPlan(condition, position)),
    fields: [...sources].flatMap(([name, source]) => fieldPlan(name, source, fields[name], mapping, position)),
    attributes: Object.entries(extra ?? {}).map(([name, source]) => attributePlan(name, source, mapping, position)),
  }
  return { kind: 'plan', plan }
}

function refused(problems: readonly string[]): HeaderResult {
  const more = problems.length - MOST_PROBLEMS
  const last = more > 0 ? [`and ${more} more problems of the header`] : []
  return { kind: 'refused', problems: [...problems.slice(0, MOST_PROBLEMS), ...last] }
}

/** The mapping as it applies to a header: of several names those that are there, and no optional column that is not. */
function settleColumns(mapping: Mapping, names: readonly string[]): Mapping {
  const settled = Object.entries(mapping.columns).map(([field, source]): [string, CellSource] => {
    if (typeof source !== 'object' || !('column' in source)) return [field, source]
    const choices = [source.column].flat()
    const present = choices.filter((name) => names.includes(name))
    return [field, { ...source, column: present.length > 0 ? present : choices.slice(0, 1) }]
  })
  if (!mapping.optional_columns) return { ...mapping, columns: Object.fromEntries(settled) }
  const isThere = (name: string) => names.includes(name)
  const { attributes, ignore } = mapping
  return {
    ...mapping,
    columns: Object.fromEntries(settled.filter(([, source]) => columnsOf(source).every(isThere))),
    where: mapping.where.filter(({ column }) => isThere(column)),
    ...(typeof attributes === 'object' && {
      attributes: Object.fromEntries(
        Object.entries(attributes).filter(([, source]) => columnsOf(source).every(isThere)),
      ),
    }),
    ignore: ignore === 'rest' ? ignore : ignore.filter(isThere),
  }
}

/** Every column that the mapping names, for whatever use. */
export function mappedColumns(mapping: Mapping): readonly string[] {
  const hashed = Object.values(mapping.columns).flatMap(hashedColumns)
  return [...new Set([...claimedColumns(mapping), ...mapping.where.map(({ column }) => column), ...hashed])]
}

/** Columns that the mapping puts to a use of its own, so that a standard name does not apply to them. */
function* claimedColumns(mapping: Mapping): Generator<string> {
  for (const source of Object.values(mapping.columns)) yield* columnsOf(source)
  if (typeof mapping.attributes === 'object')
    for (const source of Object.values(mapping.attributes)) yield* columnsOf(source)
  if (mapping.ignore !== 'rest') yield* mapping.ignore
}

function columnsOf(source: CellSource): string[] {
  if (typeof source === 'string') return [source]
  if ('column' in source) return [...[source.column].flat(), ...(source.when ? [source.when.column] : [])]
  return 'template' in source ? placeholders(source.template) : []
}

/** A hash reads its columns without using them up: they can still be kept, ignored, or bear a standard name. */
function hashedColumns(source: CellSource): string[] {
  return typeof source === 'object' && 'hash' in source && source.hash !== 'all' ? source.hash : []
}

function placeholders(template: string): string[] {
  return [...template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '')
}

function missingColumn(column: string, names: readonly string[]): string {
  return `column ${JSON.stringify(column)} of the mapping is not in the header${didYouMean(column, names)}`
}

function missingFields(
  fields: Readonly<Record<string, Field>>,
  sources: ReadonlyMap<string, CellSource>,
  hasDefaultSource: boolean,
  mapping: Mapping,
): string[] {
  const deletes = sources.has('deleted')
  return Object.entries(fields)
    .filter(
      ([name, field]) =>
        field.required &&
        !sources.has(name) &&
        !(name === REQUIRED_BY_SOURCE && hasDefaultSource) &&
        !(field.unlessDeleted && deletes),
    )
    .map(([name]) => `column ${JSON.stringify(name)}, which ${mapping.kind} require, is not in the header`)
}

function unknownColumns(rest: readonly string[], mapping: Mapping, known: readonly string[]): string[] {
  if (mapping.ignore === 'rest' || mapping.attributes === 'rest') return []
  const suggestion = suggester((name) => didYouMean(name, known))
  return rest.map(
    (name) =>
      `column ${JSON.stringify(shownName(name))} is not one that ${mapping.kind} have${suggestion(name)}` +
      ' (a mapping can rename it, keep it in attributes, or ignore it)',
  )
}

function conditionPlan(condition: Condition, position: (column: string) => number) {
  const index = position(condition.column)
  if ('in' in condition) return { index, accepts: new Set(condition.in), negated: false }
  if ('not_in' in condition) return { index, accepts: new Set(condition.not_in), negated: true }
  return { index, accepts: new Set([condition.equals]), negated: false }
}

function fieldPlan(
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

function attributePlan(
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

/** The first format that a value fits decides; what none fits is the fault that the first one finds. */
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

/** Empty as soon as one of its columns is: half a key is no key. */
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
 * A key for rows that bring none: rows of equal content get equal keys, so an exact copy counts as a duplicate. 128 bits
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
