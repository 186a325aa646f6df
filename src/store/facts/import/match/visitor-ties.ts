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
    insert into visitor_tie (visitor_id, email, known_at)
    select s.visitor_id, s.email, min(s.known_at) from staged_activity s
    where s.visitor_id is not null and s.email is not null and s.known_at is not null and s.deleted is not true
    group by s.visitor_id, s.email
    having not exists (
      select from visitor_tie t
      where t.visitor_id = s.visitor_id and t.email = s.email and t.known_at <= min(s.known_at) and t.removed_at is null
    )
    order by s.visitor_id, s.email
    on conflict (visitor_id, email, known_at) do nothing
    returning email
  )
  insert into identity_change (kind, value) select distinct 'email', email from written`

/**
 * States the periods of ties again, where one may have ended or begun: those in which an event that ties is in force. Before the
 * first that tied, and between two periods, the visitor is not tied: so what was answered as of then is answered again.
 *
 * @param followed whether versions of facts got a successor
 */
export async function statePeriods(client: PoolClient, followed: boolean): Promise<void> {
  await client.query(PERIODS, [followed])
}

const PERIODS = `
  with concerned as materialized (
    select a.visitor_id, a.email
    from staged_activity s join activity a on a.source = s.source and a.source_id = s.source_id
    where $1 and a.visitor_id is not null and a.email is not null
    union
    select s.visitor_id, s.email from staged_activity s
    join visitor_tie t on t.visitor_id = s.visitor_id and t.email = s.email
    group by s.visitor_id, s.email having count(distinct t.known_at) > 1 or bool_or(t.removed_at is not null)
  ), first as (
    select t.visitor_id, t.email, min(t.known_at) as known_at
    from concerned c join visitor_tie t on t.visitor_id = c.visitor_id and t.email = c.email
    group by t.visitor_id, t.email
  ), period as materialized (
    select f.visitor_id, f.email, unnest(
      range_agg(tstzrange(a.known_at, a.superseded_at)) * tstzmultirange(tstzrange(f.known_at, null))) as period
    from first f join activity a on a.visitor_id = f.visitor_id and a.email = f.email
    where not a.deleted
    group by f.visitor_id, f.email, f.known_at
  ), written as (
    insert into visitor_tie as t (visitor_id, email, known_at, removed_at)
    select visitor_id, email, lower(period), upper(period) from period order by 1, 2, 3
    on conflict (visitor_id, email, known_at) do update set removed_at = excluded.removed_at
      where t.removed_at is distinct from excluded.removed_at
    returning t.email
  ), emptied as (
    update visitor_tie t set removed_at = t.known_at from first f
    where t.visitor_id = f.visitor_id and t.email = f.email and t.removed_at is distinct from t.known_at
      and not exists (
        select from period p
        where p.visitor_id = t.visitor_id and p.email = t.email and lower(p.period) = t.known_at
      )
    returning t.email
  )
  insert into identity_change (kind, value)
  select 'email', email from written union select 'email', email from emptied`

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
       where not exists (
         select from visitor_tie t where t.visitor_id = k.visitor_id and t.email = k.email and t.removed_at is null
       )
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
    where t.visitor_id = l.tied_visitor and t.email = l.email and t.known_at = l.tied_at
      and (t.account_id, t.linked_at, t.unlinked_at)
        is distinct from (l.account_id, greatest(l.linked_at, case when l.account_id is not null then l.tied_at end), l.removed_at)
    returning t.visitor_id`
}
