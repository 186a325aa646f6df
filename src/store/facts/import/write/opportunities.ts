import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { type Problem, problem } from '../../../../core/facts/import/problems.ts'
import { type BatchContext, type BatchOutcome, outcomeOf, type RowAction } from '../batch.ts'
import * as statements from './opportunity-statements.ts'
import { copyRows } from './staging.ts'

interface Written {
  readonly row: number
  readonly inserted: boolean
}

interface Taken {
  readonly row: number
  readonly value: string
}

/** Opportunities and their versions (docs/import.md, "opportunities", says which row becomes which versions). */
export async function writeOpportunities(
  client: PoolClient,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  await copyRows(client, statements.OPPORTUNITY_STAGING, rows)
  if (rows.some((row) => row['deleted'] === 'true')) await client.query(statements.STRIP_DELETED)
  if (context.received) await client.query(statements.DATE_RECEIVED, [context.startedAt])
  await client.query(statements.DROP_DUPLICATES)
  await client.query(statements.INSERT_OPPORTUNITIES)
  await client.query(statements.LOCK_OPPORTUNITIES)
  const unknown = await client.query<Taken>(statements.TAKE_UNKNOWN)
  const kept = await client.query<{ row: number }>('select row from staged_opportunity')
  const moved = await client.query<{ row: number }>(statements.MOVE_ACCOUNTS)
  const actions = new Map<number, RowAction>()
  for (let row = 0; row < rows.length; row += 1) actions.set(row, 'duplicate')
  for (const { row } of kept.rows) actions.set(row, 'unchanged')
  const note = (written: readonly Written[]) => {
    for (const { row, inserted } of written) {
      if (actions.get(row) === 'unchanged') actions.set(row, inserted ? 'inserted' : 'updated')
    }
  }
  await client.query(statements.ENTER_DATED, [context.startedAt])
  if (context.received) await client.query(statements.DROP_TOLD_AGAIN, [context.startedAt])
  note(await writeEntries(client))
  await client.query(statements.ENTER_UNDATED, [context.startedAt])
  note(await writeEntries(client))
  note((await client.query<Written>(statements.INSERT_OPENINGS)).rows)
  const reversed = await writePartialRows(client, context, note)
  note(moved.rows.map(({ row }) => ({ row, inserted: false })))
  const { rows: counted } = await client.query<{ unmatched: number }>(statements.COUNT_UNMATCHED)
  const rejected = [
    ...unknown.rows.map(({ row, value }) => ({ row, problem: unknownProblem(rows[row] ?? {}, value) })),
    ...reversed.map(({ row, value }) => ({ row, problem: reversedProblem(value) })),
  ]
  return outcomeOf(rows.length, actions, rejected, counted[0]?.unmatched ?? 0)
}

async function writeEntries(client: PoolClient): Promise<Written[]> {
  const { rows } = await client.query<Written>(statements.WRITE_ENTRIES)
  await client.query('delete from opportunity_entry')
  return rows
}

async function writePartialRows(
  client: PoolClient,
  context: BatchContext,
  note: (written: readonly Written[]) => void,
): Promise<Taken[]> {
  const reversed: Taken[] = []
  const { rows: counted } = await client.query<{ rounds: number }>(statements.COUNT_ROUNDS)
  for (let round = 1; round <= (counted[0]?.rounds ?? 0); round += 1) {
    await client.query(statements.ENTER_PARTIAL, [context.startedAt, round])
    reversed.push(...(await client.query<Taken>(statements.TAKE_REVERSED)).rows)
    await client.query(statements.DROP_SAME)
    note(await writeEntries(client))
  }
  return reversed
}

const NEW_NEEDS = 'a new one needs its account and the time at which it opened'

/** Says which of the two is missing. A row that has both takes back what is not there. */
function unknownProblem(row: StagedRow, externalId: string): Problem {
  const [column, ...others] = ['account_external_id', 'opened_at'].filter((name) => (row[name] ?? null) === null)
  if (column !== undefined && others.length === 0) {
    const message = `opportunity "${externalId}" is new and has no ${column}; ${NEW_NEEDS}`
    return problem('unknown_opportunity', column, null, message)
  }
  const state = column === undefined ? 'is not stored' : 'is new and has neither account_external_id nor opened_at'
  return problem('unknown_opportunity', 'external_id', externalId, `${state}; ${NEW_NEEDS}`)
}

function reversedProblem(closedAt: string): Problem {
  return problem(
    'closed_before_opened',
    'closed_at',
    closedAt,
    'lies before the opened_at that we have of this opportunity',
  )
}
