import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Lookback } from '../../core/features/compile.ts'
import { type AccountSnapshot, type FeedStartRow, type FeedStarts, feedStartsOf } from '../../core/features/snapshot.ts'
import type { Instant } from '../../core/base/time.ts'
import { instantText } from './instant-text.ts'
import { knownBefore } from './known-before.ts'
import { listMerging } from './merged-accounts.ts'
import { toSnapshot } from './snapshot-rows.ts'
import { historyOf, selectSnapshots, type SnapshotRequest } from './snapshot-statement.ts'
import type { Database } from '../database/tables/schema.ts'

/** Pairs per statement: enough to spread its cost, few enough to stay well below the statement timeout. */
const CHUNK = 2_000
/** Converted in one turn of the event loop. */
const SNAPSHOTS_A_TURN = 100

/**
 * *The* point-in-time query. Training, batch scoring, online scoring and the backtest all use it, so that
 * no second implementation can differ. SQL selects and groups the facts that count and returns integers,
 * text and JSON; core computes every float.
 *
 * Yields the snapshots in the order of the requests, in chunks, so that a large request needs little memory; undefined
 * where the account was not known before as-of.
 */
export async function* readSnapshots(
  db: Kysely<Database>,
  requests: readonly SnapshotRequest[],
  lookback: Lookback,
): AsyncGenerator<readonly (AccountSnapshot | undefined)[]> {
  // The server works on the next chunk while the caller works on this one.
  let next = requests.length > 0 ? readChunk(db, requests.slice(0, CHUNK), lookback) : undefined
  for (let start = CHUNK; next; start += CHUNK) {
    const snapshots: readonly (AccountSnapshot | undefined)[] = await next
    next = start < requests.length ? readChunk(db, requests.slice(start, start + CHUNK), lookback) : undefined
    // An error while the caller is busy is thrown when the chunk is awaited, not as an unhandled rejection.
    next?.catch(() => undefined)
    yield snapshots
  }
}

/** As `readSnapshots`, all at once: for a few thousand accounts. */
export async function listSnapshots(
  db: Kysely<Database>,
  requests: readonly SnapshotRequest[],
  lookback: Lookback,
): Promise<readonly (AccountSnapshot | undefined)[]> {
  const snapshots: (AccountSnapshot | undefined)[] = []
  for await (const chunk of readSnapshots(db, requests, lookback)) snapshots.push(...chunk)
  return snapshots
}

async function readChunk(db: Kysely<Database>, requests: readonly SnapshotRequest[], lookback: Lookback) {
  const feedStarts = await feedStartsAsOf(db, [...new Set(requests.map((request) => request.asOf))])
  const merging = await listMerging(db, [...new Set(requests.map((request) => request.accountId))])
  const snapshots: (AccountSnapshot | undefined)[] = requests.map(() => undefined)
  for (const hasMerges of [false, true]) {
    const places = requests.flatMap(({ accountId }, place) => (merging.has(accountId) === hasMerges ? [place] : []))
    if (places.length === 0) continue
    const asked = places.map((place) => requests[place] as SnapshotRequest)
    const { rows } = await selectSnapshots(asked, lookback, historyOf(hasMerges)).execute(db)
    for (const [index, row] of rows.entries()) {
      if (index % SNAPSHOTS_A_TURN === SNAPSHOTS_A_TURN - 1) await nextTurn()
      const place = places[row.pair - 1]
      const asOf = asked[row.pair - 1]?.asOf
      const starts = asOf && feedStarts.get(asOf)
      if (starts && place !== undefined) snapshots[place] = toSnapshot(row, asOf, starts, lookback)
    }
  }
  return snapshots
}

/** For each as-of, since when each source has given each kind of fact, by what was known then. */
async function feedStartsAsOf(db: Kysely<Database>, asOfs: readonly Instant[]) {
  const { rows } = await sql<{ readonly as_of: Instant; readonly starts: readonly FeedStartTuple[] }>`
    select p.as_of, (
      select coalesce(json_agg(json_build_array(f.fact, f.source, f.kind, ${instantText('f.first_at')})), '[]')
      from (
        select s.fact, s.source, s.kind, min(s.occurred_at) as first_at
        from feed_start s
        where ${knownBefore('feed_start', 's', sql`p.as_of`)}
        group by s.fact, s.source, s.kind
      ) f
    ) as starts
    from unnest(${asOfs}::timestamptz[]) as p (as_of)`.execute(db)
  return new Map<Instant, FeedStarts>(
    rows.map((row) => [
      row.as_of,
      feedStartsOf(row.starts.map(([fact, source, kind, firstAt]) => ({ fact, source, kind, firstAt }))),
    ]),
  )
}

type FeedStartTuple = readonly [FeedStartRow['fact'], string, string, Instant]
