type Json = Readonly<Record<string, unknown>>

/**
 * The JSON of a mapping with the further spellings that its `prefixes` give each column: with `properties.`, the column
 * `dealname` may also be called `properties.dealname`. A column's own name comes first. What is no mapping stays as it is.
 */
export function withPrefixes(json: unknown): unknown {
  if (!isObject(json) || !isTexts(json['prefixes'])) return json
  const { prefixes, ...mapping } = json
  const spellings = (names: unknown) =>
    typeof names === 'string' || isTexts(names)
      ? [names].flat().flatMap((name) => [name, ...prefixes.map((prefix) => `${prefix}${name}`)])
      : names
  const source = (given: unknown): unknown => {
    if (typeof given === 'string') return { column: spellings(given) }
    if (!isObject(given)) return given
    const { column, flags, template, first_of: firstOf, when } = given
    return {
      ...given,
      ...(column !== undefined && { column: spellings(column) }),
      ...(isObject(when) && { when: { ...when, column: spellings(when['column']) } }),
      ...(Array.isArray(flags) && { flags: flags.map(spellings) }),
      ...(Array.isArray(firstOf) && { first_of: firstOf.map(source) }),
      ...(typeof template === 'string' && { template: inTemplate(template, spellings) }),
    }
  }
  const { columns, where } = mapping
  return {
    ...mapping,
    ...(isObject(columns) && {
      columns: Object.fromEntries(Object.entries(columns).map(([field, given]) => [field, source(given)])),
    }),
    ...(Array.isArray(where) && { where: where.map(source) }),
  }
}

function inTemplate(template: string, spellings: (names: readonly string[]) => unknown): string {
  return template.replaceAll(/\{([^{}]+)\}/g, (_, names: string) => {
    const all = spellings(names.split('|'))
    return `{${isTexts(all) ? all.join('|') : names}}`
  })
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
}
