import { didYouMean, shownName, suggester } from '../../base/did-you-mean.ts'
import { attributePlan, type CellPlan, type ConditionPlan, conditionPlan, fieldPlan } from './cell-plan.ts'
import { FIELDS, type Field } from './kinds.ts'
import { claimedColumns, columnsOf, hashedColumns } from './mapped-columns.ts'
import type { CellSource, Mapping } from './mapping.ts'

/** How to read the cells of a record, computed once from the header and the mapping. */
export interface RowPlan {
  readonly mapping: Mapping
  readonly columnCount: number
  readonly conditions: readonly ConditionPlan[]
  readonly fields: readonly CellPlan[]
  readonly attributes: readonly CellPlan[]
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

/** The mapping without the alternative names and optional columns that the header does not have. */
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
