import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { domainNames } from '../../../../core/facts/identity/domain-names.ts'
import { BEGINNING } from '../../../../core/base/time.ts'
import { type BatchContext, type BatchOutcome, outcomeOf, type RowAction } from '../batch.ts'
import { copyRows, KEY, type Staging } from './staging.ts'
import { DECIDED, type Decision, type VersionedTable, writeVersions } from './versions.ts'

export const ACCOUNT_STAGING: Staging = {
  table: 'staged_account',
  columns: {
    external_id: KEY,
    source: KEY,
    known_at: 'timestamptz',
    created_at: 'timestamptz',
    domain: 'jsonb',
    attributes: 'jsonb',
    deleted: 'boolean',
  },
}

const ACCOUNT: VersionedTable = {
  entity: 'account',
  staged: 'staged_account',
  content: ['attributes', 'deleted'],
  accountId: null,
}

/** Versions, and a link for each domain that the row names. */
export async function writeAccounts(
  client: PoolClient,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  await copyRows(client, ACCOUNT_STAGING, rows)
  const decisions = await writeVersions(client, ACCOUNT, context)
  if (rows.some((row) => row['deleted'] === 'true')) await client.query(REMOVE_LINKS)
  const linked = await client.query<{ row: number }>(DOMAIN_LINKS, [domainsOfNobody(rows)])
  const revived = await client.query<{ row: number }>(REVIVE_LINKS)
  return outcomeOf(rows.length, actionsOf(rows.length, decisions, [...linked.rows, ...revived.rows]), [], 0)
}

/** Free mail and public suffixes: a claim of one creates no link. */
function domainsOfNobody(rows: readonly StagedRow[]): readonly string[] {
  const domains = rows.flatMap((row) => (row['domain'] ? (JSON.parse(row['domain']) as readonly string[]) : []))
  return [...new Set(domains)].filter((domain) => domainNames(domain).length === 0)
}

/** Rows without a decision repeat the key of a later row. A row that changes only another table counts as updated. */
export function actionsOf(
  rowCount: number,
  decisions: readonly Decision[],
  alsoChanged: readonly { readonly row: number }[],
): ReadonlyMap<number, RowAction> {
  const actions = new Map<number, RowAction>()
  for (let row = 0; row < rowCount; row += 1) actions.set(row, 'duplicate')
  for (const { row, action } of decisions) actions.set(row, action)
  for (const { row } of alsoChanged) if (actions.get(row) === 'unchanged') actions.set(row, 'updated')
  return actions
}

/**
 * A link is known since its row's version. An undated row does not change a stored link; a stated date replaces
 * a backfilled one, and an earlier stated date a later one, so that the order of files does not matter.
 */
const DOMAIN_LINKS = `
  with claimed as (
    select distinct on (value, d.entity_id) d.row, d.entity_id, value, d.known_at, d.backfilled
    from ${DECIDED} d
    join staged_account s on s.row = d.row
    cross join lateral jsonb_array_elements_text(s.domain) as value
    where value <> all ($1::text[]) and not s.deleted
    order by value, d.entity_id, d.backfilled, d.known_at
  ), written as (
    insert into account_link as t (kind, value, account_id, known_at, backfilled)
    select 'domain', c.value, c.entity_id, c.known_at, c.backfilled
    from claimed c join account a on a.account_id = c.entity_id
    order by c.value, a.external_id
    on conflict (kind, value, account_id) do update set known_at = excluded.known_at, backfilled = excluded.backfilled
    where ${betterKnown('t', 'excluded')}
      and exists (select from staged_account s join ${DECIDED} d on d.row = s.row
        where d.entity_id = excluded.account_id and s.known_at = excluded.known_at)
    returning account_id, value
  )
  select c.row from written w join claimed c on c.entity_id = w.account_id and c.value = w.value`

/** Releases the claims of a deleted account, unless another source still has the account. */
const REMOVE_LINKS = `
  update account_link l set removed_at = d.known_at
  from (select d.entity_id, min(d.known_at) as known_at from ${DECIDED} d join staged_account s on s.row = d.row
    where s.deleted group by d.entity_id) d
  where l.account_id = d.entity_id and l.removed_at is null and not exists (
    select from (
      select distinct on (v.source) v.deleted from account_version v where v.account_id = d.entity_id
      order by v.source, v.known_at desc
    ) v where not v.deleted)`

const REVIVE_LINKS = `
  update account_link l set removed_at = null
  from ${DECIDED} d join staged_account s on s.row = d.row
  where l.removed_at < d.known_at and not s.deleted and l.account_id = d.entity_id and l.kind = 'domain' and s.domain ? l.value
  returning d.row`

/** Whether the new known_at of a link replaces the stored one. */
export function betterKnown(stored: string, given: string): string {
  return `not ${given}.backfilled and (${stored}.backfilled or ${given}.known_at < ${stored}.known_at)`
}

export const UNDATED = `'${BEGINNING}'::timestamptz`
