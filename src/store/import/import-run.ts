import type { PoolClient } from 'pg'
import type { Instant } from '../../core/time.ts'

export interface ImportRun {
  readonly kind: string
  readonly files: readonly string[]
  readonly counts: object
  readonly reasons: object
  readonly startedAt: Instant
}

/** By the database's clock, and in a dry run that of its transaction: rows recorded afterwards are compared with it. */
export async function startOfImport(client: PoolClient): Promise<Instant> {
  const { rows } = await client.query<{ now: Instant }>('select now() as now')
  const [row] = rows
  if (!row) throw new Error('the database did not tell the time')
  return row.now
}

export async function recordImportRun(client: PoolClient, run: ImportRun): Promise<Instant> {
  const { rows } = await client.query<{ finished_at: Instant }>(
    `insert into import_run (kind, files, counts, reasons, started_at, finished_at)
     values ($1, $2, $3, $4, $5, clock_timestamp()) returning finished_at`,
    [run.kind, run.files, JSON.stringify(run.counts), JSON.stringify(run.reasons), run.startedAt],
  )
  return rows[0]?.finished_at ?? run.startedAt
}
