import { type Kysely, sql } from 'kysely'
import { ProofVerdict, StoredVerdict, type Verdict } from '../../core/evaluation/registry/proof.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

export interface StoredBacktest {
  readonly version: string
  readonly verdict: Verdict
  readonly reasons: ProofVerdict['reasons']
  /** The whole proof as it was stored. */
  readonly report: unknown
  readonly createdAt: Instant
}

/**
 * Stores a proof as the newest backtest of a version; earlier ones stay.
 * @param report the proof, of which the verdict and the reasons of both models are checked here
 * @param page the report as HTML; null when none was made
 */
export async function insertBacktest(
  db: Kysely<Database>,
  version: string,
  report: object,
  page: string | null = null,
): Promise<void> {
  const { verdict } = ProofVerdict.parse(report)
  await db
    .insertInto('backtest')
    .values({ version, verdict, report: JSON.stringify(report), page })
    .execute()
}

/** The page of a version's newest backtest; undefined where there was no backtest, null where it has no page. */
export async function findBacktestPage(db: Kysely<Database>, version: string): Promise<string | null | undefined> {
  const row = await newestOf(db, version).select('b.page').executeTakeFirst()
  return row?.page
}

/** The proof of a version's newest backtest as the text that was stored, key for key, and its format. */
export async function findProofText(
  db: Kysely<Database>,
  version: string,
): Promise<{ readonly format: string | null; readonly text: string } | undefined> {
  return await newestOf(db, version)
    .select([sql<string | null>`b.report ->> 'format'`.as('format'), sql<string>`b.report::text`.as('text')])
    .executeTakeFirst()
}

function newestOf(db: Kysely<Database>, version: string) {
  return db.selectFrom('backtest as b').where('b.version', '=', version).orderBy('b.backtest_id', 'desc').limit(1)
}

/** The newest backtest of a version. */
export async function findBacktest(db: Kysely<Database>, version: string): Promise<StoredBacktest | undefined> {
  const row = await newestOf(db, version).select(['b.version', 'b.report', 'b.created_at']).executeTakeFirst()
  if (!row) return undefined
  const { verdict, reasons } = StoredVerdict.parse(row.report)
  return { version: row.version, verdict, reasons, report: row.report, createdAt: row.created_at }
}
