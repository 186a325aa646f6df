import { didYouMean, shownName, suggester } from '../../base/did-you-mean.ts'
import { attributePlan, type CellPlan, fieldPlan } from './cell-plan.ts'
import { FIELDS, type Field } from './kinds.ts'
import { claimedColumns, columnsOf, conditionColumns, hashedColumns, isReadable } from './mapped-columns.ts'
import type { CellSource, Mapping } from './mapping.ts'
import { conditionReader, type ConditionReader } from './reading/cell-source.ts'
import { type HeaderColumns, headerColumns } from './reading/header-columns.ts'
import { isDated, orderPlans } from './reading/order-cells.ts'

/** How to read the cells of a record, computed once from the header and the mapping. */
export interface RowPlan {
  readonly mapping: Mapping
  /** The columns, as the header spells them. */
  readonly names: readonly string[]
  readonly conditions: readonly ConditionReader[]
  readonly fields: readonly CellPlan[]
  readonly attributes: readonly CellPlan[]
  /** The places of columns of one name that is read: their cells have to be equal. */
  readonly repeated: readonly (readonly number[])[]
  /** The places of columns without a name, which nothing reads: their cells have to be empty. */
  readonly nameless: readonly number[]
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

/** Checks a header against a mapping. Every column is used, ignored by name, or refused. */
export function planRows(header: readonly string[], given: Mapping, hasDefaultSource: boolean): HeaderResult {
  if (header.length > MOST_COLUMNS)
    return refused([`the header has ${header.length} columns, at most ${MOST_COLUMNS} are read: leave some out`])
  const columns = headerColumns(header)
  const { names } = columns
  const lone = names[0] ?? ''
  if (names.length === 1 && /[,;\t|]/.test(lone)) {
    return refused([
      `the header is one column ${JSON.stringify(lone)}: the delimiter must be one of , ; tab | or be stated in the mapping`,
    ])
  }
  const mapping = settleColumns(given, columns)
  const sources = withStandardNames(mapping, columns)
  const filters = mapping.where.map(conditionColumns)
  const ignored = (mapping.ignore === 'rest' ? [] : mapping.ignore).map((name) => [name])
  const ordered = mapping.order ? [[mapping.order.column]] : []
  const read = [...ordered, ...[...sources.values(), ...attributeSources(mapping)].flatMap(columnsOf)]
  const used = new Set([...read, ...filters, ...ignored].flat().flatMap(columns.places))
  const rest = [...names.keys()].filter((place) => names[place] !== '' && !used.has(place))
  const unreadable = [...sources.values(), ...attributeSources(mapping)].filter((one) => !isReadable(one, columns.has))
  const wanted = [
    ...ordered,
    ...unreadable.flatMap(columnsOf),
    ...ignored,
    ...[...sources.values()].flatMap(hashedColumns).map((name) => [name]),
  ]
  const isMissing = (alternatives: readonly string[]) => !alternatives.some(columns.has)
  const problems = [
    ...wanted.filter(isMissing).map(([name = '']) => missingColumn(name, names)),
    ...filters
      .filter(isMissing)
      .map(([name = '']) => `${missingColumn(name, names)} ("optional": true in "where" lets every row pass then)`),
    ...missingFields(FIELDS[mapping.kind], sources, hasDefaultSource, mapping),
    ...unknownColumns(
      rest.map((place) => names[place] ?? ''),
      mapping,
    ),
  ]
  if (problems.length > 0) return refused([...new Set(problems)])
  return { kind: 'plan', plan: planOf(mapping, columns, sources, rest) }
}

function planOf(
  mapping: Mapping,
  columns: HeaderColumns,
  sources: ReadonlyMap<string, CellSource>,
  rest: readonly number[],
): RowPlan {
  const { names } = columns
  const restNames = [...new Set(rest.map((place) => names[place] ?? ''))]
  const extra =
    mapping.attributes === 'rest' ? Object.fromEntries(restNames.map((name) => [name, name])) : mapping.attributes
  const read = [...[...sources.values()].flatMap(columnsOf), ...Object.values(extra ?? {}).flatMap(columnsOf)]
  const conditions = mapping.where.map(conditionColumns)
  return {
    mapping,
    names,
    conditions: mapping.where.map((condition) => conditionReader(condition, columns)),
    fields: [
      ...orderPlans(mapping, columns),
      ...[...sources].flatMap(([name, source]) => {
        const field = FIELDS[mapping.kind][name]
        return field ? [fieldPlan(name, source, field, mapping, columns)] : []
      }),
    ],
    attributes: Object.entries(extra ?? {}).map(([name, source]) => attributePlan(name, source, mapping, columns)),
    repeated: [...new Set([...read, ...conditions].flat())].map(columns.places).filter((places) => places.length > 1),
    nameless: mapping.ignore === 'rest' ? [] : [...names.keys()].filter((place) => names[place] === ''),
  }
}

/** The fields that the mapping fills, and those whose column bears their own name. */
function withStandardNames(mapping: Mapping, { has, places }: HeaderColumns): ReadonlyMap<string, CellSource> {
  const claimed = new Set([...claimedColumns(mapping)].flatMap(places))
  const sources = new Map<string, CellSource>(Object.entries(mapping.columns))
  for (const name of Object.keys(FIELDS[mapping.kind])) {
    const column = [name, ...(ALIASES[name] ?? [])].find(has)
    if (column === undefined || sources.has(name) || (mapping.order && isDated(mapping.kind, name))) continue
    if (!places(column).some((place) => claimed.has(place))) sources.set(name, column)
  }
  return sources
}

function refused(problems: readonly string[]): HeaderResult {
  const more = problems.length - MOST_PROBLEMS
  const last = more > 0 ? [`and ${more} more problems of the header`] : []
  return { kind: 'refused', problems: [...problems.slice(0, MOST_PROBLEMS), ...last] }
}

/** The mapping without the alternative sources and optional columns that the header does not have. */
function settleColumns(mapping: Mapping, { has }: HeaderColumns): Mapping {
  const settled = Object.entries(mapping.columns).map(([field, source]): [string, CellSource] => {
    if (typeof source !== 'object' || !('first_of' in source)) return [field, source]
    const readable = source.first_of.filter((one) => isReadable(one, has))
    return [field, { first_of: readable.length > 0 ? readable : source.first_of.slice(0, 1) }]
  })
  // A filter that is not there would let every row pass: also of optional columns, each says by itself whether it may be missing.
  const where = mapping.where.filter((filter) => !filter.optional || conditionColumns(filter).some(has))
  if (!mapping.optional_columns) return { ...mapping, columns: Object.fromEntries(settled), where }
  const { attributes, ignore } = mapping
  const readable = ([, source]: readonly [string, CellSource]) => isReadable(source, has)
  return {
    ...mapping,
    columns: Object.fromEntries(settled.filter(readable)),
    where,
    ...(typeof attributes === 'object' && {
      attributes: Object.fromEntries(Object.entries(attributes).filter(readable)),
    }),
    ignore: ignore === 'rest' ? ignore : ignore.filter(has),
  }
}

function attributeSources({ attributes }: Mapping): readonly CellSource[] {
  return typeof attributes === 'object' ? Object.values(attributes) : []
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
  // Each row of spend is an amount: its currency is a column, or that of the whole file.
  const isNeeded = (name: string) => mapping.kind === 'spend' && name === 'currency' && mapping.currency === undefined
  return Object.entries(fields)
    .filter(
      ([name, field]) =>
        (field.required || isNeeded(name)) &&
        !sources.has(name) &&
        !(name === REQUIRED_BY_SOURCE && hasDefaultSource) &&
        !(field.unlessDeleted && deletes),
    )
    .map(
      ([name]) => `column ${JSON.stringify(name)}, which ${mapping.kind} require, is not in the header${wayOut(name)}`,
    )
}

function wayOut(missing: string): string {
  return missing === 'currency' ? ': state the one of all amounts by --currency EUR, or "currency" in a mapping' : ''
}

function unknownColumns(rest: readonly string[], mapping: Mapping): string[] {
  if (mapping.ignore === 'rest' || mapping.attributes === 'rest') return []
  const suggestion = suggester((name) => didYouMean(name, Object.keys(FIELDS[mapping.kind])))
  return rest.map(
    (name) =>
      `column ${JSON.stringify(shownName(name))} is not one that ${mapping.kind} have${suggestion(name)}` +
      ' (a mapping can rename it, keep it in attributes, or ignore it)',
  )
}
