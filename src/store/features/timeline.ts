import { type Kysely, type RawBuilder, sql } from 'kysely'
import { PRIVATE_TYPES } from '../../core/qualification/event-types.ts'
import type { Instant } from '../../core/base/time.ts'
import { knownBefore } from './known-before.ts'
import { newestVersions } from './newest-versions.ts'
import { filedUnder, isPartOf, mergedInto } from './merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'
import { storedBy } from './stored-by.ts'

export const TIMELINE_SOURCES = [
  'event',
  'activity',
  'intent_signal',
  'business_event',
  'customer_event',
  'opportunity',
] as const

export interface TimelineEntry {
  /** The table: the event log, or one of the facts. */
  readonly source: (typeof TIMELINE_SOURCES)[number]
  readonly at: Instant
  /** Orders entries of the same time. */
  readonly key: string
  readonly type: string
  /** Who did it, where that is known. */
  readonly actor: string | null
  readonly detail: Record<string, unknown>
}

/** The last entry of a page, in the order of the list. */
export interface TimelinePosition {
  readonly at: Instant
  readonly key: string
}

/**
 * What had happened to an account by an instant, as it was known then, the newest first, with the histories of the accounts
 * that had been
 * merged into it, whose entries name their account. Events that are not in the feed are left out.
 */
export async function listTimeline(
  db: Kysely<Database>,
  accountId: number,
  at: Instant,
  page: { readonly limit: number; readonly after?: TimelinePosition | undefined },
): Promise<readonly TimelineEntry[]> {
  const until = sql`${at}::timestamptz`
  const history = mergedInto(sql`${accountId}::bigint`, until)
  const whose = (alias: string) => nameOfOther(alias, accountId)
  const following = page.after
    ? sql`where (t.at, t.key) < (${page.after.at}::timestamptz, ${page.after.key}::text collate "C")`
    : sql``
  const { rows } = await sql<TimelineEntry>`
    select t.source, t.at, t.key, t.type, t.actor, t.detail from (
      select 'event' as source, e.occurred_at::timestamptz as at, ('e' || e.event_id) collate "C" as key, e.type::text, e.actor,
        (e.payload - 'external_id' - 'name') || ${whose('e')} as detail
      from event e where ${isPartOf('e', history)} and e.type <> all(${[...PRIVATE_TYPES]}::text[]) and ${storedBy('event', 'e', at)}
      union all
      select 'activity', a.occurred_at, 'a' || a.activity_id, a.kind, null,
        jsonb_build_object('initiated_by', a.initiated_by, 'source', a.source, 'contact', c.external_id) || ${whose('a')}
      from activity a left join contact c on c.contact_id = a.contact_id
      where ${isPartOf('a', history)} and ${knownBefore('activity', 'a', until)}
      union all
      select 'intent_signal', s.observed_at, 'i' || s.intent_signal_id, s.topic, null,
        jsonb_build_object('provider', s.provider, 'strength', s.strength) || ${whose('s')}
      from intent_signal s where ${isPartOf('s', history)} and ${knownBefore('intent_signal', 's', until)}
      union all
      select 'business_event', b.occurred_at, 'b' || b.business_event_id, b.kind, null,
        jsonb_build_object('source', b.source) || ${whose('b')}
      from business_event b where ${isPartOf('b', history)} and ${knownBefore('business_event', 'b', until)}
      union all
      select 'customer_event', c.occurred_at, 'c' || c.customer_event_id, c.kind, null,
        jsonb_build_object('amount', c.amount, 'currency', c.currency) || ${whose('c')}
      from customer_event c where ${isPartOf('c', history)} and ${knownBefore('customer_event', 'c', until)}
      union all
      select 'opportunity', step.at, 'o' || o.opportunity_id || step.type, step.type, null,
        jsonb_build_object('opportunity', o.external_id, 'amount', told.amount, 'currency', told.currency, 'type', told.type)
          || ${whose('o')}
      from opportunity o
      join lateral ${newestVersions('opportunity_version', sql`version.opportunity_id = o.opportunity_id`, until)} v
        on not v.deleted
      cross join lateral (values ('opened', v.opened_at), (v.outcome, v.closed_at)) as step (type, at)
      left join lateral ${newestVersions('opportunity_version', sql`version.opportunity_id = o.opportunity_id`, AS_IT_HAPPENED)} opening
        on step.type = 'opened'
      cross join lateral (
        select case step.type when 'opened' then opening.amount else v.amount end as amount,
          case step.type when 'opened' then opening.currency else v.currency end as currency,
          case step.type when 'opened' then opening.type else v.type end as type
      ) told
      where ${isPartOf('o', history)} and step.at < ${until}
    ) t ${following}
    order by t.at desc, t.key desc
    limit ${page.limit}`.execute(db)
  return rows
}

/** What was known when the step happened: an opening does not tell the amount of the close. */
const AS_IT_HAPPENED = sql`(step.at + interval '1 microsecond')`

/** The external id of the account that a row was imported for, where it is another one. */
function nameOfOther(alias: string, accountId: number): RawBuilder<unknown> {
  const filed = filedUnder(alias)
  return sql`case when ${filed} = ${accountId} then '{}' else jsonb_build_object('filed_under',
    (select f.external_id from account f where f.account_id = ${filed})) end`
}
