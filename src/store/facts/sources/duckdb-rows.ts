import type * as DuckDb from '@duckdb/node-api'
import { AppError } from '../../../errors.ts'
import {
  asSubquery,
  checkColumns,
  decimalJson,
  quoted,
  type RowsDatabase,
  type RowsPortion,
  type RowsQuery,
} from './rows-query.ts'

const PACKAGE = '@duckdb/node-api'
const IN_MEMORY = ':memory:'
/** Lists of these, such as `DECIMAL(4,2)[]`, become JSON as a whole. */
const DECIMAL = /^(?:DECIMAL\([\d,]*\)|DOUBLE|FLOAT)$/
const BINARY = /\b(?:BLOB|BIT)\b/
const TEXT = /^(?:VARCHAR|UUID|ENUM\(.*\))$/
const TIME = /^TIMESTAMP[^[]*$/
const JSON_TEXT = 'JSON'

interface Column {
  readonly name: string
  readonly type: string
}

/** What DuckDB reads: a database file of its own, which is opened read-only, or without one files that the query names. */
export function duckDbRows(file: string | undefined): RowsDatabase {
  const name = `duckdb:${file ?? ''}`
  return { name, read: (query) => read(name, file ?? IN_MEMORY, asSubquery(query.sql), query) }
}

/** The rows of a Parquet file, in their order. */
export function parquetRows(file: string): AsyncGenerator<RowsPortion> {
  return read(file, IN_MEMORY, `(from read_parquet(${literal(file)}))`, { sql: '' })
}

async function* read(name: string, file: string, subquery: string, { since }: RowsQuery): AsyncGenerator<RowsPortion> {
  const { DuckDBInstance } = await loadDuckDb(name)
  const options = { autoinstall_known_extensions: 'false', ...(file !== IN_MEMORY && { access_mode: 'READ_ONLY' }) }
  const instance = await DuckDBInstance.create(file, options).catch((error: unknown) => cannotRead(name, error))
  const connection = await instance.connect()
  try {
    await connection.run("set timezone = 'UTC'")
    const columns = await describe(connection, subquery)
    checkColumns(
      name,
      columns.map((column) => ({ name: column.name, isBinary: BINARY.test(column.type) })),
      since,
    )
    const names = columns.map((column) => column.name)
    yield { columns: names, rows: [] }
    const result = await connection.stream(selectJson(columns, subquery, since))
    for await (const rows of result.yieldRowsJson()) {
      yield { columns: names, rows: rows.map((row) => row.map((cell, index) => cellJson(cell, columns[index]))) }
    }
  } catch (error) {
    cannotRead(name, error)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function describe(connection: DuckDb.DuckDBConnection, subquery: string): Promise<readonly Column[]> {
  const described = await connection.runAndReadAll(`describe ${subquery}`)
  return described.getRows().map(([name, type]) => {
    if (typeof name !== 'string' || typeof type !== 'string')
      throw new TypeError('DESCRIBE gives names and types as text')
    return { name, type }
  })
}

function selectJson(columns: readonly Column[], subquery: string, since: RowsQuery['since']): string {
  const list = columns.map(({ name, type }) => {
    const column = `q.${quoted(name)}`
    const isPlain = DECIMAL.test(type) || TEXT.test(type) || TIME.test(type) || type === JSON_TEXT
    return isPlain ? `${column}::varchar` : `to_json(${column})::varchar`
  })
  const text = `select ${list.join(', ')} from ${subquery} q`
  if (since === undefined) return text
  const column = `q.${quoted(since.column)}`
  const type = columns.find(({ name }) => name === since.column)?.type ?? 'VARCHAR'
  const condition =
    since.after === undefined ? '' : `where ${column} >= cast(${literal(since.after)} as ${type}) or ${column} is null`
  return `${text} ${condition} order by ${column} nulls last`
}

function cellJson(cell: unknown, column: Column | undefined): string | null {
  if (typeof cell !== 'string') return null
  const type = column?.type ?? ''
  if (DECIMAL.test(type)) return decimalJson(cell)
  if (TIME.test(type)) return JSON.stringify(cell.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
  return TEXT.test(type) ? JSON.stringify(cell) : cell
}

async function loadDuckDb(name: string): Promise<typeof DuckDb> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    const message = `${name} is read by DuckDB, and its package is not installed: npm install --no-save ${PACKAGE}`
    throw new AppError('ImportRefused', message, { cause })
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function cannotRead(name: string, cause: unknown): never {
  if (cause instanceof AppError) throw cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const [first = ''] = message.split('\n')
  const [, extension] = /INSTALL (\w+)/.exec(message) ?? []
  const reason =
    extension === undefined
      ? `DuckDB cannot read it: ${first}`
      : `this needs DuckDB's extension ${extension}, which is not installed, and an import installs nothing: install it once by DuckDB's own command "INSTALL ${extension}"`
  throw new AppError('ImportRefused', `${name}: ${reason}`, { cause })
}
