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
 * Notes that an import is under way. One of the same content that was interrupted is taken up where it began, in time:
 * so what an undated row changes is dated as in one undisturbed run.
 *
 * The instant is of the database's clock, in a dry run its transaction's: rows recorded afterwards are compared with it.
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
  if (!row) throw new Error('the database did not tell the time')
  return row.started_at
}

/** One row for each file, so that the latest import of a file can be told from earlier ones. */
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
