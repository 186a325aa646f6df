import { z } from 'zod'
import { IMPORT_KINDS, type ImportKind, INITIATORS } from './kinds.ts'
import type { FileNotation } from './values/notation.ts'
import { DECIMAL_SIGNS, GROUPINGS } from './values/number-text.ts'

const Name = z.string().min(1).max(400)
const Values = z.record(z.string(), z.string().nullable())
/** What a value that `values` does not list means by the first regular expression that it matches. */
const Patterns = z
  .array(z.tuple([z.string().min(1), z.string().nullable()]))
  .min(1)
  .max(50)

/** Of several columns, the first that the header has and that holds something. */
const Columns = z.union([Name, z.array(Name).min(1)])
/** `{Closed}`, or with alternatives `{IsClosed|Closed}`. */
const Template = z.string().regex(/\{[^{}]+\}/, 'names no {column}')

const conditionWith = <Shape extends z.ZodRawShape>(more: Shape) =>
  z.union(
    [
      z.strictObject({ column: Columns, in: z.array(z.string()).min(1), ...more }),
      z.strictObject({ column: Columns, not_in: z.array(z.string()).min(1), ...more }),
      z.strictObject({ column: Columns, equals: z.string(), ...more }),
    ],
    { error: 'expected {"column": …} with one of "in": […], "not_in": […], "equals": …' },
  )
const Condition = conditionWith({})
/** One that is optional holds for every row of a file without its column. */
const Filter = conditionWith({ optional: z.literal(true).optional() })

const FromColumn = z.strictObject({
  column: Columns,
  /** Several formats are tried in turn; the first that a value matches is used. */
  format: z.union([Name, z.array(Name).min(1).max(5)]).optional(),
  time_zone: Name.optional(),
  /** A day without a time means its end, not its beginning. */
  end_of_day: z.boolean().optional(),
  values: Values.optional(),
  patterns: Patterns.optional(),
  /** Replaces a value that neither `values` nor `patterns` list; when absent, such a value is kept. */
  otherwise: z.string().nullable().optional(),
  type: z.enum(['text', 'number', 'boolean', 'list']).optional(),
  separator: z.string().min(1).max(10).optional(),
  /** The sign before the decimals, and that between groups of three digits, where a number could be read two ways. */
  decimal: z.enum(DECIMAL_SIGNS).optional(),
  grouping: z.enum(GROUPINGS).optional(),
  /** Where it does not hold, the value is unknown. */
  when: Condition.optional(),
  /** With `when`: values that contradict what it says. They are refused, and all others say nothing. */
  contradicts: z.array(z.string().min(1)).min(1).optional(),
  /** Values that count only where no other column of the list holds something else. */
  pass_over: z.array(Name).min(1).optional(),
  /** For yes/no fields: true where the cell holds something, whatever that is. */
  present: z.literal(true).optional(),
  /** For keys: of a list of ids, the first. */
  several: z.literal('first').optional(),
})
const FromConstant = z.strictObject({ constant: z.string().min(1) })
const FromTemplate = z.strictObject({
  template: Template,
  /** Leaves out a part that is missing or empty. Without it, the value is unknown then. */
  partial: z.boolean().optional(),
  values: Values.optional(),
  otherwise: z.string().nullable().optional(),
})
/** Yes/no columns, each with its alternatives, as `true/false`. */
const FromFlags = z.strictObject({
  flags: z.array(z.array(Name).min(1)).min(1).max(5),
  values: Values.optional(),
  otherwise: z.string().nullable().optional(),
})
const FromRowNumber = z.strictObject({ row_number: z.literal(true) })
const FromHash = z.strictObject({ hash: z.union([z.literal('all'), z.array(Name).min(1)]) })

const PLAIN_SOURCES = [Name, FromColumn, FromConstant, FromTemplate, FromFlags] as const
/** The first of the sources that yields a value. */
const FromFirst = z.strictObject({
  first_of: z
    .array(
      z.union(PLAIN_SOURCES, {
        error: 'expected "Column", {"column": …}, {"constant": …}, {"template": …} or {"flags": …}',
      }),
    )
    .min(1)
    .max(20),
})

