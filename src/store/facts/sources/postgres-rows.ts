import pg, { type FieldDef } from 'pg'
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

const PORTION_ROWS = 2000
const CONNECT_MS = 10_000
/** For each portion of rows; the first one includes all that the query sorts and groups. */
export const PORTION_TIMEOUT_MINUTES = 10
const SETTINGS = `set local timezone to 'UTC'; set local datestyle to 'ISO'; set local extra_float_digits to 1;
  set local idle_in_transaction_session_timeout to 0`
/** What PostgreSQL sends as text and is no JSON of itself: `float4`, `float8`, `numeric`. */
const DECIMALS = new Set([700, 701, 1700])
const BYTEA = new Set([17, 1001])
const READ_ONLY = '25006'
const FEATURE_NOT_SUPPORTED = '0A000'
const QUERY_CANCELED = '57014'

/**
 * A PostgreSQL database that is only read: in one read-only transaction, as of its beginning, through a cursor.
 * @param url may hold a password, which no message repeats
 */
export function postgresRows(url: string): RowsDatabase {
  const name = shownUrl(url)
  return { name, read: (query) => read(url, name, query) }
}

async function* read(url: string, name: string, query: RowsQuery): AsyncGenerator<RowsPortion> {
  const subquery = asSubquery(query.sql)
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: PORTION_TIMEOUT_MINUTES * 60_000,
    application_name: 'winrate import',
    types: { getTypeParser: () => (text: unknown) => text },
  })
  // A connection that is lost between two portions fails the next one.
  client.on('error', () => undefined)
  await client.connect().catch((error: unknown) => cannotConnect(name, error))
  try {
    await client.query('begin transaction isolation level repeatable read read only')
    await client.query(SETTINGS)
    const columns = await describe(client, name, subquery, query)
    await open(client, subquery, columns, query)
    for (;;) {
      const { rows } = await client.query<(string | null)[]>({
        text: `fetch forward ${PORTION_ROWS} from winrate_rows`,
        rowMode: 'array',
      })
      yield { columns: columns.map((column) => column.name), rows: rows.map((row) => cells(row, columns)) }
      if (rows.length < PORTION_ROWS) break
    }
  } catch (error) {
    cannotRead(name, error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function describe(client: pg.Client, name: string, subquery: string, query: RowsQuery): Promise<FieldDef[]> {
  const { fields } = await client.query(oneStatement(`select * from ${subquery} q limit 0`, []))
  checkColumns(
    name,
    fields.map((field) => ({ name: field.name, isBinary: BYTEA.has(field.dataTypeID) })),
    query.since,
  )
  return fields
}

/** Each column as JSON, times of day and instants in the notation of ISO 8601, but for numbers, which are their digits. */
async function open(client: pg.Client, subquery: string, columns: FieldDef[], { since }: RowsQuery): Promise<void> {
  const list = columns.map(({ name, dataTypeID }) =>
    DECIMALS.has(dataTypeID) ? `q.${quoted(name)}::text` : `to_json(q.${quoted(name)})::text`,
  )
  const column = since && `q.${quoted(since.column)}`
  const condition = since?.after === undefined ? '' : `where ${column} >= $1 or ${column} is null`
  const text = `declare winrate_rows no scroll cursor for
    select ${list.join(', ')} from ${subquery} q ${condition} ${column ? `order by ${column}` : ''}`
  await client.query(oneStatement(text, since?.after === undefined ? [] : [since.after]))
}

/** By the extended protocol, which takes no second statement behind a semicolon. */
function oneStatement(text: string, values: string[]) {
  return { text, values, queryMode: 'extended' }
}

function cells(row: readonly (string | null)[], columns: readonly FieldDef[]): (string | null)[] {
  return row.map((cell, index) => (DECIMALS.has(columns[index]?.dataTypeID ?? 0) ? decimalJson(cell) : cell))
}

/** `postgresql://host:5432/sales`. */
function shownUrl(url: string): string {
  if (!URL.canParse(url)) throw new AppError('ImportRefused', '--from: this is no URL of PostgreSQL')
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

function cannotConnect(name: string, cause: unknown): never {
  const [reason] = messageOf(cause).split('\n')
  throw new AppError('ImportRefused', `${name} cannot be reached: ${reason}`, { cause })
}

function cannotRead(name: string, cause: unknown): never {
  if (cause instanceof AppError) throw cause
  const code = cause instanceof pg.DatabaseError ? cause.code : undefined
  const [message = ''] = messageOf(cause).split('\n')
  const writes = code === READ_ONLY || (code === FEATURE_NOT_SUPPORTED && message.includes('data-modifying'))
  const reason = writes
    ? `the query would write, and an import only reads there (${message})`
    : code === QUERY_CANCELED
      ? `the query took more than ${PORTION_TIMEOUT_MINUTES} minutes for ${PORTION_ROWS} rows, or was cancelled: select less, or add an index`
      : `the query failed: ${message}`
  throw new AppError('ImportRefused', `${name}: ${reason}; nothing was imported`, { cause })
}

function messageOf(error: unknown): string {
  // Of several addresses that were tried, each has its own error.
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
