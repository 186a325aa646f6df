import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseError, type PoolClient } from 'pg'
import type { Problem } from '../../../core/facts/import/problems.ts'
import type { Instant } from '../../../core/base/time.ts'

export interface BatchContext {
  /** One instant for the whole import: what an undated row changes is known from then on. */
  readonly startedAt: Instant
  /** An undated row that says something else corrects what is stored, and with it the past. */
  readonly amend: boolean
  /** Nothing will be committed. */
  readonly dryRun: boolean
  /** Rows come as things happen: an undated one is known from `startedAt`, and never since its own time. */
  readonly received?: boolean
}

/** What became of a batch's rows. Every row is in exactly one of the five; `unmatched` is a property of those kept. */
export interface BatchOutcome {
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly duplicate: number
  readonly rejected: readonly { readonly row: number; readonly problem: Problem }[]
  readonly unmatched: number
}

const ATTEMPTS = 6
const FIRST_PAUSE_MS = 50
/** Deadlock, serialization failure, lock timeout; and a key that somebody else wrote since it was looked for. */
const PASSING = ['40P01', '40001', '55P03', '23505']

const SETTINGS = `set local statement_timeout = '10min'; set local lock_timeout = '5s';
  set local jit = off; set local work_mem = '64MB'; set local random_page_cost = 1.1`
const BEGIN = `begin; ${SETTINGS}`

/** Everything that `work` writes, the client is rid of afterwards: the transactions in it become steps of one. */
export async function inDryRun<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  await client.query(`${BEGIN}; set local idle_in_transaction_session_timeout = 0; set local winrate.dry_run = 'on'`)
  try {
    return await work()
  } finally {
    await client.query('rollback')
  }
}

/** Staging tables empty themselves only when a transaction ends, so that they are emptied here. */
async function inSavepoint<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  await client.query('savepoint step')
  const result = await work()
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'r'`,
  )
  if (rows.length > 0) await client.query(`truncate ${rows.map(({ name }) => `pg_temp.${name}`).join(', ')}`)
  await client.query('release savepoint step')
  return result
}

/**
 * One transaction, tried again when another import stood in its way. Rows are locked in the order of their keys, so a
 * deadlock takes two imports of different kinds and is rare.
 */
export async function inBatchTransaction<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  if (client.getTransactionStatus() === 'T') return await inSavepoint(client, work)
  // The pool's limits are for single statements of the service; a batch may take longer than they allow. Compiling a
  // batch's statements costs more than it saves, and what a batch probes is mostly in memory.
  return await tryAgain(client, { begin: BEGIN, end: 'commit', undo: 'rollback' }, work)
}

/**
 * A step of a transaction that its caller began, tried again when another writer stood in its way.
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

/** Adds up what single rows became; the strongest thing that happened to a row is what it counts as. */
export function outcomeOf(
  rowCount: number,
  actions: ReadonlyMap<number, RowAction>,
  rejected: BatchOutcome['rejected'],
  unmatched: number,
): BatchOutcome {
  const refused = new Set(rejected.map(({ row }) => row))
  const counts = { inserted: 0, updated: 0, unchanged: 0, duplicate: 0 }
  for (let row = 0; row < rowCount; row += 1) {
    if (!refused.has(row)) counts[actions.get(row) ?? 'unchanged'] += 1
  }
  return { ...counts, rejected, unmatched }
}
