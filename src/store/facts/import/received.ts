import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../core/facts/import/complete-row.ts'
import type { Problem } from '../../../core/facts/import/problems.ts'
import type { News } from '../../../core/facts/news/news.ts'
import { databaseOn } from '../../database/kysely-on-client.ts'
import { readClock } from '../../database/read-clock.ts'
import { inStep } from './batch.ts'
import { FACT_TABLES } from './write/fact-tables.ts'
import { queueAccounts } from './write/note-accounts.ts'
import { rematchTied, rematchWaiting } from './match/rematch-waiting.ts'
import { lockNewTies } from './match/visitor-ties.ts'
import { prepareSession, writeRows } from './write/write.ts'

/** The kinds of fact that a company's systems send as they happen. */
export const RECEIVED_KINDS = [
  'accounts',
  'contacts',
  'activities',
  'intent-signals',
  'business-events',
  'opportunities',
  'customer-events',
] as const
export type ReceivedKind = (typeof RECEIVED_KINDS)[number]

/**
 * The result of a row, by its key: two rows of a batch with one key are both `created`.
 * `matched`: it has its account, or is an account; otherwise it is stored and waits. Null: nothing is stored, as there was nothing to delete.
 */
export type ReceivedOutcome =
  | {
      readonly status: 'created' | 'updated' | 'unchanged'
      readonly matched: boolean | null
      readonly news: readonly News[]
    }
  | { readonly status: 'rejected'; readonly problem: Problem }

const STATEMENT_TIMEOUT_MS = 10_000

/**
 * Writes rows in the caller's transaction, as an import writes a batch; gives what waited for them its account; notes
 * whose scores are out of date. Undated rows are known from the time at which the lock of their kind was taken: so the order
 * of known_at of concurrent writers is the order in which they wrote.
 *
 * @returns one result per row, in the order of the rows
 */
export async function writeReceived(
  client: PoolClient,
  kind: ReceivedKind,
  rows: readonly StagedRow[],
): Promise<readonly ReceivedOutcome[]> {
  await prepareSession(client, kind)
  return await inStep(client, STATEMENT_TIMEOUT_MS, async () => {
    const tying = kind === 'activities' && (await lockNewTies(client, rows))
    await lockKind(client, kind)
    const startedAt = await readClock(databaseOn(client))
    const before = await readHistories(client, kind, rows)
    const context = { startedAt, amend: false, dryRun: false, received: true }
    const { rejected, news } = await writeRows(client, kind, rows, context)
    const after = await readHistories(client, kind, rows)
    await rematchWaiting(client, kind, rows)
    if (tying) await rematchTied(client, rows)
    const changed = rows.flatMap((_, row) => (before[row]?.digest === after[row]?.digest ? [] : [row]))
    const accounts = changed.flatMap((row) => [...(before[row]?.accounts ?? []), ...(after[row]?.accounts ?? [])])
    // The last lock that may wait for other transactions: they wait for no lock that is held here.
    if (accounts.length > 0) await client.query(NOTE, [[...new Set(accounts)]])
    const problems = new Map(rejected.map(({ row, problem }) => [row, problem]))
    return rows.map((_, row) => outcomeOf(problems.get(row), before[row], after[row], news.get(row) ?? []))
  })
}

/** The lock of imports of the same kind, so that the two run one after the other. */
async function lockKind(client: PoolClient, kind: ReceivedKind): Promise<void> {
  const name = kind in FACT_TABLES ? FACT_TABLES[kind as keyof typeof FACT_TABLES].table : kind
  await client.query(`select pg_advisory_xact_lock(hashtext('winrate.import.${name}'))`)
}

const NOTE = queueAccounts('select unnest($1::bigint[]) as account_id')

function outcomeOf(
  problem: Problem | undefined,
  before: History | undefined,
  after: History | undefined,
  news: readonly News[],
): ReceivedOutcome {
  if (problem) return { status: 'rejected', problem }
  const matched = typeof after?.digest === 'string' ? after.matched : null
  if (before?.digest === after?.digest) return { status: 'unchanged', matched, news }
  return { status: before?.digest === null ? 'created' : 'updated', matched, news }
}

interface History {
  readonly row: number
  /** The digest of all that is stored under the row's key; null when nothing is. */
  readonly digest: string | null
  /** Every account of any of its versions. */
  readonly accounts: readonly number[] | null
  readonly matched: boolean
}

async function readHistories(
  client: PoolClient,
  kind: ReceivedKind,
  rows: readonly StagedRow[],
): Promise<readonly History[]> {
  const { key, query } = HISTORIES[kind]
  const { rows: histories } = await client.query<History>(
    `select k.place::integer - 1 as row, h.*
     from unnest(${key.map((_, index) => `$${index + 1}::text[]`).join(', ')}) with ordinality as k (${key.join(', ')}, place)
     cross join lateral (
       select md5(string_agg(t.content, '|' order by t.known_at, t.content)) as digest,
         array_agg(distinct t.account_id) filter (where t.account_id is not null) as accounts,
         coalesce((array_agg(t.account_id order by t.known_at desc))[1] is not null, false) as matched
       from (${query}) t
     ) h
     order by k.place`,
    key.map((name) => rows.map((row) => row[name] ?? null)),
  )
  return histories
}

interface HistoryQuery {
  readonly key: readonly string[]
  /** A query of account_id, known_at, content for a key `k`. */
  readonly query: string
}

const HISTORIES: Readonly<Record<ReceivedKind, HistoryQuery>> = {
  accounts: {
    key: ['external_id'],
    query: `
      select a.account_id, v.known_at, v::text as content from account a
      join account_version v on v.account_id = a.account_id where a.external_id = k.external_id
      union all
      select a.account_id, l.known_at, l::text from account a
      join account_link l on l.account_id = a.account_id where a.external_id = k.external_id`,
  },
  contacts: {
    key: ['external_id'],
    query: `
      select v.account_id, v.known_at, v::text as content from contact c
      join contact_version v on v.contact_id = c.contact_id where c.external_id = k.external_id`,
  },
  opportunities: {
    key: ['external_id'],
    query: `
      select o.account_id, v.known_at, concat(o.account_external_id, v) as content from opportunity o
      join opportunity_version v on v.opportunity_id = o.opportunity_id where o.external_id = k.external_id`,
  },
  activities: factHistory('activities'),
  'intent-signals': factHistory('intent-signals'),
  'business-events': factHistory('business-events'),
  'customer-events': factHistory('customer-events'),
}

function factHistory(kind: keyof typeof FACT_TABLES): HistoryQuery {
  const { table, key, staging } = FACT_TABLES[kind]
  const types: Readonly<Record<string, string>> = staging.columns
  const conditions = key.map((name) => `t.${name} = k.${name}${types[name] === 'date' ? '::date' : ''}`)
  return {
    key,
    query: `select t.account_id, t.known_at, t::text as content from ${table} t where ${conditions.join(' and ')}`,
  }
}
