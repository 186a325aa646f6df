import { AppError } from '../../../errors.ts'

/** A query of the user's, in the words of the database that answers it. */
export interface RowsQuery {
  readonly sql: string
  /** Only rows in which this column is at least `after`, in its order; rows in which it is null are always among them. */
  readonly since?: { readonly column: string; readonly after: string | undefined } | undefined
}

/** Rows as JSON texts, one for each column; null for a null. */
export interface RowsPortion {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

export interface RowsDatabase {
  /** Without user, password and parameters. */
  readonly name: string
  /** Rows in the order of the query; also without any there is a portion, of no rows. @throws AppError ImportRefused in one line */
  readonly read: (query: RowsQuery) => AsyncGenerator<RowsPortion>
}

const COMMENTS = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/
const READS = ['select', 'with', 'values', 'table', 'from', 'pivot']

/**
 * The query without the semicolon at its end, to be put between parentheses: a line comment at its end does no harm.
 * @throws AppError ImportRefused for a statement that does something else than read
 */
export function asSubquery(sql: string): string {
  const text = sql.replace(/[\s;]+$/, '')
  const [, first = ''] = /^\(*\s*(\w*)/.exec(text.replace(COMMENTS, '')) ?? []
  if (READS.includes(first.toLowerCase())) return `(${text}\n)`
  const got = first === '' ? 'nothing' : first.toUpperCase()
  throw new AppError('ImportRefused', `--query has to read rows, by select, with, values or table: got ${got}`)
}

export interface QueryColumn {
  readonly name: string
  readonly isBinary: boolean
}

/** @throws AppError ImportRefused naming the columns that rows of named cells cannot have */
export function checkColumns(name: string, columns: readonly QueryColumn[], since: RowsQuery['since']): void {
  const names = columns.map((column) => column.name)
  const twice = [...new Set(names.filter((own, index) => names.indexOf(own) !== index))]
  const binary = columns.filter(({ isBinary }) => isBinary).map((column) => column.name)
  const problems = [
    ...(twice.length === 0
      ? []
      : [`the query yields ${listed(twice)} more than once: give each column a name by "as"`]),
    ...(binary.length === 0
      ? []
      : [`${listed(binary)} ${binary.length === 1 ? 'holds' : 'hold'} binary data: leave it out of the query`]),
    ...(since === undefined || names.includes(since.column)
      ? []
      : [`--since-column ${since.column} is no column of the query, which yields ${listed(names)}`]),
  ]
  if (problems.length > 0) throw new AppError('ImportRefused', `${name}: ${problems.join('; ')}`)
}

/** The row as a JSON object on one line. */
export function jsonLine(columns: readonly string[], row: RowsPortion['rows'][number]): string {
  const members = columns.map((name, index) => `${JSON.stringify(name)}:${oneLine(row[index] ?? 'null')}`)
  return `{${members.join(',')}}\n`
}

/** In JSON a line end stands only between values. */
function oneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replaceAll(/[\r\n]/g, ' ') : json
}

const MOST_DIGITS = 15

/**
 * A decimal number as JSON: bare where a double holds all of its digits, else as text, which keeps them.
 * `12.500` is `12.5`, and `12345678901234567.25` is `"12345678901234567.25"`.
 */
export function decimalJson(text: string | null): string | null {
  if (text === null) return null
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return JSON.stringify(text)
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  const digits = short.replace(/^-?0*\.?0*/, '').replace('.', '')
  return digits.length <= MOST_DIGITS ? short : JSON.stringify(short)
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

function listed(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ')
}
