import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { inBatchTransaction } from '../batch.ts'
import { matched } from './match.ts'

/** Whether rows bring a visitor id and an email address together. */
export function mayTie(rows: readonly StagedRow[]): boolean {
  return rows.some(ties)
}

function ties({ visitor_id: visitor, email }: StagedRow): boolean {
  return (visitor ?? null) !== null && (email ?? null) !== null
}

/** Notes the staged activities that tie a visitor id to an address. Their accounts are found by `resolveTies`. */
export async function noteTies(client: PoolClient): Promise<void> {
  await client.query(NEW_TIES)
}

const NEW_TIES = `
  with written as (
    insert into visitor_tie as t (visitor_id, email, known_at)
    select visitor_id, email, min(known_at) from staged_activity
    where visitor_id is not null and email is not null and known_at is not null and deleted is not true
    group by visitor_id, email order by visitor_id, email
    on conflict (visitor_id, email) do update set known_at = excluded.known_at where excluded.known_at < t.known_at
    returning t.email
  )
  insert into identity_change (kind, value) select distinct 'email', email from written`

/** Ends the ties of which every event was taken back, and revives those of which one is back. */
export async function endTies(client: PoolClient): Promise<void> {
  await client.query(END_TIES)
}

const END_TIES = `
  with concerned as (
    select distinct a.visitor_id, a.email
    from staged_activity s join activity a on a.source = s.source and a.source_id = s.source_id
    where a.visitor_id is not null and a.email is not null
  ), stated as (
    select c.visitor_id, c.email,
      case when not bool_or(a.superseded_at is null and not a.deleted) then max(a.superseded_at) end as removed_at
    from concerned c join activity a on a.visitor_id = c.visitor_id and a.email = c.email
    group by c.visitor_id, c.email
  ), written as (
    update visitor_tie t set removed_at = s.removed_at from stated s
    where t.visitor_id = s.visitor_id and t.email = s.email and t.removed_at is distinct from s.removed_at
    returning t.email
  )
  insert into identity_change (kind, value) select distinct 'email', email from written`

/** Finds the accounts of the ties whose address may lead elsewhere since accounts, contacts or links changed. */
export async function resolveTies(client: PoolClient): Promise<void> {
  await inBatchTransaction(client, async () => {
    const { rows } = await client.query<{ some: boolean }>('select exists (select from visitor_tie) as some')
    if (!rows[0]?.some) return
    await resolve(client, CHANGED_TIES, [])
  })
}

/** The same for the addresses of these rows, in the caller's transaction. */
export async function resolveTiesOf(client: PoolClient, rows: readonly StagedRow[]): Promise<readonly string[]> {
  const emails = [...new Set(rows.filter(ties).map(({ email }) => email ?? ''))]
  return await resolve(client, 't.email = any ($1::text[])', [emails])
}

/** Locks claims before anything else that they are locked with: so writers of accounts and of activities wait for one another. */
export async function lockNewTies(client: PoolClient, rows: readonly StagedRow[]): Promise<boolean> {
  const tying = rows.filter(ties)
  if (tying.length === 0) return false
  const { rows: found } = await client.query<{ some: boolean }>(
    `select exists (
       select from unnest($1::text[], $2::text[]) k (visitor_id, email)
       where not exists (select from visitor_tie t where t.visitor_id = k.visitor_id and t.email = k.email)
     ) as some`,
    [tying.map((row) => row['visitor_id']), tying.map((row) => row['email'])],
  )
  if (!found[0]?.some) return false
  await client.query('select lock_account_claims()')
  return true
}

const CHANGED_TIES = `
  t.email in (select value from identity_change where kind = 'email')
  or split_part(t.email, '@', 2) in (
    select d.domain from web_domain d cross join lateral unnest(d.names) as name
    join identity_change c on c.kind = 'domain' and c.value = name
    union select value from identity_change where kind = 'domain'
  )`

/** @returns the visitors whose account may be another now */
async function resolve(client: PoolClient, condition: string, values: readonly unknown[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ visitor_id: string }>(resolution(condition), [...values])
  const visitors = [...new Set(rows.map((row) => row.visitor_id))]
  if (visitors.length > 0) {
    await client.query('select change_claims($1::text[], $2::text[])', [visitors.map(() => 'visitor'), visitors])
  }
  return visitors
}

/** An address leads where the match rule leads an event that brings nothing else. */
function resolution(condition: string): string {
  const address = `(
    select t.visitor_id as tied_visitor, t.email, t.known_at as happened_at, t.known_at as tied_at, t.removed_at, null::text as contact_external_id,
      null::text as account_external_id, null::text as domain, null::inet as ip, null::text as visitor_id
    from visitor_tie t where ${condition}
  )`
  return `
    with linked as materialized (${matched(address)})
    update visitor_tie t set account_id = l.account_id, linked_at = greatest(l.linked_at, case when l.account_id is not null then l.tied_at end),
      unlinked_at = l.removed_at
    from linked l
    where t.visitor_id = l.tied_visitor and t.email = l.email
      and (t.account_id, t.linked_at, t.unlinked_at)
        is distinct from (l.account_id, greatest(l.linked_at, case when l.account_id is not null then l.tied_at end), l.removed_at)
    returning t.visitor_id`
}
