import type { TestDatabase } from '../../../../support/server/database.ts'

/** The facts of a database by their natural keys. What was deleted is not among them. */
export const FACTS = {
  accounts: `select a.external_id as account, v.known_at, v.backfilled, v.attributes,
      (select array_agg(l.value order by l.value) from account_link l where l.account_id = a.account_id and l.kind = 'domain') as domains
    from account a join account_version v using (account_id) where not v.deleted`,
  contacts: `select c.external_id as contact, a.external_id as account, v.known_at, v.backfilled, v.email, v.name, v.title,
      v.seniority, v.department, v.buying_role
    from contact c join contact_version v using (contact_id) left join account a on a.account_id = v.account_id where not v.deleted`,
  opportunities: `select o.external_id as deal, a.external_id as account, v.known_at, v.backfilled, v.name, v.opened_at, v.closed_at,
      v.outcome, v.amount::text, v.currency, v.type, v.lead_source, v.stage
    from opportunity o join opportunity_version v using (opportunity_id) left join account a on a.account_id = o.account_id
    where not v.deleted`,
  opportunity_contacts: `select o.external_id as deal, c.external_id as contact, l.role, l.known_at, l.backfilled
    from opportunity_contact l join opportunity o using (opportunity_id) join contact c using (contact_id)
    where l.removed_at is null`,
  stage_history: `select o.external_id as deal, h.stage, h.entered_at, h.known_at
    from stage_history h join opportunity o using (opportunity_id)`,
  activities: `select f.source_id, f.kind, a.external_id as account, c.external_id as contact, f.occurred_at, f.known_at, f.initiated_by,
      f.evidence, host(f.ip) as ip, f.domain, f.visitor_id
    from activity f left join account a on a.account_id = f.account_id left join contact c on c.contact_id = f.contact_id
    where not f.deleted`,
  intent_signals: `select s.provider, s.topic, s.period_start::text, s.period_end::text, s.strength::text, s.known_at, a.external_id as account
    from intent_signal s left join account a using (account_id)`,
  business_events: `select e.source_id, e.kind, e.occurred_at, e.known_at, a.external_id as account
    from business_event e left join account a using (account_id)`,
  customer_events: `select e.source_id, e.kind, e.occurred_at, e.known_at, e.amount::text, e.currency, a.external_id as account
    from customer_event e left join account a using (account_id)`,
  account_links: `select l.kind, l.value, l.known_at, l.backfilled, a.external_id as account
    from account_link l join account a using (account_id) where l.kind <> 'domain' and l.removed_at is null`,
  spend: `select month::text, channel, amount::text, currency from spend`,
  exchange_rates: `select currency, day::text, usd_per_unit::text from exchange_rate`,
} as const
export type FactTable = keyof typeof FACTS
export type Fact = Readonly<Record<string, unknown>>
export type Facts = Readonly<Record<FactTable, readonly Fact[]>>

export async function factsOf({ pool }: Pick<TestDatabase, 'pool'>): Promise<Facts> {
  const read = async (query: string): Promise<readonly Fact[]> => (await pool.query<Fact>(query)).rows
  const tables = Object.keys(FACTS) as FactTable[]
  const entries = await Promise.all(tables.map(async (table) => [table, await read(FACTS[table])] as const))
  return Object.fromEntries(entries) as Facts
}

/** The rows of which one side has more than the other, as text. */
export function difference(
  one: readonly Fact[],
  other: readonly Fact[],
): { readonly missing: string[]; readonly added: string[] } {
  const counts = new Map<string, number>()
  for (const row of one.map(textOf)) counts.set(row, (counts.get(row) ?? 0) + 1)
  for (const row of other.map(textOf)) counts.set(row, (counts.get(row) ?? 0) - 1)
  const where = (keep: (count: number) => boolean) =>
    [...counts]
      .filter(([, count]) => keep(count))
      .map(([row]) => row)
      .toSorted()
  return { missing: where((count) => count > 0), added: where((count) => count < 0) }
}

/** Keys in one order, within objects too. */
function textOf(fact: Fact): string {
  return JSON.stringify(fact, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
