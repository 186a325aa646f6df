import { type Kysely, sql } from 'kysely'
import type { FieldFound, Found, Inventory } from '../../core/features/inventory.ts'
import type { Database } from '../database/tables/schema.ts'
import { filedUnder } from './merged-accounts.ts'

/** Counts what is stored, whatever its dates: which fields, kinds and topics there are, and of how many accounts, merged ones included. */
export async function readInventory(db: Kysely<Database>): Promise<Inventory> {
  const [accounts] = (await sql<{ accounts: number }>`select count(*)::integer as accounts from account`.execute(db))
    .rows
  const activities = await readActivities(db)
  return {
    accounts: accounts?.accounts ?? 0,
    fields: await readFields(db),
    contacts: await readContacts(db),
    ...activities,
    businessEvents: await readFound(db, 'business_event', 'kind'),
    customerEvents: await readFound(db, 'customer_event', 'kind'),
    intentTopics: await readFound(db, 'intent_signal', 'topic'),
    opportunities: await readClosed(db),
  }
}

async function readFields(db: Kysely<Database>): Promise<readonly FieldFound[]> {
  const { rows } = await sql<FieldFound>`
    select f.key as field, count(distinct ${filedUnder('v')})::integer as accounts, count(distinct f.value)::integer as values,
      case mode() within group (order by jsonb_typeof(f.value))
        when 'number' then 'number' when 'boolean' then 'boolean' when 'array' then 'list' else 'text' end as type
    from account_version v cross join lateral jsonb_each(v.attributes) f
    where not v.deleted and f.value not in ('null', '[]', '""')
    group by f.key
    order by f.key`.execute(db)
  return rows
}

async function readContacts(db: Kysely<Database>): Promise<Inventory['contacts']> {
  const { rows } = await sql<Inventory['contacts']>`
    select count(distinct ${filedUnder('v')})::integer as accounts,
      (count(distinct ${filedUnder('v')}) filter (
        where coalesce(v.title, v.seniority, v.department, v.buying_role) is not null))::integer as "withRole",
      (count(distinct v.contact_id) filter (where v.mql_at is not null))::integer as "mqlDates"
    from contact_version v
    where not v.deleted`.execute(db)
  return rows[0] ?? { accounts: 0, withRole: 0, mqlDates: 0 }
}

async function readActivities(
  db: Kysely<Database>,
): Promise<Pick<Inventory, 'activities' | 'named' | 'anonymous' | 'reach'>> {
  const { rows: activities } = await sql<Found>`
    select a.kind, count(*)::integer as rows, count(distinct ${filedUnder('a')})::integer as accounts
    from activity a
    where a.evidence and not a.deleted and a.superseded_at is null and ${filedUnder('a')} is not null
    group by a.kind
    order by rows desc, a.kind`.execute(db)
  const { rows } = await sql<Pick<Inventory, 'named' | 'anonymous' | 'reach'>>`
    select (count(distinct ${filedUnder('a')}) filter (where a.evidence and a.contact_id is not null))::integer as named,
      (count(distinct ${filedUnder('a')}) filter (where a.evidence and a.contact_id is null))::integer as anonymous,
      (count(*) filter (where not a.evidence))::integer as reach
    from activity a
    where not a.deleted and a.superseded_at is null and ${filedUnder('a')} is not null`.execute(db)
  return { activities, ...(rows[0] ?? { named: 0, anonymous: 0, reach: 0 }) }
}

async function readFound(
  db: Kysely<Database>,
  table: 'business_event' | 'customer_event' | 'intent_signal',
  name: 'kind' | 'topic',
): Promise<readonly Found[]> {
  const { rows } = await sql<Found>`
    select f.${sql.ref(name)} as kind, count(*)::integer as rows, count(distinct ${filedUnder('f')})::integer as accounts
    from ${sql.table(table)} f
    where not f.deleted and f.superseded_at is null and ${filedUnder('f')} is not null
    group by 1
    order by 2 desc, 1`.execute(db)
  return rows
}

async function readClosed(db: Kysely<Database>): Promise<readonly Found[]> {
  const { rows } = await sql<Found>`
    select v.outcome as kind, count(distinct v.opportunity_id)::integer as rows,
      count(distinct ${filedUnder('o')})::integer as accounts
    from opportunity_version v join opportunity o using (opportunity_id)
    where v.outcome <> 'open' and not v.deleted and ${filedUnder('o')} is not null
    group by 1
    order by 1`.execute(db)
  return rows
}