const CellSource = z.union([...PLAIN_SOURCES, FromRowNumber, FromHash, FromFirst], {
  error:
    'expected "Column", {"column": …}, {"constant": …}, {"template": "{Column}…"}, {"flags": [[…]]}, {"first_of": […]}, {"row_number": true} or {"hash": "all" or […]}',
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

const Beside = z.strictObject({
  /** What the other file is called, without its ending, without regard to case and separators. */
  files: z.array(Name).min(1),
  /** The columns that hold the key: of this file, and of the other. */
  on: z.array(Name).min(1),
  key: z.array(Name).min(1),
  /** The columns that are added, and those of the other file that they come from. */
  take: z.record(Name, z.array(Name).min(1)),
  /** Of several rows with one key, those for which it holds come first. */
  prefer: Condition.optional(),
})

export const Mapping = z.strictObject({
  description: z.string().optional(),
  kind: z.enum(IMPORT_KINDS),
  /** What the system calls these rows, where that is neither the kind nor the name of the file. */
  system_names: z.array(Name).optional(),
  /** Presets of the same system: a file of theirs that has what this one needs is also read by this one, after them. */
  also_of: z.array(Name).min(1).optional(),
  /** Columns that a file of these rows never has: by them it is told from a similar one. */
  never_with: z.array(Name).min(1).optional(),
  source: Name.optional(),
  delimiter: z.enum(DELIMITERS).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  /** Of an Excel workbook. Default: the first that holds something. */
  sheet: Name.optional(),
  time_zone: Name.optional(),
  decimal: z.enum(DECIMAL_SIGNS).optional(),
  grouping: z.enum(GROUPINGS).optional(),
  /** Of days such as 3/4/2024 in a file that does not show which it is. Without it they cannot be read. */
  day_order: z.enum(['day_first', 'month_first']).optional(),
  columns: z.record(z.string(), CellSource).default({}),
  /** The column that counts the rows: they have positions in an order, and no days. */
  order: z.strictObject({ column: Name }).optional(),
  /** Columns that the mapping names may be missing from a file, except the required ones. */
  optional_columns: z.boolean().optional(),
  /** What may stand before the name of any column: `properties.`. */
  prefixes: z.array(Name).min(1).max(5).optional(),
  where: z.array(Filter).default([]),
  attributes: z
    .union([z.literal('rest'), z.record(Name, z.union([Name, FromColumn]))], {
      error: 'expected "rest" or {name: column}',
    })
    .optional(),
  ignore: z.union([z.literal('rest'), z.array(Name)], { error: 'expected "rest" or a list of columns' }).default([]),
  evidence: z.strictObject({ because: z.string().trim().min(1, 'say why') }).optional(),
  initiated_by: z.enum(INITIATORS).optional(),
  provider_lag_days: z.int().min(0).max(365).optional(),
  /** The cell of this field is a list, and each of its items makes a row. */
  rows_per: z
    .strictObject({
      field: Name,
      separator: z.string().min(1).max(10).default(';'),
      /** Columns that name one of several in each row: such a row says nothing of the others. */
      one_of_several: z.array(Name).default([]),
    })
    .optional(),
  /** Of amounts without a currency. */
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/, 'expected three letters as in EUR')
    .transform((code) => code.toUpperCase())
    .optional(),
  /** A cell that cannot be read costs the row, also where the field is optional. */
  strict: z.boolean().optional(),
  /** Columns that another file of the same folder adds, for each row those of its rows with the same key. */
  beside: z.array(Beside).optional(),
  /** Where the spellings of a field's columns come from: an export that is public, or its documentation. */
  sources: z.record(Name, z.string().min(1)).optional(),
  /** Whether activities with a visitor id and an email address tie the two. Default: true. */
  tie_visitors: z.boolean().optional(),
})

/** With what the file at hand shows of its notation. */
export type Mapping = z.infer<typeof Mapping> & { readonly notation?: FileNotation }
export type CellSource = z.infer<typeof CellSource>
/** One that holds no other sources. */
export type SimpleSource = Exclude<CellSource, { readonly first_of: unknown }>
export type Condition = z.infer<typeof Condition>
export type Beside = z.infer<typeof Beside>

/** The mapping of an import without a mapping file: the standard column names. */
export function standardMapping(kind: ImportKind): Mapping {
  return { kind, columns: {}, where: [], ignore: [] }
}

/** The sources to try in turn: most often one. */
export function simpleSources(source: CellSource): readonly SimpleSource[] {
  return typeof source === 'object' && 'first_of' in source ? source.first_of : [source]
}

/** Whether a field depends on the row's place in its file, so that two files would collide. */
export function countsRows(mapping: Mapping, field: string): boolean {
  const source = mapping.columns[field]
  return typeof source === 'object' && 'row_number' in source
}
