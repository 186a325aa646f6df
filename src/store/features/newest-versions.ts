import { type RawBuilder, sql } from 'kysely'
import { knownBefore } from './known-before.ts'

/** What one version is the newest of. */
const KEYS = {
  account_version: ['account_id', 'source'],
  contact_version: ['contact_id', 'source'],
  opportunity_version: ['opportunity_id'],
} as const

/** For facts without an as-of: every version is known before it. */
export const ALWAYS = sql`'infinity'::timestamptz`

/**
 * The newest version that each source gave of each account, contact or opportunity before an instant, deletions included.
 * @param condition which versions, of the alias `version`
 */
export function newestVersions(
  table: keyof typeof KEYS,
  condition: RawBuilder<unknown>,
  asOf: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const keys = sql.join(KEYS[table].map((key) => sql.ref(`version.${key}`)))
  return sql`(
    select distinct on (${keys}) version.* from ${sql.table(table)} version
    where ${condition} and ${knownBefore(table, 'version', asOf)}
    order by ${keys}, version.known_at desc
  )`
}

/**
 * What each source gives of an account as of an instant (source, attributes, backfilled): its newest version of the account
 * itself, or where it has none, of an account merged into it. A deleted version gives nothing.
 * @param isOwn whether a row is part of the account's history
 */
export function newestAccountVersions(
  accountId: RawBuilder<unknown>,
  isOwn: (alias: string) => RawBuilder<boolean>,
  asOf: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`(
    select distinct on (w.source) w.source, w.attributes, w.backfilled
    from ${newestVersions('account_version', isOwn('version'), asOf)} w
    where not w.deleted
    order by w.source, w.account_id = ${accountId} desc, w.known_at desc, w.account_id
  )`
}
