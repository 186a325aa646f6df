import { type RawBuilder, sql } from 'kysely'
import { knownBefore } from './known-before.ts'

/**
 * What each source tells of an account as of an instant (source, attributes, backfilled): its newest version of the account
 * itself where it has told of that, else of one merged into it. A source that took the account back tells nothing.
 * @param isOwn whether a row is part of the account's history
 */
export function newestVersions(
  accountId: RawBuilder<unknown>,
  isOwn: (alias: string) => RawBuilder<boolean>,
  asOf: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`(
    select distinct on (w.source) w.source, w.attributes, w.backfilled from (
      select distinct on (u.account_id, u.source) u.* from account_version u
      where ${isOwn('u')} and ${knownBefore('account_version', 'u', asOf)}
      order by u.account_id, u.source, u.known_at desc
    ) w
    where not w.deleted
    order by w.source, w.account_id = ${accountId} desc, w.known_at desc, w.account_id
  )`
}
