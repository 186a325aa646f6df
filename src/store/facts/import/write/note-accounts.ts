/**
 * A statement that adds accounts, and their survivors, to the score queue.
 * An account that is queued already stays locked until the facts are committed.
 *
 * @param accounts a query of account_id, which may be null
 */
export function queueAccounts(accounts: string): string {
  return `
      insert into account_to_score as n (account_id)
      select account_id from (
        with touched as (${accounts})
        select account_id from touched where account_id is not null
        union select m.survivor_id from merged_account m where m.account_id in (select account_id from touched)
      ) stale
      order by account_id
      on conflict (account_id) do update set since = n.since`
}
