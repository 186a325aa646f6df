import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { actionsOf } from './accounts.ts'
import { type BatchContext, type BatchOutcome, outcomeOf } from '../batch.ts'
import { copyRows, KEY, type Staging } from './staging.ts'
import { DECIDED, type VersionedTable, writeVersions } from './versions.ts'

const CONTENT = {
  account_external_id: KEY,
  email: KEY,
  name: 'text',
  title: 'text',
  seniority: 'text',
  department: KEY,
  buying_role: 'text',
  attributes: 'jsonb',
  mql_at: 'timestamptz',
  deleted: 'boolean',
}

export const CONTACT_STAGING: Staging = {
  table: 'staged_contact',
  columns: { external_id: KEY, source: KEY, known_at: 'timestamptz', created_at: 'timestamptz', ...CONTENT },
}

const CONTACT: VersionedTable = {
  entity: 'contact',
  staged: 'staged_contact',
  content: Object.keys(CONTENT),
  accountId: '(select a.account_id from account a where a.external_id = s.account_external_id)',
}

export async function writeContacts(
  client: PoolClient,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  await copyRows(client, CONTACT_STAGING, rows)
  const decisions = await writeVersions(client, CONTACT, context)
  const { rows: waiting } = await client.query<{ unmatched: number }>(UNMATCHED)
  return outcomeOf(rows.length, actionsOf(rows.length, decisions, []), [], waiting[0]?.unmatched ?? 0)
}

const UNMATCHED = `
  select count(*) as unmatched from ${DECIDED} d join staged_contact s on s.row = d.row
  where not exists (select from account a where a.external_id = s.account_external_id)`
