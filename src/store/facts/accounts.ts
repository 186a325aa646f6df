import { type Kysely, sql } from 'kysely'
import { domainNames } from '../../core/facts/identity/domain-names.ts'
import { normalDomain } from '../../core/facts/identity/domains.ts'
import { keySpellings } from '../../core/facts/identity/keys.ts'
import type { Instant } from '../../core/base/time.ts'
import type { AttributeVersion } from '../../core/features/snapshot.ts'
import { newestAccountVersions } from '../features/newest-versions.ts'
import { knownBefore } from '../features/known-before.ts'
import { isPartOf, mergedInto, survivorOf } from '../features/merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'

/** The keys of one account: the service's number, or the CRM's id. */
export type OwnKey = { readonly id: number } | { readonly external_id: string }

/** Several accounts may share a web domain. */
export type AccountKey = OwnKey | { readonly domain: string }

/**
 * The accounts of these keys, each in any of its spellings. A merged account is found by either account's key; a domain is also found
 * under its parent domains, as in the match rule.
 * @param asOf the merges known before it count; by default the database's clock
 * @returns the accounts of each key, in the order of the keys: more than one only for a shared domain
 */
export async function matchAccounts(
  db: Kysely<Database>,
  keys: readonly AccountKey[],
  asOf?: Instant,
): Promise<readonly (readonly number[])[]> {
  if (keys.length === 0) return []
  const columns = keys.map(toColumns)
  const cutoff = asOf === undefined ? sql`clock_timestamp()` : sql`${asOf}::timestamptz`
  // Arrays instead of one parameter per key: more than 65,535 parameters fail with a misleading message.
  const { rows } = await sql<{ place: number; account_id: number }>`
    with wanted as (
      select place, id, external_id, canonical_key, short_key, domain_names
      from unnest(
        ${columns.map((key) => key.id)}::bigint[],
        ${columns.map((key) => key.spellings[0])}::text[],
        ${columns.map((key) => key.spellings[1])}::text[],
        ${columns.map((key) => key.spellings[2])}::text[],
        ${columns.map((key) => key.domainNames)}::text[]
      ) with ordinality as asked (id, external_id, canonical_key, short_key, domain_names, place)
    ), named as (
      select wanted.place, account.account_id from wanted join account on account.account_id = wanted.id
      union all
      select wanted.place, spelled.account_id from wanted
      cross join lateral (
        select account.account_id from unnest(array[wanted.external_id, wanted.canonical_key, wanted.short_key]) with ordinality
          as spelling (key, place) join account on account.external_id = spelling.key
        order by spelling.place limit 1
      ) spelled
      union all
      select wanted.place, claimed.account_id from wanted
      cross join lateral (
        select link.account_id, rank() over (order by name.place) as width
        from unnest(string_to_array(wanted.domain_names, ' ')) with ordinality as name (domain, place)
        join account_link link on link.kind = 'domain' and link.value = name.domain and link.removed_at is null
      ) claimed
      where claimed.width = 1
    )
    select distinct named.place, ${survivorOf(sql`named.account_id`, cutoff)} as account_id from named
    order by place, account_id`.execute(db)
  const matches: number[][] = keys.map(() => [])
  for (const row of rows) matches[row.place - 1]?.push(row.account_id)
  return matches
}

/** The account of each key, by the merges known now: of a merged account the one that remains. */
export async function findSurvivors<Key extends OwnKey>(
  db: Kysely<Database>,
  keys: readonly Key[],
): Promise<ReadonlyMap<Key, number>> {
  const matches = await matchAccounts(db, keys)
  return new Map(keys.flatMap((key, index) => (matches[index] ?? []).map((accountId) => [key, accountId] as const)))
}

function toColumns(key: AccountKey) {
  // A text that is not a domain identifies no account.
  const domain = 'domain' in key ? normalDomain(key.domain) : undefined
  return {
    id: 'id' in key ? key.id : null,
    spellings: 'external_id' in key ? keySpellings(key.external_id) : [],
    domainNames: domain === undefined ? null : domainNames(domain).join(' '),
  }
}

/** What is known of an account before an instant, by source, with that of the accounts merged into it. */
export async function listAttributes(
  db: Kysely<Database>,
  accountId: number,
  asOf: Instant,
): Promise<readonly AttributeVersion[]> {
  const until = sql`${asOf}::timestamptz`
  const history = mergedInto(sql`${accountId}::bigint`, until)
  const { rows } = await sql<AttributeVersion>`
    select w.source, w.attributes, w.backfilled
    from ${newestAccountVersions(sql`${accountId}::bigint`, (alias) => isPartOf(alias, history), until)} w`.execute(db)
  return rows
}

/** The external id of an account that was known before an instant. */
export async function findExternalId(
  db: Kysely<Database>,
  accountId: number,
  asOf: Instant,
): Promise<string | undefined> {
  const { rows } = await sql<{ external_id: string }>`
    select a.external_id from account a
    where a.account_id = ${accountId} and ${knownBefore('account', 'a', sql`${asOf}::timestamptz`)}`.execute(db)
  return rows[0]?.external_id
}
