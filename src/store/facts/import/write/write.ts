import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import type { ImportKind } from '../../../../core/facts/import/kinds.ts'
import { ACCOUNT_STAGING, writeAccounts } from './accounts.ts'
import { type BatchContext, type BatchOutcome, inBatchTransaction } from '../batch.ts'
import { CONTACT_STAGING, writeContacts } from './contacts.ts'
import { FACT_TABLES } from './fact-tables.ts'
import { writeFacts } from './facts.ts'
import { noteListedParts, unlistedParts } from './listed-parts.ts'
import { LINK_TABLES, writeLinks } from '../links/links.ts'
import { writeOpportunities } from './opportunities.ts'
import { ENTRY_STAGING, OPPORTUNITY_STAGING } from './opportunity-statements.ts'
import { PERIOD_TABLES, writePeriods } from './periods.ts'
import { createStaging, type Staging } from './staging.ts'
import { createDecisions } from './versions.ts'

const ROWS_A_BATCH = 10_000

export async function prepareSession(client: PoolClient, kind: ImportKind): Promise<void> {
  for (const staging of stagingsOf(kind)) await createStaging(client, staging)
  if (kind === 'accounts' || kind === 'contacts') await createDecisions(client)
}

/** Writes a batch in one transaction: all of it or nothing. */
export async function writeBatch(
  client: PoolClient,
  kind: ImportKind,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  return await inBatchTransaction(client, async () => {
    await noteListedParts(client, kind, rows, context)
    return await writeRows(client, kind, rows, context)
  })
}

/** After the last batch: takes back the parts that their records no longer list. @returns how many */
export async function takeUnlistedBack(client: PoolClient, kind: ImportKind, context: BatchContext): Promise<number> {
  const rows = await inBatchTransaction(client, () => unlistedParts(client, kind))
  for (let start = 0; start < rows.length; start += ROWS_A_BATCH)
    await writeBatch(client, kind, rows.slice(start, start + ROWS_A_BATCH), context)
  return rows.length
}

/** The rows of a batch, in the caller's transaction. */
export async function writeRows(
  client: PoolClient,
  kind: ImportKind,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  switch (kind) {
    case 'accounts':
      return await writeAccounts(client, rows, context)
    case 'contacts':
      return await writeContacts(client, rows, context)
    case 'opportunities':
      return await writeOpportunities(client, rows, context)
    case 'account-links':
    case 'opportunity-contacts':
    case 'stage-history':
      return await writeLinks(client, LINK_TABLES[kind], rows, context)
    case 'spend':
    case 'rates':
      return await writePeriods(client, PERIOD_TABLES[kind], rows)
    default:
      return await writeFacts(client, FACT_TABLES[kind], rows, context)
  }
}

function stagingsOf(kind: ImportKind): readonly Staging[] {
  switch (kind) {
    case 'accounts':
      return [ACCOUNT_STAGING]
    case 'contacts':
      return [CONTACT_STAGING]
    case 'opportunities':
      return [OPPORTUNITY_STAGING, ENTRY_STAGING]
    case 'account-links':
    case 'opportunity-contacts':
    case 'stage-history':
      return [LINK_TABLES[kind].staging]
    case 'spend':
    case 'rates':
      return [PERIOD_TABLES[kind].staging]
    default:
      return [FACT_TABLES[kind].staging]
  }
}
