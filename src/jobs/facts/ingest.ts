import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { DEFAULT_PROVIDER_LAG_DAYS, DEFAULT_SOURCE, type StagedRow } from '../../core/facts/import/complete-row.ts'
import { problem } from '../../core/facts/import/problems.ts'
import { type FoundProblem, type ReceivedRow, receivedRowReader } from '../../core/facts/import/received-row.ts'
import { databaseOn } from '../../store/database/kysely-on-client.ts'
import { readClock } from '../../store/database/read-clock.ts'
import { findHistoryOrder } from '../../store/facts/history-order.ts'
import { type ReceivedKind, type ReceivedOutcome, writeReceived } from '../../store/facts/import/received.ts'

export interface RejectedRow extends FoundProblem {
  readonly status: 'rejected'
}

/** What of a stored row could not be read is unknown. */
export type StoredRow = Exclude<ReceivedOutcome, { readonly status: 'rejected' }> & {
  readonly unreadable: readonly FoundProblem[]
}

export type IngestedRow = StoredRow | RejectedRow

export interface Ingested {
  /** One per row, in their order. */
  readonly rows: readonly IngestedRow[]
  readonly rejected: number
}

const NOT_WRITTEN: ReceivedOutcome = { status: 'unchanged', matched: null, news: [] }

/** Rows read before the event loop serves other requests. */
const ROWS_A_TURN = 50

/** Domains in one transaction. The database takes 0.05 to 0.2 ms for each, and 10 s is the limit of a statement. */
export const MOST_DOMAINS_A_BATCH = 10_000

/**
 * Stores rows of the API in the caller's transaction: read and checked as an import reads JSON Lines, written as an import writes a
 * batch. A rejected row has its reason and does not affect the others. For all rows or none, the caller rolls back when some were
 * rejected. From the row on with which they hold too many domains, rows are rejected.
 * @param atomic writes nothing when a row cannot be read
 * @param strict a value that cannot be read rejects its row, also where the field is optional
 */
export async function ingestRows(
  client: PoolClient,
  kind: ReceivedKind,
  values: readonly unknown[],
  options: { readonly atomic: boolean; readonly strict?: boolean },
): Promise<Ingested> {
  const { rows, rejected } = await ingestFirstRows(client, kind, values, options)
  const left = values.slice(rows.length).map((): RejectedRow => {
    const message = `at most ${MOST_DOMAINS_A_BATCH.toLocaleString('en-US')} domains a batch: send this row in another`
    return { status: 'rejected', problem: problem('too_large', 'domain', null, message), path: ['domain'] }
  })
  return { rows: [...rows, ...left], rejected: rejected + left.length }
}

/** `ingestRows`, up to the row with which they hold too many domains: `rows` has no result for the rest. */
export async function ingestFirstRows(
  client: PoolClient,
  kind: ReceivedKind,
  values: readonly unknown[],
  { atomic, strict = false }: { readonly atomic: boolean; readonly strict?: boolean },
): Promise<Ingested> {
  const db = databaseOn(client)
  const defaults = {
    source: DEFAULT_SOURCE,
    provider: undefined,
    initiatedBy: 'sales',
    declaredEvidence: false,
    providerLagDays: DEFAULT_PROVIDER_LAG_DAYS,
    strict,
    receivedAt: await readClock(db),
    order: await findHistoryOrder(db),
  }
  const read = receivedRowReader(kind, defaults)
  const outcomes: ReceivedRow[] = []
  let domains = 0
  for (const value of values) {
    const outcome = read(value)
    domains += countDomains(outcome)
    if (domains > MOST_DOMAINS_A_BATCH) break
    outcomes.push(outcome)
    if (outcomes.length % ROWS_A_TURN === 0) await nextTurn()
  }
  const staged: StagedRow[] = []
  for (const outcome of outcomes) if (outcome.kind === 'row') staged.push(outcome.row)
  const isRefused = atomic && staged.length < values.length
  const written = staged.length === 0 || isRefused ? [] : await writeReceived(client, kind, staged)
  let next = 0
  const rows = outcomes.map((outcome): IngestedRow => {
    if (outcome.kind === 'rejected') return { status: 'rejected', problem: outcome.problem, path: outcome.path }
    const result = written[next] ?? NOT_WRITTEN
    next += 1
    if (result.status !== 'rejected') return { ...result, unreadable: outcome.unreadable }
    const { column } = result.problem
    return { ...result, path: column === null ? [] : [column] }
  })
  return { rows, rejected: rows.filter(({ status }) => status === 'rejected').length }
}

function countDomains(outcome: ReceivedRow): number {
  const domains = outcome.kind === 'row' && outcome.row['domain']
  // Only an account has a list of them.
  return domains && domains.startsWith('[') ? (JSON.parse(domains) as readonly string[]).length : 0
}
