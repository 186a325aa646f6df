import { conditionColumns, isReadable } from '../import/mapped-columns.ts'
import type { CellSource, Mapping } from '../import/mapping.ts'
import type { KnownMapping } from '../recognition/recognise.ts'
import { columnFinder, missingFields } from './column-names.ts'

/**
 * A mapping for one file, to be edited: of the preset what the file has columns for, with only their own names, and the fields
 * that are required. What the preset ignores stays ignored.
 */
export function mappingToEdit({ system, name, mapping }: KnownMapping, names: readonly string[]): Mapping {
  const has = columnFinder(names)
  const required = missingFields(mapping, names).filter((one) => one.required)
  const needed = (field: string) => required.some((one) => one.field === field)
  const columns = Object.entries(mapping.columns)
    .filter(([field, source]) => isReadable(source, has) || needed(field))
    .map(([field, source]) => [field, isReadable(source, has) ? narrowed(source, has) : source] as const)
  const {
    system_names: _names,
    also_of: _of,
    never_with: _never,
    sources: _sources,
    optional_columns: _optional,
    description: _description,
    ...rest
  } = mapping
  return {
    description: `From ${system} ${name}, narrowed to the columns of one file. Edit it, then import with --mapping; docs/import.md explains every key.`,
    ...rest,
    columns: Object.fromEntries(columns),
    where: mapping.where
      .filter((filter) => conditionColumns(filter).some(has))
      .map(({ optional: _optional, ...filter }) => filter),
  }
}

type Nested = Extract<CellSource, { readonly first_of: unknown }>['first_of'][number]

/** The source with the names that the file has. */
function narrowed(source: CellSource, has: (name: string) => boolean): CellSource {
  if (typeof source === 'object' && 'first_of' in source) {
    const readable = source.first_of.filter((one) => isReadable(one, has))
    return { first_of: readable.map((one) => narrowedNested(one, has)) }
  }
  if (typeof source === 'object' && ('row_number' in source || 'hash' in source)) return source
  return narrowedNested(source, has)
}

function narrowedNested(source: Nested, has: (name: string) => boolean): Nested {
  if (typeof source === 'string') return source
  if ('flags' in source) return { ...source, flags: source.flags.map((names) => names.filter(has)) }
  if (!('column' in source)) return source
  const there = [source.column].flat().filter(has)
  const [only] = there
  const when = source.when && { ...source.when, column: conditionColumns(source.when).filter(has) }
  if (there.length !== 1 || only === undefined) return { ...source, column: there, ...(when && { when }) }
  // Of one column nothing is passed over.
  const { pass_over: _passOver, ...rest } = source
  return { ...rest, column: only, ...(when && { when }) }
}
