import { didYouMean } from '../../../base/did-you-mean.ts'
import { type FieldType, isDateType, isNumberType } from '../field-types.ts'
import { FIELDS, type ImportKind, KINDS_WITH_ATTRIBUTES } from '../kinds.ts'
import { formatProblem } from '../local-time.ts'
import { ISO, Mapping, type SimpleSource, simpleSources } from '../mapping.ts'
import { orderProblems } from './order-cells.ts'
import { patternProblem } from './patterns.ts'
import { withPrefixes } from './prefixes.ts'

/** Types of which a list can be parted into rows. */
const PARTED_TYPES: readonly string[] = ['key', 'label', 'domain', 'email']
const KINDS_WITH_AMOUNTS: readonly ImportKind[] = ['opportunities', 'customer-events', 'spend']

export type MappingResult =
  | { readonly kind: 'mapping'; readonly mapping: Mapping }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

/** Checks a parsed mapping file. A problem names the path, what is wrong with the value, and the nearest known name. */
export function parseMapping(json: unknown): MappingResult {
  const parsed = Mapping.safeParse(withPrefixes(json))
  if (!parsed.success) {
    return {
      kind: 'refused',
      problems: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'mapping'}: ${issue.message}`),
    }
  }
  const { data } = parsed
  const problems = [
    ...fieldProblems(data),
    ...sourceProblems(data),
    ...partingProblems(data),
    ...orderProblems(data),
    ...optionProblems(data),
  ]
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'mapping', mapping: data }
}

function fieldProblems(mapping: Mapping): string[] {
  const known = Object.keys(FIELDS[mapping.kind])
  return Object.keys(mapping.columns)
    .filter((field) => !known.includes(field))
    .map((field) => `columns.${field}: ${mapping.kind} have no such field${didYouMean(field, known)}`)
}

/** One value that is read, what for, and where the mapping says so. */
interface Use {
  readonly path: string
  readonly type: FieldType['type'] | undefined
  readonly isAttribute: boolean
  readonly source: SimpleSource
}
type FromColumn = Extract<SimpleSource, { readonly column: unknown }>

function usesOf({ kind, columns, attributes }: Mapping): readonly Use[] {
  const fields = Object.entries(columns).flatMap(([field, source]) =>
    simpleSources(source).map((one) => ({
      path: `columns.${field}`,
      type: FIELDS[kind][field]?.type.type,
      isAttribute: false,
      source: one,
    })),
  )
  const named = typeof attributes === 'object' ? Object.entries(attributes) : []
  const kept = named.map(([name, source]) => ({
    path: `attributes.${name}`,
    type: typeof source === 'object' ? (source.type ?? 'text') : ('text' as const),
    isAttribute: true,
    source,
  }))
  return [...fields, ...kept]
}

function sourceProblems(mapping: Mapping): string[] {
  const zone = formatProblem({ timeZone: mapping.time_zone })
  const found = usesOf(mapping).flatMap((use) => {
    const { path, source } = use
    if (typeof source !== 'object') return []
    const idle =
      'otherwise' in source && source.otherwise !== undefined && !('values' in source) && !('patterns' in source)
        ? ['otherwise is for values that "values" or "patterns" do not list, and there are neither']
        : []
    const own =
      'column' in source ? [...formatProblems(use, source, mapping, zone), ...columnProblems(use, source, mapping)] : []
    return [...idle, ...own].map((text) => `${path}: ${text}`)
  })
  return zone === undefined ? found : [`time_zone: ${zone}`, ...found]
}

function formatProblems({ type }: Use, source: FromColumn, mapping: Mapping, zone: string | undefined): string[] {
  if (type !== undefined && !isDateType(type))
    return (source.format ?? source.time_zone) === undefined ? [] : ['format and time_zone are for dates']
  // A calendar day has no zone to miss.
  const stated = source.time_zone ?? (zone === undefined ? mapping.time_zone : 'UTC')
  const timeZone = stated ?? (type === 'instant' ? undefined : 'UTC')
  return [source.format ?? ISO].flat().flatMap((format) => {
    return formatProblem({ format: format === ISO ? undefined : format, timeZone }) ?? []
  })
}

/** An option that does nothing for the type is refused: its author expects an effect. */
function columnProblems(
  { path, type, isAttribute }: Use,
  source: FromColumn,
  { rows_per: rowsPer }: Mapping,
): string[] {
  // A field that is not known is refused as such.
  if (type === undefined) return []
  const isList = type === 'list' || type === 'domains'
  const isParted = isList || source.several !== undefined || path === `columns.${rowsPer?.field}`
  const problems = (source.patterns ?? []).flatMap(([expression]) => {
    const found = patternProblem(expression)
    return found === undefined ? [] : [`pattern ${JSON.stringify(expression)} ${found}`]
  })
  const refuse = (option: keyof FromColumn, isUsed: boolean, what: string) => {
    if (source[option] !== undefined && !isUsed) problems.push(`${option} ${what}`)
  }
  refuse('present', type === 'boolean', 'is for yes/no fields')
  refuse('several', type === 'key', 'is for keys')
  refuse('end_of_day', type === 'instant', 'is for times')
  refuse('decimal', isNumberType(type), 'is for numbers')
  refuse('grouping', isNumberType(type), 'is for numbers')
  refuse('separator', isParted, 'is for lists, for keys with "several" and for the field of "rows_per"')
  refuse('type', isAttribute, 'is for attributes: a field has its own')
  refuse('pass_over', [source.column].flat().length > 1, 'is for a list of columns, and here is one')
  return problems
}

function partingProblems({ kind, rows_per: rowsPer }: Mapping): string[] {
  if (!rowsPer) return []
  const field = FIELDS[kind][rowsPer.field]
  if (!field)
    return [
      `rows_per.field: ${kind} have no field ${rowsPer.field}${didYouMean(rowsPer.field, Object.keys(FIELDS[kind]))}`,
    ]
  if (PARTED_TYPES.includes(field.type.type)) return []
  return [`rows_per.field: the cell of ${rowsPer.field} cannot be parted; fields that can: ${partedFields(kind)}`]
}

function partedFields(kind: ImportKind): string {
  return Object.entries(FIELDS[kind])
    .filter(([, { type }]) => PARTED_TYPES.includes(type.type))
    .map(([name]) => name)
    .join(', ')
}

function optionProblems(mapping: Mapping): string[] {
  const problems: string[] = []
  const { kind } = mapping
  if (mapping.evidence && kind !== 'activities')
    problems.push(`evidence: only activities are evidence, got kind ${kind}`)
  if (mapping.initiated_by && kind !== 'activities')
    problems.push(`initiated_by: only activities have it, got kind ${kind}`)
  if (mapping.provider_lag_days !== undefined && kind !== 'intent-signals') {
    problems.push(`provider_lag_days: only intent-signals have it, got kind ${kind}`)
  }
  if (mapping.attributes !== undefined && !KINDS_WITH_ATTRIBUTES.includes(kind)) {
    problems.push(`attributes: ${kind} keep none; kinds that do: ${KINDS_WITH_ATTRIBUTES.join(', ')}`)
  }
  if (mapping.attributes === 'rest' && mapping.ignore === 'rest')
    problems.push('attributes and ignore cannot both take the rest')
  if (mapping.currency !== undefined && !KINDS_WITH_AMOUNTS.includes(kind))
    problems.push(`currency: ${kind} have no amounts; kinds that do: ${KINDS_WITH_AMOUNTS.join(', ')}`)
  if (mapping.tie_visitors !== undefined && kind !== 'activities')
    problems.push(`tie_visitors: only activities tie visitors, got kind ${kind}`)
  return [...problems, ...namelessSources(mapping)]
}

function namelessSources({ kind, attributes, sources = {} }: Mapping): string[] {
  const named = typeof attributes === 'object' ? Object.keys(attributes) : []
  const known = [...Object.keys(FIELDS[kind]), ...named, 'where']
  return Object.keys(sources)
    .filter((name) => !known.includes(name))
    .map((name) => `sources.${name}: ${kind} have no such field${didYouMean(name, known)}`)
}
