import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { DEFAULT_PROVIDER_LAG_DAYS, DEFAULT_SOURCE, type StagedRow } from '../../core/facts/import/complete-row.ts'
import { type FoundProblem, type ReceivedRow, receivedRowReader } from '../../core/facts/import/received-row.ts'
import {
  type ReceivedKind,
  type ReceivedOutcome,
  readReceivingClock,
  writeReceived,
} from '../../store/facts/import/received.ts'

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

/**
 * Stores rows of the API in the caller's transaction: read and checked as an import reads JSON Lines, written as an import writes a
 * batch. A rejected row has its reason and does not affect the others. For all rows or none, the caller rolls back when some were
 * rejected.
 * @param atomic writes nothing when a row cannot be read
 * @param strict a value that cannot be read rejects its row, also where the field is optional
 */
export async function ingestRows(
  client: PoolClient,
  kind: ReceivedKind,
  values: readonly unknown[],
  { atomic, strict = false }: { readonly atomic: boolean; readonly strict?: boolean },
): Promise<Ingested> {
  const defaults = {
    source: DEFAULT_SOURCE,
    provider: undefined,
    initiatedBy: 'sales',
    declaredEvidence: false,
    providerLagDays: DEFAULT_PROVIDER_LAG_DAYS,
    strict,
    receivedAt: await readReceivingClock(client),
  }
  const read = receivedRowReader(kind, defaults, { isStrict: strict })
  const outcomes: ReceivedRow[] = []
  for (const value of values) {
    outcomes.push(read(value))
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
