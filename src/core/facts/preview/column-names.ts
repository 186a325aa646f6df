import { FIELDS } from '../import/kinds.ts'
import { type Alternatives, columnsOf, conditionColumns, isReadable } from '../import/mapped-columns.ts'
import { type CellSource, type Mapping, simpleSources } from '../import/mapping.ts'
import { plain } from '../import/reading/plain-text.ts'
import { requiredFields } from '../recognition/recognise.ts'

/** Which columns there are, without regard to case. */
export function columnFinder(names: readonly string[]): (name: string) => boolean {
  const there = new Set(names.map(plain))
  return (name) => there.has(plain(name))
}

/** What a mapping does with a column: the fields that it fills or decides, or that rows are chosen by it. */
export function usesOf(column: string, mapping: Mapping): readonly string[] {
  const reads = (parts: readonly Alternatives[]) => parts.flat().some((name) => plain(name) === plain(column))
  const mapped = Object.entries(mapping.columns).filter(([, source]) => reads(columnsOf(source)))
  const attributes = typeof mapping.attributes === 'object' ? Object.entries(mapping.attributes) : []
  const kept = attributes.filter(([, source]) => reads(columnsOf(source)))
  const chooses = mapping.where.some((condition) => reads([conditionColumns(condition)]))
  const isStandard = plain(column) in FIELDS[mapping.kind] && !(plain(column) in mapping.columns)
  const uses = [
    ...mapped.map(([field]) => field),
    ...kept.map(([name]) => `attribute ${name}`),
    ...(chooses ? ['which rows count'] : []),
  ]
  if (uses.length > 0) return uses
  if (isStandard) return [plain(column)]
  return mapping.attributes === 'rest' ? [`attribute ${column}`] : []
}

/** A field that no column fills, and the names under which the system exports it. */
export interface MissingField {
  readonly field: string
  readonly required: boolean
  /** For each column that is needed, its names: the label first. */
  readonly columns: readonly (readonly string[])[]
}

const MOST_NAMES = 2

/** The fields of which the file has no column, in the words of the system: those that every row needs come first. */
export function missingFields(mapping: Mapping, names: readonly string[]): readonly MissingField[] {
  const has = columnFinder(names)
  const needed = requiredFields(mapping)
  return Object.keys(FIELDS[mapping.kind])
    .filter((field) => field !== 'deleted' && field !== 'source')
    .map((field) => ({ field, required: needed.includes(field), source: mapping.columns[field] ?? field }))
    .filter(({ field, required }) => required || field in mapping.columns)
    .filter(({ source }) => columnsOf(source).length > 0 && !isReadable(source, has))
    .map(({ field, required, source }) => ({ field, required, columns: lackingColumns(source, has) }))
    .toSorted((one, other) => Number(other.required) - Number(one.required))
}

/** Of the first way to the value, the columns that are not there. */
function lackingColumns(source: CellSource, has: (name: string) => boolean): readonly (readonly string[])[] {
  const [first = source] = simpleSources(source)
  return columnsOf(first)
    .filter((alternatives) => !alternatives.some(has))
    .map((alternatives) => differentNames(alternatives).slice(0, MOST_NAMES))
}

/** Without `properties.dealname` beside `dealname`, and without `amount` behind `Amount`. */
function differentNames(names: Alternatives): readonly string[] {
  return names.filter((name, at) => {
    const isPrefixed = names.some((other) => other !== name && name.endsWith(other))
    return !isPrefixed && names.findIndex((other) => plain(other) === plain(name)) === at
  })
}

/** `"Is Closed Won" (or hs_is_closed_won)` */
export function shownColumns({ columns }: MissingField): string {
  return columns.map(([label = '', other]) => `"${label}"${other === undefined ? '' : ` (or ${other})`}`).join(' and ')
}
