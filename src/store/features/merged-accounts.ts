import { type Kysely, type RawBuilder, sql } from 'kysely'
import { knownBefore } from './known-before.ts'
import type { Database } from '../database/tables/schema.ts'

// What a merge means as of an instant: facts keep the account they were imported for, and only this file decides to which
// account
// they belong. Each fragment takes SQL expressions: an account's id, and an instant.

/** The accounts among these that are part of a merge, whenever it became known. */
export async function listMerging(db: Kysely<Database>, accountIds: readonly number[]): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ account_id: number }>`
    select m.account_id from merged_account m where m.account_id = any (${accountIds}::bigint[])
    union select m.survivor_id from merged_account m where m.survivor_id = any (${accountIds}::bigint[])`.execute(db)
  return new Set(rows.map((row) => row.account_id))
}

/** The accounts that form one history by then: the account itself and those merged into it, as an array. */
export function mergedInto(accountId: RawBuilder<unknown>, asOf: RawBuilder<unknown>): RawBuilder<number[]> {
  return sql`array(
    select ${accountId}
    union all
    select m.account_id from merged_account m where m.survivor_id = ${accountId} and ${knownBefore('merged_account', 'm', asOf)}
  )`
}

/** The same for an account that may have been merged itself: the history of its survivor. */
export function sharedHistory(accountId: RawBuilder<unknown>, asOf: RawBuilder<unknown>): RawBuilder<number[]> {
  return mergedInto(survivorOf(accountId, asOf), asOf)
}

/** The account that a row was imported for; `survivorOf` it owns the row as of an instant. @param alias of a table of facts */
export function filedUnder(alias: string): RawBuilder<number> {
  return sql`${sql.ref(`${alias}.account_id`)}`
}

/** Whether a row is part of a history. @param alias of a table of facts @param history of `mergedInto` or `sharedHistory` */
export function isPartOf(alias: string, history: RawBuilder<number[]>): RawBuilder<boolean> {
  return sql`${filedUnder(alias)} = any (${history})`
}

/** Whether the account had been merged into another by then. */
export function isMergedAway(accountId: RawBuilder<unknown>, asOf: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`exists (
    select from merged_account m where m.account_id = ${accountId} and ${knownBefore('merged_account', 'm', asOf)}
  )`
}

/** The survivor by then: the account itself, or the one into which it was last merged. */
export function survivorOf(accountId: RawBuilder<unknown>, asOf: RawBuilder<unknown>): RawBuilder<number> {
  return sql`coalesce((
    select m.survivor_id from merged_account m where m.account_id = ${accountId} and ${knownBefore('merged_account', 'm', asOf)}
    order by m.depth desc limit 1
  ), ${accountId})`
}
