import type { CellSource, Condition, Mapping } from './mapping.ts'
import { type Problem, problem, type RowError } from './problems.ts'

/** Alternative names: one of them has to be there. */
export type Alternatives = readonly string[]

/** Every column that the mapping names. */
export function mappedColumns(mapping: Mapping): readonly string[] {
  const hashed = Object.values(mapping.columns).flatMap(hashedColumns)
  const conditions = mapping.where.flatMap(conditionColumns)
  return [...new Set([...claimedColumns(mapping), ...conditions, ...hashed])]
}

/** Columns that the mapping uses, so that they no longer fill the field of the same name. */
export function* claimedColumns(mapping: Mapping): Generator<string> {
  for (const source of Object.values(mapping.columns)) yield* columnsOf(source).flat()
  if (mapping.order) yield mapping.order.column
  if (typeof mapping.attributes === 'object')
    for (const source of Object.values(mapping.attributes)) yield* columnsOf(source).flat()
  if (mapping.ignore !== 'rest') yield* mapping.ignore
}

/** For each value that the source reads, the columns that it may stand in. */
export function columnsOf(source: CellSource): readonly Alternatives[] {
  if (typeof source === 'string') return [[source]]
  if ('column' in source) return [[source.column].flat(), ...(source.when ? [conditionColumns(source.when)] : [])]
  if ('template' in source) return placeholders(source.template)
  if ('flags' in source) return source.flags
  return 'first_of' in source ? source.first_of.flatMap(columnsOf) : []
}

/** Whether the header has what the source needs. */
export function isReadable(source: CellSource, has: (name: string) => boolean): boolean {
  if (typeof source === 'object' && 'first_of' in source)
    return source.first_of.some((alternative) => isReadable(alternative, has))
  const parts = columnsOf(source)
  const isThere = (alternatives: Alternatives) => alternatives.some(has)
  return typeof source === 'object' && 'template' in source && source.partial
    ? parts.some(isThere)
    : parts.every(isThere)
}

export function conditionColumns(condition: Condition): string[] {
  return [condition.column].flat()
}

/** The columns of a hash. They may also be kept, be ignored, or fill the field of the same name. */
export function hashedColumns(source: CellSource): string[] {
  return typeof source === 'object' && 'hash' in source && source.hash !== 'all' ? source.hash : []
}

/** `{Last Name}`, and of `{IsClosed|Closed}` both: unless that is a column's name as it stands. */
export function placeholders(template: string): readonly Alternatives[] {
  return [...template.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => [...new Set([name, ...name.split('|')])])
}

/**
 * A problem that was found behind the mapping, with the column as the CRM names it: of several spellings the first. A new deal
 * without a company has a reason of its own: in a CRM it is common.
 * @param lines of each row, where it stands in the file
 */
export function inTheWordsOf(
  { columns }: Mapping,
  lines: readonly number[],
  { row, problem: found }: { readonly row: number; readonly problem: Problem },
): RowError {
  const line = lines[row] ?? 0
  const source = found.column === null ? undefined : columns[found.column]
  const column = source === undefined ? undefined : columnsOf(source)[0]?.[0]
  if (column === undefined) return { line, ...found }
  if (found.reason !== 'unknown_opportunity' || found.column !== 'account_external_id')
    return { line, ...found, column }
  const message = `${JSON.stringify(column)} is empty or was not exported, and a new deal needs its company: associate the two in the CRM, or export that column`
  return { line, ...problem('no_account', column, null, message) }
}
