import { type Kysely, sql } from 'kysely'
import { FACT_TABLES, type FactTable, matchColumns } from './import/write/fact-tables.ts'
import type { Database } from '../database/tables/schema.ts'

/** Why a fact has no account, by the first key that it has in the order of the match rule. */
export const UNMATCHED_REASONS = [
  'unknown_contact',
  'contact_without_account',
  'unknown_account',
  'ambiguous_email',
  'ambiguous_domain',
  'unknown_domain',
  'free_mail',
  'ambiguous_network',
  'ip_outside_networks',
  'ambiguous_visitor',
  'unknown_visitor',
  'nothing_to_match_by',
] as const
export type UnmatchedReason = (typeof UNMATCHED_REASONS)[number]

export const UNMATCHED_KINDS = [
  'activities',
  'intent-signals',
  'business-events',
  'customer-events',
  'contacts',
  'opportunities',
] as const
export type UnmatchedKind = (typeof UNMATCHED_KINDS)[number]

export interface UnmatchedCount {
  readonly reason: UnmatchedReason
  readonly count: number
  /** The most frequent values that identified no account: ids, registrable domains, networks of /24 or /48. */
  readonly values: readonly { readonly value: string; readonly count: number }[]
}

export interface Unmatched {
  readonly kind: UnmatchedKind
  readonly total: number
  readonly unmatched: number
  /** Adds up to `unmatched`; most frequent first. */
  readonly reasons: readonly UnmatchedCount[]
}

interface ReasonRow {
  readonly reason: UnmatchedReason | null
  readonly count: number
  readonly total: number
  readonly top: readonly (readonly [string, number])[]
}

/** The facts without an account, by reason. @param top how many of the most frequent values to list for each */
export async function countUnmatched(db: Kysely<Database>, kind: UnmatchedKind, top = 10): Promise<Unmatched> {
  const { from, total } = queriesOf(kind)
  const { rows } = await sql<ReasonRow>`
    with waiting as materialized (${sql.raw(from)}),
    valued as (
      select reason, value, count(*)::integer as count,
        row_number() over (partition by reason order by count(*) desc, value) as place
      from waiting group by reason, value
    )
    select v.reason, sum(v.count)::integer as count, (select count(*)::integer from ${sql.raw(total)}) as total,
      coalesce(json_agg(json_build_array(v.value, v.count) order by v.place)
        filter (where v.value is not null and v.place <= ${top}), '[]') as top
    from valued v group by grouping sets ((v.reason), ())
    order by count desc, v.reason`.execute(db)
  const all = rows.find((row) => row.reason === null)
  return {
    kind,
    total: all?.total ?? 0,
    unmatched: all?.count ?? 0,
    reasons: rows.flatMap(({ reason, count, top: values }) =>
      reason === null ? [] : [{ reason, count, values: values.map(([value, times]) => ({ value, count: times })) }],
    ),
  }
}

/** `from`: a query of reason and value for each row without an account. `total`: the number of all rows. */
function queriesOf(kind: UnmatchedKind): { readonly from: string; readonly total: string } {
  switch (kind) {
    case 'contacts':
      return { from: WAITING_CONTACTS, total: 'contact' }
    case 'opportunities':
      return {
        from: `select 'unknown_account' as reason, account_external_id::text as value from opportunity where account_id is null`,
        total: 'opportunity',
      }
    default: {
      const fact = FACT_TABLES[kind]
      return { from: waitingFacts(fact), total: `${fact.table} where ${PRESENT}` }
    }
  }
}

const WAITING_CONTACTS = `
  select case when account is null then 'nothing_to_match_by' else 'unknown_account' end as reason, account as value
  from (
    select (array_agg(v.account_external_id::text order by v.known_at desc)
      filter (where v.account_external_id is not null))[1] as account
    from contact_version v where not v.deleted group by v.contact_id having bool_and(v.account_id is null)
  ) c`

/** The rows that count today. */
const PRESENT = 'not deleted and superseded_at is null'

function waitingFacts(fact: FactTable): string {
  return `
    select way.reason, way.value
    from (
      select w.${fact.happenedAt} as happened_at, ${matchColumns(fact, 'w')}
      from ${fact.table} w where w.account_id is null and ${PRESENT}
    ) f
    left join lateral (${domainState("split_part(f.email, '@', 2)")}) mail on true
    left join lateral (${domainState('f.domain')}) web on true
    cross join lateral (
      select * from (values
        (case
          when f.contact_external_id is null then null
          when exists (select from contact c where c.external_id = f.contact_external_id) then 'contact_without_account'
          else 'unknown_contact'
        end, f.contact_external_id),
        (case when f.account_external_id is not null then 'unknown_account' end, f.account_external_id),
        (case
          when exists (select from contact_version v where v.email = f.email and not v.deleted and v.account_id is not null)
            then 'ambiguous_email'
          when exists (select from contact_version v where v.email = f.email and not v.deleted) then 'contact_without_account'
        end, f.email),
        (nullif(mail.reason, 'free_mail'), mail.value),
        (web.reason, web.value),
        (mail.reason, mail.value),
        (case
          when f.ip is null then null
          when exists (select from account_claim c where c.network >>= f.ip and c.valid_until > f.happened_at) then 'ambiguous_network'
          else 'ip_outside_networks'
        end, network(set_masklen(f.ip, case family(f.ip) when 4 then 24 else 48 end))::text),
        (case
          when f.visitor_id is null then null
          when exists (
            select from account_claim c
            where c.kind = 'visitor' and c.value = f.visitor_id and c.valid_until > f.happened_at
          ) then 'ambiguous_visitor'
          else 'unknown_visitor'
        end, f.visitor_id),
        ('nothing_to_match_by', null)
      ) as w (reason, value)
      where w.reason is not null limit 1
    ) way`
}

/** Why a domain identifies no account: free mail (or a public suffix), shared, or not known. */
function domainState(domain: string): string {
  return `
      select case
        when d.names = '{}' then 'free_mail'
        when exists (
          select from account_claim c
          where c.kind = 'domain' and c.value = any (d.names) and c.valid_until > f.happened_at
        ) then 'ambiguous_domain'
        else 'unknown_domain'
      end as reason, coalesce(d.names[cardinality(d.names)], d.domain) as value
      from web_domain d where d.domain = ${domain}`
}
