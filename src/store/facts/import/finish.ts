import type { PoolClient } from 'pg'
import type { ImportKind } from '../../../core/facts/import/kinds.ts'
import { rematch } from './match/rematch.ts'

/** After the last batch: matches again the facts whose account may have changed, and counts shared links. */
export async function finishImport(
  client: PoolClient,
  kind: ImportKind,
): Promise<{ readonly rematched: number; readonly sharedLinks: number }> {
  for (const table of TABLES[kind]) await client.query('select analyze_table($1)', [table])
  const rematched = await rematch(client)
  return {
    rematched,
    sharedLinks: kind === 'accounts' || kind === 'account-links' ? await countSharedLinks(client) : 0,
  }
}

async function countSharedLinks(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ shared: number }>(
    `select count(*) as shared from account_claim where account_id is null and valid_until = 'infinity'`,
  )
  return rows[0]?.shared ?? 0
}

/**
 * Fresh statistics: a training right after an import runs before the server's autovacuum. A sample of 9,000
 * rows is enough until then; the usual 30,000 take half a second, which is long after a small import.
 */
const TABLES: Readonly<Record<ImportKind, readonly string[]>> = {
  accounts: ['account', 'account_version', 'account_link', 'account_claim'],
  contacts: ['contact', 'contact_version'],
  activities: ['activity', 'web_domain'],
  'intent-signals': ['intent_signal'],
  'business-events': ['business_event'],
  opportunities: ['opportunity', 'opportunity_version'],
  'opportunity-contacts': ['opportunity_contact'],
  'stage-history': ['stage_history'],
  'account-links': ['account_link', 'account_claim'],
  'customer-events': ['customer_event'],
  spend: [],
  rates: [],
}
