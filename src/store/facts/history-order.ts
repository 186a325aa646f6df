import { type Kysely, sql } from 'kysely'
import type { PoolClient } from 'pg'
import type { ImportKind } from '../../core/facts/import/kinds.ts'
import { AppError } from '../../errors.ts'
import { databaseOn } from '../database/kysely-on-client.ts'
import type { Database } from '../database/tables/schema.ts'

/** An order counts while there are facts in it: an import that failed at once leaves none. */
const OF_FACTS = sql<{ column_name: string }>`
  select o.column_name from history_order o where exists (select from opportunity) or exists (select from account)`

/** The column by which the history is ordered; undefined where it has days. */
export async function findHistoryOrder(db: Kysely<Database>): Promise<string | undefined> {
  const { rows } = await OF_FACTS.execute(db)
  return rows[0]?.column_name
}

/** The kinds of fact that are nothing without a day. */
const DATED_KINDS: ReadonlySet<ImportKind> = new Set<ImportKind>([
  'activities',
  'intent-signals',
  'business-events',
  'customer-events',
  'stage-history',
  'opportunities',
])

/**
 * Checks before an import that the history stays what it is, ordered or dated, and notes the order of the first that has one.
 * @param column by which the mapping orders the rows
 * @returns the column by which the history is ordered
 * @throws AppError ImportRefused
 */
export async function keepToOrder(
  client: PoolClient,
  kind: ImportKind,
  column: string | undefined,
): Promise<string | undefined> {
  const stored = await findHistoryOrder(databaseOn(client))
  if (column === undefined) {
    if (stored === undefined) await client.query('delete from history_order')
    if (stored === undefined || !DATED_KINDS.has(kind)) return stored
    throw refused(
      `the history is ordered by the column ${shown(stored)} and has no days, so ${kind} with days do not go with it: ${kind === 'opportunities' ? 'order them by the same column ("order" in the mapping), or ' : ''}import them into another database`,
    )
  }
  if (stored !== undefined) {
    if (stored.toLowerCase() === column.toLowerCase()) return stored
    throw refused(
      `the history is ordered by the column ${shown(stored)}, and this file by ${shown(column)}: a history has one order. Name the column alike if it counts the same, or import into another database`,
    )
  }
  const dated = await firstDatedFact(client)
  if (dated !== undefined)
    throw refused(
      `the database holds ${dated} with days, and this file is ordered by the column ${shown(column)}: positions and days cannot be compared. Import it into another database`,
    )
  await client.query('delete from history_order')
  await client.query('insert into history_order (column_name) values ($1) on conflict do nothing', [column])
  return column
}

/** With what was taken as known all along, which has no day. */
async function firstDatedFact(client: PoolClient): Promise<string | undefined> {
  const { rows } = await client.query<{ fact: string }>(
    `select f.fact from (values
       (1, 'opportunities', exists (select from opportunity_version)),
       (2, 'activities', exists (select from activity)),
       (3, 'intent signals', exists (select from intent_signal)),
       (4, 'business events', exists (select from business_event)),
       (5, 'customer events', exists (select from customer_event)),
       (6, 'stages', exists (select from stage_history)),
       (7, 'accounts', exists (select from account_version v where not v.backfilled)),
       (8, 'contacts', exists (select from contact_version v where not v.backfilled or v.mql_at is not null))
     ) f (place, fact, is_there)
     where f.is_there order by f.place limit 1`,
  )
  return rows[0]?.fact
}

function shown(column: string): string {
  return JSON.stringify(column)
}

function refused(message: string): AppError {
  return new AppError('ImportRefused', message)
}
