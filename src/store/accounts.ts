import { type Kysely, sql } from 'kysely'
import { normalDomain } from '../core/import/domains.ts'
import type { Database } from './schema.ts'

/** How a caller may name an account: our number, the CRM's id, or a web domain. */
export type AccountKey = { readonly id: number } | { readonly external_id: string } | { readonly domain: string }

/** @returns for each key, in the order asked, the accounts it names: more than one only for a domain they share */
export async function matchAccounts(
  db: Kysely<Database>,
  keys: readonly AccountKey[],
): Promise<readonly (readonly number[])[]> {
  if (keys.length === 0) return []
  const columns = keys.map(toColumns)
  // Arrays instead of one parameter a key: more than 65,535 parameters fail with a misleading message.
  const { rows } = await sql<{ place: number; account_id: number }>`
    with wanted as (
      select place, id, external_id, domain
      from unnest(
        ${columns.map((key) => key.id)}::bigint[],
        ${columns.map((key) => key.externalId)}::text[],
        ${columns.map((key) => key.domain)}::text[]
      ) with ordinality as asked (id, external_id, domain, place)
    )
    select wanted.place, account.account_id from wanted join account on account.account_id = wanted.id
    union all
    select wanted.place, account.account_id from wanted join account on account.external_id = wanted.external_id
    union all
    select wanted.place, account_link.account_id from wanted
    join account_link on account_link.kind = 'domain' and account_link.value = wanted.domain
      and account_link.removed_at is null
    order by place, account_id`.execute(db)
  const matches: number[][] = keys.map(() => [])
  for (const row of rows) matches[row.place - 1]?.push(row.account_id)
  return matches
}

function toColumns(key: AccountKey): { id: number | null; externalId: string | null; domain: string | null } {
  return {
    id: 'id' in key ? key.id : null,
    externalId: 'external_id' in key ? key.external_id : null,
    // What is not a domain is nobody's.
    domain: 'domain' in key ? (normalDomain(key.domain) ?? null) : null,
  }
}
