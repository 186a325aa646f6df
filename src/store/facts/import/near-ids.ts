import type { PoolClient } from 'pg'
import type { ImportKind } from '../../../core/facts/import/kinds.ts'

/** Ids that differ only in their spelling: in case, punctuation, or leading zeros. */
export interface NearIds {
  readonly count: number
  /** The first of them: the id, and the one that it resembles. */
  readonly first: readonly [string, string]
  /** Whether the id names an account that we do not have, or both are accounts. */
  readonly isWaiting: boolean
}

const TABLES: Readonly<Partial<Record<ImportKind, string>>> = {
  contacts: 'contact_version',
  activities: 'activity',
  'intent-signals': 'intent_signal',
  'business-events': 'business_event',
  opportunities: 'opportunity',
  'customer-events': 'customer_event',
}

/** After an import of this kind: accounts under two spellings, or rows that name an account by another spelling than ours. */
export async function findNearIds(client: PoolClient, kind: ImportKind): Promise<NearIds | undefined> {
  const table = TABLES[kind]
  if (kind !== 'accounts' && table === undefined) return undefined
  const { rows } = await client.query<{ count: number; id: string; near: string }>(
    kind === 'accounts' ? NEAR_ACCOUNTS : nearNames(table ?? ''),
  )
  const [found] = rows
  return found && { count: found.count, first: [found.id, found.near], isWaiting: kind !== 'accounts' }
}

/** Of a Salesforce id of 15 characters the case counts. What lies between two digits tells 1-23 from 12-3. */
function plain(id: string): string {
  const joined = `regexp_replace(lower(${id}), '(?<=[0-9])[^[:alnum:]]+(?=[0-9])', '~', 'g')`
  const bare = `ltrim(regexp_replace(${joined}, '[^[:alnum:]~]', '', 'g'), '0')`
  return `(case when ${id} ~ '^[A-Za-z0-9]{15}$' then ${id} else coalesce(nullif(${bare}, ''), ${id}) end collate "C")`
}

const NEAR_ACCOUNTS = `
  with spelled as (
    select min(external_id) as id, max(external_id) as near from account group by ${plain('external_id::text')} having count(*) > 1
  )
  select count(*) over ()::integer as count, id, near from spelled order by id limit 1`

function nearNames(table: string): string {
  return `
    with named as materialized (
      select distinct account_external_id::text as id from ${table} where account_id is null and account_external_id is not null
    ), met as (
      select n.id, min(a.external_id) as near from named n join account a on ${plain('a.external_id::text')} = ${plain('n.id')}
      group by n.id
    )
    select count(*) over ()::integer as count, id, near from met order by id limit 1`
}
