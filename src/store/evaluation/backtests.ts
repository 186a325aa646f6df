import { type Kysely, sql } from 'kysely'
import { BacktestVerdict, type Verdict } from '../../core/evaluation/registry/proof.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

export interface StoredBacktest {
  readonly version: string
  readonly verdict: Verdict
  readonly reasons: BacktestVerdict['reasons']
  /** The whole report as it was stored. */
  readonly report: unknown
  readonly createdAt: Instant
}

/**
 * Stores a report as the newest of a version; earlier reports are kept.
 * @param report any JSON object with a verdict and its reasons
 * @param page the report as HTML; null when none was rendered
 */
export async function insertBacktest(
  db: Kysely<Database>,
  version: string,
  report: object,
  page: string | null = null,
): Promise<void> {
  const { verdict } = BacktestVerdict.parse(report)
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

/** The report of a version's newest backtest as the text that was stored, key for key. */
export async function findBacktestReportText(db: Kysely<Database>, version: string): Promise<string | undefined> {
  const row = await newestOf(db, version).select(sql<string>`b.report::text`.as('report')).executeTakeFirst()
  return row?.report
}

function newestOf(db: Kysely<Database>, version: string) {
  return db.selectFrom('backtest as b').where('b.version', '=', version).orderBy('b.backtest_id', 'desc').limit(1)
}

/** The newest backtest of a version. */
export async function findBacktest(db: Kysely<Database>, version: string): Promise<StoredBacktest | undefined> {
  const row = await newestOf(db, version).select(['b.version', 'b.report', 'b.created_at']).executeTakeFirst()
  if (!row) return undefined
  const { verdict, reasons } = BacktestVerdict.parse(row.report)
  return { version: row.version, verdict, reasons, report: row.report, createdAt: row.created_at }
}
