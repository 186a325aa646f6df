import type { PoolClient } from 'pg'
import type { ImportKind } from '../../../core/facts/import/kinds.ts'

/** What several accounts claim, and so leads to none of them. */
export interface SharedClaims {
  /** Domains, networks and visitor ids. */
  readonly links: number
  readonly visitors: number
  /** Email addresses that contacts of several accounts have. */
  readonly mailboxes: number
}

const NOTHING_SHARED: SharedClaims = { links: 0, visitors: 0, mailboxes: 0 }

/** Counts the claims that an import of this kind may have made. */
export async function countSharedClaims(client: PoolClient, kind: ImportKind): Promise<SharedClaims> {
  switch (kind) {
    case 'accounts':
    case 'account-links':
      return { links: await count(client, links('true')), visitors: 0, mailboxes: await count(client, MAILBOXES) }
    case 'contacts':
      return { ...NOTHING_SHARED, mailboxes: await count(client, MAILBOXES) }
    case 'activities':
      return { ...NOTHING_SHARED, visitors: await count(client, links(`kind = 'visitor'`)) }
    default:
      return NOTHING_SHARED
  }
}

async function count(client: PoolClient, query: string): Promise<number> {
  const { rows } = await client.query<{ shared: number }>(query)
  return rows[0]?.shared ?? 0
}

function links(condition: string): string {
  return `select count(*)::integer as shared from account_claim where account_id is null and valid_until = 'infinity' and ${condition}`
}

const MAILBOXES = `
  select count(*)::integer as shared from (
    select v.email
    from (
      select distinct on (contact_id, source) email, account_id, deleted from contact_version
      order by contact_id, source, known_at desc
    ) v
    left join lateral (
      select m.survivor_id from merged_account m where m.account_id = v.account_id order by m.depth desc limit 1
    ) m on true
    where v.email is not null and v.account_id is not null and not v.deleted
    group by v.email having count(distinct coalesce(m.survivor_id, v.account_id)) > 1
  ) shared`
