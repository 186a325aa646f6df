import type { PoolClient } from 'pg'
import type { ImportKind } from '../../../core/facts/import/kinds.ts'
import type { BatchContext } from './batch.ts'
import { rematch } from './match/rematch.ts'
import { findNearIds, type NearIds } from './near-ids.ts'
import { takeUnlistedBack } from './write/write.ts'
import { countSharedClaims, type SharedClaims } from './shared-claims.ts'

export interface Finished {
  /** Facts that had been waiting for an account and found one. */
  readonly rematched: number
  readonly shared: SharedClaims
  readonly near: NearIds | undefined
  /** Parts that their records no longer list. */
  readonly takenBack: number
}

/** After the last batch: matches again the facts whose account may have changed, and counts what identifies nobody. */
export async function finishImport(client: PoolClient, kind: ImportKind, context: BatchContext): Promise<Finished> {
  const takenBack = context.isParted ? await takeUnlistedBack(client, kind, context) : 0
  for (const table of TABLES[kind]) await client.query('select analyze_table($1)', [table])
  const rematched = await rematch(client)
  return { rematched, shared: await countSharedClaims(client, kind), near: await findNearIds(client, kind), takenBack }
}

/**
 * Fresh statistics: a training right after an import runs before the server's autovacuum. A sample of 9,000
 * rows is enough until then; the usual 30,000 take half a second, which is long after a small import.
 */
const TABLES: Readonly<Record<ImportKind, readonly string[]>> = {
  accounts: ['account', 'account_version', 'account_link', 'account_claim'],
  contacts: ['contact', 'contact_version'],
  activities: ['activity', 'web_domain', 'visitor_tie'],
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
