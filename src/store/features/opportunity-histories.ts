import { type Kysely, sql } from 'kysely'
import {
  accountAsOf,
  type CohortAccount,
  type Heir,
  type OpportunityHistory,
} from '../../core/training/cohorts/cohort.ts'
import type { Vocabulary } from '../../core/features/check-specification.ts'
import type { Instant } from '../../core/base/time.ts'
import { CLOSED_BEFORE_OPENED } from '../../core/facts/import/values/opportunity-dates.ts'
import { knownBefore } from './known-before.ts'
import { newestVersions } from './newest-versions.ts'
import { filedUnder, isPartOf, sharedHistory } from './merged-accounts.ts'
import type { Database } from '../database/tables/schema.ts'

interface AccountRow {
  readonly account_id: number
  readonly external_id: string
  readonly known_at: Instant
}

/** Every account known before `asOf`, by external id, without those that had been merged into another by then. */
export async function listCohortAccounts(db: Kysely<Database>, asOf: Instant): Promise<readonly CohortAccount[]> {
  const accounts = await listEveryAccount(db, asOf)
  return accounts.filter((account) => accountAsOf(account, asOf) === account)
}

/** As `listCohortAccounts`, including accounts that were merged into another. */
export async function listEveryAccount(db: Kysely<Database>, asOf: Instant): Promise<readonly CohortAccount[]> {
  const { rows } = await sql<AccountRow>`
    select account.account_id, account.external_id, account.known_at
    from account
    where ${knownBefore('account', 'account', sql`${asOf}::timestamptz`)}
    order by account.external_id`.execute(db)
  const heirs = await listHeirs(db, asOf)
  return rows.map((row) => toCohortAccount(row, heirs))
}

/** By account, the accounts into which it was merged by what was known before `asOf`, in order. */
async function listHeirs(db: Kysely<Database>, asOf: Instant): Promise<ReadonlyMap<number, readonly Heir[]>> {
  const { rows } = await sql<AccountRow & { merged_id: number; since: Instant }>`
    select m.account_id as merged_id, m.known_at as since, s.account_id, s.external_id, s.known_at
    from merged_account m join account s on s.account_id = m.survivor_id
    where ${knownBefore('merged_account', 'm', sql`${asOf}::timestamptz`)}
    order by m.account_id, m.depth`.execute(db)
  const heirs = Map.groupBy(rows, (row) => row.merged_id)
  const heirOf = (row: (typeof rows)[number]): Heir => ({ account: toCohortAccount(row, NO_HEIRS), since: row.since })
  return new Map([...heirs].map(([merged, found]) => [merged, found.map(heirOf)]))
}

const NO_HEIRS: ReadonlyMap<number, readonly Heir[]> = new Map()

function toCohortAccount(row: AccountRow, heirs: ReadonlyMap<number, readonly Heir[]>): CohortAccount {
  const own = heirs.get(row.account_id)
  const account = { accountId: row.account_id, externalId: row.external_id, knownAt: row.known_at }
  return own ? { ...account, heirs: own } : account
}

interface HistoryRow {
  readonly external_id: string
  readonly account_id: number
  readonly account_external_id: string
  readonly account_known_at: Instant
  readonly opened_at: Instant
  readonly known_at: Instant
  readonly closed_at: Instant | null
  readonly close_known_at: Instant | null
  readonly outcome: 'won' | 'lost' | 'open'
  readonly type: string | null
  readonly lead_source: string | null
  readonly first_activity_at: Instant | null
  readonly churned_at: Instant | null
}

/**
 * The history and outcome of every opportunity by what was known before `asOf`, ordered by external id. Those whose dates
 * contradict each other are left out: of them nobody knows what came first.
 *
 * @param activityKind also look up the first activity of this kind at or after opening
 */
export async function listOpportunityHistories(
  db: Kysely<Database>,
  asOf: Instant,
  activityKind?: string,
): Promise<readonly OpportunityHistory[]> {
  const cutoff = sql`${asOf}::timestamptz`
  const history = sharedHistory(filedUnder('o'), cutoff)
  const firstActivity = activityKind
    ? sql`(select min(a.occurred_at) from activity a where ${isPartOf('a', history)} and a.kind = ${activityKind}
        and a.occurred_at >= v.opened_at and ${knownBefore('activity', 'a', cutoff)})`
    : sql`null::timestamptz`
  const { rows } = await sql<HistoryRow>`
    select o.external_id, account.account_id, account.external_id as account_external_id,
      account.known_at as account_known_at, v.opened_at, first.known_at, first.close_known_at, v.type, v.lead_source,
      case when v.closed_at < ${cutoff} then v.outcome else 'open' end as outcome,
      case when v.closed_at < ${cutoff} then v.closed_at end as closed_at,
      ${firstActivity} as first_activity_at,
      (select min(c.occurred_at) from customer_event c
        where ${isPartOf('c', history)} and c.kind = 'churn' and c.occurred_at >= v.closed_at
          and ${knownBefore('customer_event', 'c', cutoff)}) as churned_at
    from opportunity o
    join account on account.account_id = ${filedUnder('o')}
    join lateral ${newestVersions('opportunity_version', sql`version.opportunity_id = o.opportunity_id`, cutoff)} v
      on not v.deleted and not jsonb_exists(v.attributes, ${CLOSED_BEFORE_OPENED})
    join lateral (
      select min(w.known_at) as known_at, min(w.known_at) filter (where w.closed_at is not null) as close_known_at
      from opportunity_version w
      where w.opportunity_id = o.opportunity_id and ${knownBefore('opportunity_version', 'w', cutoff)}
    ) first on true
    where ${knownBefore('account', 'account', cutoff)}
    order by o.external_id`.execute(db)
  const heirs = await listHeirs(db, asOf)
  return rows.map((row) => ({
    externalId: row.external_id,
    account: toCohortAccount(
      { account_id: row.account_id, external_id: row.account_external_id, known_at: row.account_known_at },
      heirs,
    ),
    openedAt: row.opened_at,
    knownAt: row.known_at,
    closedAt: row.closed_at,
    closeKnownAt: row.close_known_at,
    outcome: row.outcome,
    type: row.type,
    leadSource: row.lead_source,
    firstActivityAt: row.first_activity_at,
    churnedAt: row.churned_at,
  }))
}

/** The fields, kinds and topics in the data, which a specification may name. */
export async function readVocabulary(db: Kysely<Database>): Promise<Vocabulary> {
  const fields = await sql<{ name: string }>`
    select distinct jsonb_object_keys(attributes) as name from account_version order by 1`.execute(db)
  const kinds = await db
    .selectFrom('feed_start as f')
    .select(['f.fact', 'f.kind'])
    .distinct()
    .orderBy('f.fact')
    .orderBy('f.kind')
    .execute()
  const of = (fact: string) => kinds.filter((row) => row.fact === fact).map((row) => row.kind)
  return {
    fields: fields.rows.map((row) => row.name),
    activityKinds: of('activity'),
    businessEventKinds: of('business_event'),
    topics: of('intent_signal'),
  }
}
