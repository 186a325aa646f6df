import type { CellSource, Condition, Mapping } from '../mapping.ts'

type NestedSource = Extract<CellSource, { readonly first_of: unknown }>['first_of'][number]

/**
 * The mapping with the further spellings that `prefixes` gives each column: with `properties.`, the column `dealname` may
 * also be called `properties.dealname`. A column's own name comes first.
 */
export function withPrefixes({ prefixes, ...mapping }: Mapping): Mapping {
  if (prefixes === undefined) return mapping
  const spellings = (names: string | readonly string[]) =>
    [names].flat().flatMap((name) => [name, ...prefixes.map((prefix) => `${prefix}${name}`)])
  const condition = (given: Condition): Condition => ({ ...given, column: spellings(given.column) })
  const nested = (source: NestedSource): NestedSource => {
    if (typeof source === 'string') return { column: spellings(source) }
    if ('column' in source) {
      const { when } = source
      return { ...source, column: spellings(source.column), ...(when && { when: condition(when) }) }
    }
    if ('flags' in source) return { ...source, flags: source.flags.map(spellings) }
    if (!('template' in source)) return source
    const template = source.template.replaceAll(
      /\{([^{}]+)\}/g,
      (_, names: string) => `{${spellings(names.split('|')).join('|')}}`,
    )
    return { ...source, template }
  }
  const whole = (source: CellSource): CellSource => {
    if (typeof source === 'string') return nested(source)
    if ('first_of' in source) return { first_of: source.first_of.map(nested) }
    return 'row_number' in source || 'hash' in source ? source : nested(source)
  }
  const columns = Object.entries(mapping.columns).map(([field, source]) => [field, whole(source)] as const)
  return { ...mapping, columns: Object.fromEntries(columns), where: mapping.where.map(condition) }
}
