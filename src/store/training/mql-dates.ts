import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import type { SnapshotRequest } from '../features/snapshot-statement.ts'
import { instantText } from '../features/instant-text.ts'
import { knownBefore } from '../features/known-before.ts'
import { isPartOf, mergedInto } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'

/** Pairs per statement. */
const CHUNK = 10_000

/**
 * When the contacts of each account became MQLs, as far as that had happened and was known before as-of: oldest
 * first, in the order of the requests. Undefined when no contact was imported with such a date: then points decide.
 */
export async function listMqlDates(
  db: Kysely<Database>,
  requests: readonly SnapshotRequest[],
): Promise<readonly (readonly Instant[])[] | undefined> {
  const supplied = await db
    .selectFrom('contact_version as v')
    .select('v.mql_at')
    .where('v.mql_at', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  if (!supplied) return undefined
  const dates: (readonly Instant[])[] = []
  for (let start = 0; start < requests.length; start += CHUNK) {
    const chunk = requests.slice(start, start + CHUNK)
    const { rows } = await sql<{ dates: readonly Instant[] }>`
      select (
        select coalesce(json_agg(m.at order by m.at), '[]')
        from (
          select distinct ${instantText('v.mql_at')} as at
          from contact_version v
          where ${isPartOf('v', mergedInto(sql`p.account_id`, sql`p.as_of`))} and v.mql_at < p.as_of
            and ${knownBefore('contact_version', 'v', sql`p.as_of`)}
        ) m
      ) as dates
      from unnest(${chunk.map((request) => request.accountId)}::bigint[], ${chunk.map((request) => request.asOf)}::timestamptz[])
        with ordinality as p (account_id, as_of, ordinality)
      order by p.ordinality`.execute(db)
    dates.push(...rows.map((row) => row.dates))
  }
  return dates
}
