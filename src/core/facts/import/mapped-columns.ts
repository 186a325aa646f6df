import type { CellSource, Mapping } from './mapping.ts'

/** Every column that the mapping names. */
export function mappedColumns(mapping: Mapping): readonly string[] {
  const hashed = Object.values(mapping.columns).flatMap(hashedColumns)
  return [...new Set([...claimedColumns(mapping), ...mapping.where.map(({ column }) => column), ...hashed])]
}

/** Columns that the mapping uses, so that they no longer fill the field of the same name. */
export function* claimedColumns(mapping: Mapping): Generator<string> {
  for (const source of Object.values(mapping.columns)) yield* columnsOf(source)
  if (typeof mapping.attributes === 'object')
    for (const source of Object.values(mapping.attributes)) yield* columnsOf(source)
  if (mapping.ignore !== 'rest') yield* mapping.ignore
}

export function columnsOf(source: CellSource): string[] {
  if (typeof source === 'string') return [source]
  if ('column' in source) return [...[source.column].flat(), ...(source.when ? [source.when.column] : [])]
  return 'template' in source ? placeholders(source.template) : []
}

/** The columns of a hash. They may also be kept, be ignored, or fill the field of the same name. */
export function hashedColumns(source: CellSource): string[] {
  return typeof source === 'object' && 'hash' in source && source.hash !== 'all' ? source.hash : []
}

export function placeholders(template: string): string[] {
  return [...template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '')
}
