import { sha256Of } from '../../../../core/base/json-hash.ts'
import { AppError } from '../../../../errors.ts'
import { duckDbRows } from '../../../../store/facts/sources/duckdb-rows.ts'
import { postgresRows } from '../../../../store/facts/sources/postgres-rows.ts'
import { jsonLine, type RowsDatabase } from '../../../../store/facts/sources/rows-query.ts'
import type { SpooledFile } from '../read-file.ts'
import { readBookmarks, writeBookmark } from './bookmarks.ts'
import { withSpool } from './spool.ts'

export interface QueryOptions {
  /** `postgresql://…`, `duckdb:` or `duckdb:FILE`. */
  readonly from: string
  readonly query: string
  /** Only rows that are new since the last time, by this column of the query. */
  readonly sinceColumn?: string | undefined
  /** Where the last value of `sinceColumn` is kept. */
  readonly stateFile?: string | undefined
}

export type QueryRows =
  | { readonly kind: 'rows'; readonly count: number; readonly file: SpooledFile }
  | { readonly kind: 'none'; readonly name: string }

/**
 * Reads all rows of a query before the first of them is used, so that the other database is left soon and an import that fails
 * there has changed nothing here.
 * @param use answers whether the rows are stored, so that the bookmark moves to the last of them
 * @throws AppError ImportRefused in one line that repeats no password
 */
export async function withQueryRows(options: QueryOptions, use: (rows: QueryRows) => Promise<boolean>): Promise<void> {
  const { query, sinceColumn: column, stateFile } = options
  const database = databaseOf(options.from)
  const key = sha256Of([database.name, query, column ?? '']).slice(0, 16)
  const after = column === undefined || stateFile === undefined ? undefined : (await readBookmarks(stateFile))[key]
  await withSpool('query.jsonl', async (spool) => {
    let count = 0
    let bookmark: string | undefined
    for await (const { columns, rows } of database.read({
      sql: query,
      since: column === undefined ? undefined : { column, after },
    })) {
      await spool.write(rows.map((row) => jsonLine(columns, row)).join(''))
      count += rows.length
      const place = columns.indexOf(column ?? '')
      bookmark = textOf(rows.findLast((row) => (row[place] ?? null) !== null)?.[place]) ?? bookmark
    }
    const { name } = database
    const isStored = await use(
      count === 0 ? { kind: 'none', name } : { kind: 'rows', count, file: { path: spool.path, name } },
    )
    if (isStored && stateFile !== undefined && bookmark !== undefined) await writeBookmark(stateFile, key, bookmark)
  })
}

function databaseOf(from: string): RowsDatabase {
  if (/^postgres(?:ql)?:\/\//i.test(from)) return postgresRows(from)
  if (from.startsWith('duckdb:')) return duckDbRows(from.slice('duckdb:'.length) || undefined)
  if (from.endsWith('.duckdb')) return duckDbRows(from)
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(from) ?? []
  const hint =
    scheme === undefined
      ? 'a file of Parquet, CSV or JSON is given as it is: winrate import --kind activities events.parquet'
      : `DuckDB reads some others by its extensions: --from duckdb: --query "select * from ${scheme.toLowerCase()}_scan(...)"`
  throw new AppError(
    'ImportRefused',
    `--from takes postgresql://…, duckdb: or duckdb:FILE, got ${scheme ?? 'no URL'}: ${hint}`,
  )
}

/** A JSON text or number as its plain text. */
function textOf(json: string | null | undefined): string | undefined {
  if (json === null || json === undefined) return undefined
  return json.startsWith('"') ? String(JSON.parse(json)) : json
}
