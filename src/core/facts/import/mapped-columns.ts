import type { CellSource, Condition, Mapping } from './mapping.ts'

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
