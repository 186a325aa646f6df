import type { PoolClient } from 'pg'
import type { Instant } from '../../core/time.ts'

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

export async function recordImportRun(client: PoolClient, fingerprint: string, run: ImportRun): Promise<Instant> {
  const { rows } = await client.query<{ finished_at: Instant }>(
    `with finished as (delete from import_attempt where fingerprint = $6)
     insert into import_run (kind, files, counts, reasons, started_at, finished_at)
     values ($1, $2, $3, $4, $5, clock_timestamp()) returning finished_at`,
    [run.kind, run.files, JSON.stringify(run.counts), JSON.stringify(run.reasons), run.startedAt, fingerprint],
  )
  return rows[0]?.finished_at ?? run.startedAt
}
