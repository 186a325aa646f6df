import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseError, type PoolClient } from 'pg'
import type { StagedRow } from '../../../core/facts/import/complete-row.ts'
import type { Problem } from '../../../core/facts/import/problems.ts'
import type { Instant } from '../../../core/base/time.ts'
import type { News } from '../../../core/facts/news/news.ts'

export interface BatchContext {
  /** One instant for the whole import: changes in undated rows are known from then on. */
  readonly startedAt: Instant
  /** A changed undated row corrects the stored version, and with it the past. */
  readonly amend: boolean
  /** Nothing will be committed. */
  readonly dryRun: boolean
  /** Rows are received as they happen: an undated one is known from `startedAt`, never from its own time. */
  readonly received?: boolean
  /** Activities that bring a visitor id and an address tie the two. Default: true. */
  readonly tieVisitors?: boolean
  /** Records are parted by the lists in them. */
  readonly isParted?: boolean
  /** Of a mapping that parts its records: those of the batch whose list is empty, without a row. */
  readonly emptied?: readonly StagedRow[]
}

/** The counts of a batch's rows. Every row is in exactly one of the five; `unmatched` is a property of stored rows. */
export interface BatchOutcome {
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly duplicate: number
  readonly rejected: readonly { readonly row: number; readonly problem: Problem }[]
  readonly unmatched: number
  /** What rows say beside: none of a rejected one. */
  readonly news: NewsByRow
}

/** Kept for the whole import (write/listed-parts.ts). */
export const LISTED_PARTS = 'listed_part'

export type NewsByRow = ReadonlyMap<number, readonly News[]>
export const NO_NEWS: NewsByRow = new Map()

const ATTEMPTS = 6
const FIRST_PAUSE_MS = 50
/** Deadlock, serialization failure, lock timeout; and a key that another transaction wrote since it was read. */
const PASSING = ['40P01', '40001', '55P03', '23505']

const SETTINGS = `set local statement_timeout = '10min'; set local lock_timeout = '5s';
  set local jit = off; set local work_mem = '64MB'; set local random_page_cost = 1.1`
const BEGIN = `begin; ${SETTINGS}`

/** Rolls back everything that `work` writes: its transactions become savepoints of one. */
export async function inDryRun<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  await client.query(`${BEGIN}; set local idle_in_transaction_session_timeout = 0; set local winrate.dry_run = 'on'`)
  try {
    return await work()
  } finally {
    await client.query('rollback')
  }
}

/** Staging tables are emptied only at the end of a transaction, so a savepoint must empty them. */
async function inSavepoint<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  await client.query('savepoint step')
  const result = await work()
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r' and relname <> '${LISTED_PARTS}'`,
  )
  if (rows.length > 0) await client.query(`truncate ${rows.map(({ name }) => `pg_temp.${name}`).join(', ')}`)
  await client.query('release savepoint step')
  return result
}

/**
 * One transaction, retried after a conflict with another import. Rows are locked in the order of their keys, so a
 * deadlock needs two imports of different kinds and is rare.
 */
export async function inBatchTransaction<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  if (client.getTransactionStatus() === 'T') return await inSavepoint(client, work)
  // The pool's timeouts are for single statements of the service; a batch may take longer. Compiling a
  // batch's statements costs more than it saves, and the pages that a batch reads are mostly in memory.
  return await tryAgain(client, { begin: BEGIN, end: 'commit', undo: 'rollback' }, work)
}

/**
 * A savepoint in the caller's transaction, retried after a conflict with another writer.
 * @param statementTimeoutMs of each statement, from here to the transaction's end
 */
export async function inStep<Result>(
  client: PoolClient,
  statementTimeoutMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query(`${SETTINGS}; set local statement_timeout = ${Math.round(statementTimeoutMs)}`)
  const step = { begin: 'savepoint step', end: 'release savepoint step', undo: 'rollback to savepoint step' }
  return await tryAgain(client, step, work)
}

interface Unit {
  readonly begin: string
  readonly end: string
  readonly undo: string
}

async function tryAgain<Result>(client: PoolClient, unit: Unit, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(unit.begin)
      const result = await work()
      await client.query(unit.end)
      return result
    } catch (error) {
      await client.query(unit.undo).catch(() => undefined)
      const passing = error instanceof DatabaseError && PASSING.includes(error.code ?? '')
      if (!passing || attempt === ATTEMPTS) throw error
      await wait(FIRST_PAUSE_MS * 2 ** attempt)
    }
  }
}

export type RowAction = 'inserted' | 'updated' | 'unchanged' | 'duplicate'

/** Counts the actions of rows; a row with several actions counts as the strongest. */
export function outcomeOf(
  rowCount: number,
  actions: ReadonlyMap<number, RowAction>,
  rejected: BatchOutcome['rejected'],
  unmatched: number,
  news: NewsByRow = NO_NEWS,
): BatchOutcome {
  const refused = new Set(rejected.map(({ row }) => row))
  const counts = { inserted: 0, updated: 0, unchanged: 0, duplicate: 0 }
  for (let row = 0; row < rowCount; row += 1) {
    if (!refused.has(row)) counts[actions.get(row) ?? 'unchanged'] += 1
  }
  return { ...counts, rejected, unmatched, news: new Map([...news].filter(([row]) => !refused.has(row))) }
}
