import type { PoolClient } from 'pg'
import type { ImportKind } from '../../core/import/kinds.ts'
import { FACT_TABLES, type FactTable } from './facts.ts'
import { lastFactId, rematchAllFacts, rematchFacts, rematchNames } from './rematch.ts'

/** Where the fact's table stood before the import. */
export interface MatchingStart {
  readonly lastId: number
}

export async function prepareMatching(client: PoolClient, kind: ImportKind): Promise<MatchingStart> {
  const fact = factOf(kind)
  return { lastId: fact ? await lastFactId(client, fact) : 0 }
}

const BRINGS_ACCOUNTS: readonly ImportKind[] = ['accounts', 'contacts', 'account-links']

/**
 * After an import that brought accounts or ways to them, everything that waits is matched again. After an import of facts
 * only its own rows are: their accounts may have been committed by another import while a batch was under way.
 */
export async function finishImport(
  client: PoolClient,
  kind: ImportKind,
  start: MatchingStart,
): Promise<{ rematched: number; ownRows: number; sharedLinks: number }> {
  const fact = factOf(kind)
  let rematched = 0
  let ownRows = 0
  if (BRINGS_ACCOUNTS.includes(kind)) rematched = (await rematchNames(client)) + (await rematchAllFacts(client))
  else if (kind === 'opportunities') await rematchNames(client)
  else if (fact) ownRows = await rematchFacts(client, fact, start.lastId)
  for (const table of TABLES[kind]) await client.query(`analyze ${table}`)
  const sharedLinks = kind === 'accounts' || kind === 'account-links' ? await countSharedLinks(client) : 0
  return { rematched, ownRows, sharedLinks }
}

async function countSharedLinks(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ shared: number }>(`
    select count(*) as shared from (
      select from account_link l where l.removed_at is null group by l.kind, l.value having count(*) > 1) shared`)
  return rows[0]?.shared ?? 0
}

/** Fresh statistics: whoever trains right after an import would wait for the server's own round of them. */
const TABLES: Readonly<Record<ImportKind, readonly string[]>> = {
  accounts: ['account', 'account_version', 'account_link'],
  contacts: ['contact', 'contact_version'],
  activities: ['activity'],
  'intent-signals': ['intent_signal'],
  'business-events': ['business_event'],
  opportunities: ['opportunity', 'opportunity_version'],
  'opportunity-contacts': ['opportunity_contact'],
  'stage-history': ['stage_history'],
  'account-links': ['account_link'],
  'customer-events': ['customer_event'],
  spend: [],
  rates: [],
}

function factOf(kind: ImportKind): FactTable | undefined {
  const facts: Readonly<Partial<Record<ImportKind, FactTable>>> = FACT_TABLES
  return facts[kind]
}
