import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'

/** A temporary table of the session that empties itself at the end of each transaction. */
export interface Staging {
  readonly table: string
  /** SQL type of each column, in the order in which COPY sends them. `row` comes first by itself. */
  readonly columns: Readonly<Record<string, string>>
  /** Further columns, filled by statements. */
  readonly extra?: Readonly<Record<string, string>>
}

/** Keys compare and sort as bytes, as the facts' own columns do. */
export const KEY = 'text collate "C"'

export async function createStaging(client: PoolClient, staging: Staging): Promise<void> {
  const columns = Object.entries({ ...staging.columns, ...staging.extra }).map(([name, type]) => `${name} ${type}`)
  await client.query(
    `create temporary table if not exists ${staging.table} (row integer not null, ${columns.join(', ')}) on commit delete rows`,
  )
}

/** COPY has no limit on parameters, and is the fastest way. Rows are numbered from 0. */
export async function copyRows(client: PoolClient, staging: Staging, rows: readonly StagedRow[]): Promise<void> {
  const names = Object.keys(staging.columns)
  const stream = client.query(copyFrom(`copy ${staging.table} (row, ${names.join(', ')}) from stdin`))
  await pipeline(Readable.from(copyText(rows, names), { objectMode: false }), stream)
}

const ROWS_PER_CHUNK = 500

function* copyText(rows: readonly StagedRow[], names: readonly string[]): Generator<Buffer> {
  for (let start = 0; start < rows.length; start += ROWS_PER_CHUNK) {
    let text = ''
    for (let index = start; index < Math.min(start + ROWS_PER_CHUNK, rows.length); index += 1) {
      text += String(index)
      const row = rows[index] ?? {}
      for (const name of names) text += `\t${copyValue(row[name])}`
      text += '\n'
    }
    yield Buffer.from(text)
  }
}

const SPECIAL = /[\\\t\n\r]/
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function copyValue(value: string | null | undefined): string {
  if (value === null || value === undefined) return '\\N'
  return SPECIAL.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? '') : value
}
