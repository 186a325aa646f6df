import { z } from 'zod'
import { didYouMean } from '../../base/did-you-mean.ts'
import { FIELDS, IMPORT_KINDS, type ImportKind, INITIATORS, KINDS_WITH_ATTRIBUTES } from './kinds.ts'
import { formatProblem } from './local-time.ts'

const Name = z.string().min(1).max(400)
const Values = z.record(z.string(), z.string().nullable())

const Condition = z.union(
  [
    z.strictObject({ column: Name, in: z.array(z.string()).min(1) }),
    z.strictObject({ column: Name, not_in: z.array(z.string()).min(1) }),
    z.strictObject({ column: Name, equals: z.string() }),
  ],
  { error: 'expected {"column": …} with one of "in": […], "not_in": […], "equals": …' },
)

const FromColumn = z.strictObject({
  /** Of several columns, the first that exists and is not empty. */
  column: z.union([Name, z.array(Name).min(1)]),
  /** Several formats are tried in turn; the first that a value matches is used. */
  format: z.union([Name, z.array(Name).min(1).max(5)]).optional(),
  time_zone: Name.optional(),
  /** A day without a time means its end, not its beginning. */
  end_of_day: z.boolean().optional(),
  values: Values.optional(),
  /** Replaces a value that `values` does not list; when absent, such a value is kept. */
  otherwise: z.string().nullable().optional(),
  type: z.enum(['text', 'number', 'boolean', 'list']).optional(),
  separator: z.string().min(1).max(10).optional(),
  /** Where it does not hold, the value is unknown. */
  when: Condition.optional(),
})
const FromConstant = z.strictObject({ constant: z.string().min(1) })
const FromTemplate = z.strictObject({
  template: z.string().regex(/\{[^{}]+\}/, 'names no {column}'),
  values: Values.optional(),
  otherwise: z.string().nullable().optional(),
})
const FromRowNumber = z.strictObject({ row_number: z.literal(true) })
const FromHash = z.strictObject({ hash: z.union([z.literal('all'), z.array(Name).min(1)]) })

const CellSource = z.union([Name, FromColumn, FromConstant, FromTemplate, FromRowNumber, FromHash], {
  error:
    'expected "Column", {"column": …}, {"constant": …}, {"template": "{Column}…"}, {"row_number": true} or {"hash": "all" or […]}',
})

/** Among several formats: ISO 8601, as without any. */
export const ISO = 'ISO'
export const DELIMITERS = [',', ';', '\t', '|'] as const
export const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'iso-8859-1',
  'iso-8859-15',
] as const

export const Mapping = z.strictObject({
  description: z.string().optional(),
  kind: z.enum(IMPORT_KINDS),
  /** What the system calls these rows, where that is neither the kind nor the name of the file. */
  system_names: z.array(Name).optional(),
  source: Name.optional(),
  delimiter: z.enum(DELIMITERS).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  time_zone: Name.optional(),
  columns: z.record(z.string(), CellSource).default({}),
  /** Columns that the mapping names may be missing from a file, except the required ones. */
  optional_columns: z.boolean().optional(),
  where: z.array(Condition).default([]),
  attributes: z
    .union([z.literal('rest'), z.record(Name, z.union([Name, FromColumn]))], {
      error: 'expected "rest" or {name: column}',
    })
    .optional(),
  ignore: z.union([z.literal('rest'), z.array(Name)], { error: 'expected "rest" or a list of columns' }).default([]),
  evidence: z.strictObject({ because: z.string().trim().min(1, 'say why') }).optional(),
  initiated_by: z.enum(INITIATORS).optional(),
  provider_lag_days: z.int().min(0).max(365).optional(),
  /** Of amounts without a currency. */
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/, 'expected three letters as in EUR')
    .transform((code) => code.toUpperCase())
    .optional(),
  /** A cell that cannot be read costs the row, also where the field is optional. */
  strict: z.boolean().optional(),
  /** Whether activities with a visitor id and an email address tie the two. Default: true. */
  tie_visitors: z.boolean().optional(),
})

export type Mapping = z.infer<typeof Mapping>
export type CellSource = z.infer<typeof CellSource>
export type Condition = z.infer<typeof Condition>

export type MappingResult =
  | { readonly kind: 'mapping'; readonly mapping: Mapping }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

/** The mapping of an import without a mapping file: the standard column names. */
export function standardMapping(kind: ImportKind): Mapping {
  return { kind, columns: {}, where: [], ignore: [] }
}

/** Checks a parsed mapping file. A problem names the path, what is wrong with the value, and the nearest known name. */
export function parseMapping(json: unknown): MappingResult {
  const parsed = Mapping.safeParse(json)
  if (!parsed.success) {
    return {
      kind: 'refused',
      problems: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'mapping'}: ${issue.message}`),
    }
  }
  const problems = [...fieldProblems(parsed.data), ...dateProblems(parsed.data), ...optionProblems(parsed.data)]
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'mapping', mapping: parsed.data }
}

/** Whether a field depends on the row's place in its file, so that two files would collide. */
export function countsRows(mapping: Mapping, field: string): boolean {
  const source = mapping.columns[field]
  return typeof source === 'object' && 'row_number' in source
}

function fieldProblems(mapping: Mapping): string[] {
  const known = Object.keys(FIELDS[mapping.kind])
  return Object.keys(mapping.columns)
    .filter((field) => !known.includes(field))
    .map((field) => `columns.${field}: ${mapping.kind} has no such field${didYouMean(field, known)}`)
}

function dateProblems(mapping: Mapping): string[] {
  const zone = formatProblem({ timeZone: mapping.time_zone })
  const cells = Object.entries(mapping.columns).flatMap(([field, source]) => {
    if (typeof source !== 'object' || !('column' in source)) return []
    const type = FIELDS[mapping.kind][field]?.type.type
    const isDate = type === 'instant' || type === 'day' || type === 'month'
    if (!isDate && (source.format ?? source.time_zone) !== undefined)
      return [`columns.${field}: format and time_zone are for dates`]
    // A calendar day has no zone to miss.
    const timeZone = source.time_zone ?? mapping.time_zone ?? (type === 'instant' ? undefined : 'UTC')
    return [source.format ?? ISO].flat().flatMap((format) => {
      const found = formatProblem({ format: format === ISO ? undefined : format, timeZone })
      return found === undefined ? [] : [`columns.${field}: ${found}`]
    })
  })
  return zone === undefined ? cells : [`time_zone: ${zone}`]
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
  return problems
}
