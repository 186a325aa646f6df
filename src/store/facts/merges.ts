import type { PoolClient } from 'pg'
import { type Merges, planMerge } from '../../core/facts/identity/merges.ts'
import { BEGINNING, type Instant } from '../../core/base/time.ts'

/** The merge of two accounts, by external id. */
export interface WantedMerge {
  readonly from: string
  readonly into: string
  /** Since when the merge is known; null: not given. */
  readonly knownAt: Instant | null
}

export type MergeOutcome =
  | { readonly kind: 'inserted' | 'updated' | 'unchanged' }
  | { readonly kind: 'unknown_account'; readonly externalId: string }
  | { readonly kind: 'refused'; readonly message: string }

interface Stored {
  readonly from: string
  readonly into: string
  readonly knownAt: Instant
  readonly backfilled: boolean
}

/**
 * Merges accounts, one after the other, in the caller's transaction. Facts keep their account: `merged_account`, which a
 * trigger derives, gives the histories that they are part of, and since when. A stated date replaces a missing one, and an
 * earlier date a later one, as with links.
 * @param undated since when a merge without a date is known; null: it is valid for all of the past, and is marked backfilled
 * @returns the result of each, in the order given
 */
export async function writeMerges(
  client: PoolClient,
  wanted: readonly WantedMerge[],
  undated: Instant | null,
): Promise<readonly MergeOutcome[]> {
  // Two concurrent merges could close a circle.
  await client.query('select lock_account_claims()')
  const known = await listKnown(client, [...new Set(wanted.flatMap(({ from, into }) => [from, into]))])
  const stored = new Map((await listMerges(client)).map((merge) => [merge.from, merge]))
  const changed = new Map<string, Stored>()
  const outcomes = wanted.map((merge): MergeOutcome => {
    const { from, into } = merge
    const missing = [into, from].find((externalId) => !known.has(externalId))
    if (missing !== undefined) return { kind: 'unknown_account', externalId: missing }
    const present = stored.get(from)
    const plan = planMerge(destinationsOf(stored), from, into)
    if (plan.kind === 'refused') return plan
    if (plan.kind === 'held' && !(present?.into === into && saysMore(merge, present))) return { kind: 'unchanged' }
    const knownAt = merge.knownAt ?? undated
    const next = { from, into, knownAt: knownAt ?? BEGINNING, backfilled: knownAt === null }
    stored.set(from, next)
    changed.set(from, next)
    return { kind: present ? 'updated' : 'inserted' }
  })
  await upsertMerges(client, [...changed.values()])
  return outcomes
}

function destinationsOf(stored: ReadonlyMap<string, Stored>): Merges {
  return new Map([...stored].map(([from, { into }]) => [from, into]))
}

function saysMore({ knownAt }: WantedMerge, present: Stored): boolean {
  return knownAt !== null && (present.backfilled || knownAt < present.knownAt)
}

async function listKnown(client: PoolClient, externalIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ external_id: string }>(
    'select external_id from account where external_id = any ($1::text[])',
    [externalIds],
  )
  return new Set(rows.map((row) => row.external_id))
}

async function listMerges(client: PoolClient): Promise<readonly Stored[]> {
  const { rows } = await client.query<Stored>(`
    select a.external_id as "from", i.external_id as "into", m.known_at as "knownAt", m.backfilled
    from account_merge m
    join account a on a.account_id = m.account_id
    join account i on i.account_id = m.into_account_id`)
  return rows
}

async function upsertMerges(client: PoolClient, merges: readonly Stored[]): Promise<void> {
  if (merges.length === 0) return
  await client.query(
    `insert into account_merge as t (account_id, into_account_id, known_at, backfilled)
     select a.account_id, i.account_id, m.known_at, m.backfilled
     from unnest($1::text[], $2::text[], $3::timestamptz[], $4::boolean[]) as m (merged, survivor, known_at, backfilled)
     join account a on a.external_id = m.merged
     join account i on i.external_id = m.survivor
     order by a.external_id
     on conflict (account_id) do update set known_at = excluded.known_at, backfilled = excluded.backfilled`,
    [
      merges.map(({ from }) => from),
      merges.map(({ into }) => into),
      merges.map(({ knownAt }) => knownAt),
      merges.map(({ backfilled }) => backfilled),
    ],
  )
  // They leave every list now, and not only when all accounts are scored again.
  await client.query(
    `with gone as (
       delete from account_score s where s.account_id in (select account_id from merged_account) returning s.account_id
     ), run as (
       insert into scoring_run (scope, account_ids, as_of)
       select 'merged', array_agg(account_id), clock_timestamp() from gone having count(*) > 0
       returning scoring_run_id
     )
     insert into account_score_change (account_id, scoring_run_id, version, score)
     select gone.account_id, run.scoring_run_id, null, null from gone, run`,
  )
}

/** All accounts are scored again after each import run: a requested merge is recorded as one. */
export async function recordMerge(client: PoolClient, { from, into }: WantedMerge, startedAt: Instant): Promise<void> {
  await client.query(
    `insert into import_run (kind, files, counts, reasons, started_at, finished_at)
     values ('merge', '{}', $1, '{}', $2, clock_timestamp())`,
    [JSON.stringify({ from, into }), startedAt],
  )
}
