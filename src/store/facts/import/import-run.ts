import type { PoolClient } from 'pg'
import type { Instant } from '../../../core/base/time.ts'

export interface ImportRun {
  readonly kind: string
  readonly files: readonly string[]
  readonly counts: object
  readonly reasons: object
  readonly startedAt: Instant
}

/**
 * Records that an import is in progress. After an interruption, an import of the same content keeps the first one's starting
 * time:
 * so changes in undated rows are dated as in an uninterrupted run.
 *
 * The instant is from the database's clock, in a dry run its transaction's: rows recorded afterwards are compared with it.
 * @param fingerprint SHA-256 of everything that decides what the import writes
 */
export async function beginImport(
  client: PoolClient,
  fingerprint: string,
  { kind, files }: Pick<ImportRun, 'kind' | 'files'>,
): Promise<Instant> {
  const { rows } = await client.query<{ started_at: Instant }>(
    `insert into import_attempt (fingerprint, kind, files, started_at) values ($1, $2, $3, now())
     on conflict (fingerprint) do update set files = excluded.files returning started_at`,
    [fingerprint, kind, files],
  )
  const [row] = rows
  if (!row) throw new Error('the database returned no time')
  return row.started_at
}

/** Writes one row for each file, so that the latest import of a file can be found. */
export async function recordImportRuns(
  client: PoolClient,
  fingerprint: string,
  startedAt: Instant,
  runs: readonly ImportRun[],
): Promise<Instant> {
  const { rows } = await client.query<{ finished_at: Instant }>(
    `with finished as (delete from import_attempt where fingerprint = $1)
     insert into import_run (kind, files, counts, reasons, started_at, finished_at)
     select r.kind, r.files, r.counts, r.reasons, $2, clock_timestamp()
     from jsonb_to_recordset($3) r (kind text, files text[], counts jsonb, reasons jsonb)
     returning finished_at`,
    [fingerprint, startedAt, JSON.stringify(runs)],
  )
  return rows.at(-1)?.finished_at ?? startedAt
}
