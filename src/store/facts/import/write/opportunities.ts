import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { type Problem, problem } from '../../../../core/facts/import/problems.ts'
import { CLOSED_BEFORE_OPENED } from '../../../../core/facts/import/values/opportunity-dates.ts'
import type { News } from '../../../../core/facts/news/news.ts'
import { type BatchContext, type BatchOutcome, outcomeOf, type RowAction } from '../batch.ts'
import { FIND_CONTRADICTED } from './contradicted-opportunities.ts'
import * as statements from './opportunity-statements.ts'
import { copyRows } from './staging.ts'

interface Written {
  readonly row: number
  readonly inserted: boolean
  readonly news: readonly News[]
}

interface Taken {
  readonly row: number
  readonly value: string
}

interface FirstOpening {
  /** The day on which the first row of the import opens the opportunity. */
  readonly first: string
}

/** What became of the rows of a batch: the strongest action of each, and all of its news. */
interface Ledger {
  readonly actions: Map<number, RowAction>
  readonly news: Map<number, readonly News[]>
}

/** Opportunities and their versions (docs/import.md, "opportunities", says which row becomes which versions). */
export async function writeOpportunities(
  client: PoolClient,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  const start = [context.startedAt]
  await copyRows(client, statements.OPPORTUNITY_STAGING, rows)
  if (rows.some((row) => row['deleted'] === 'true')) await client.query(statements.STRIP_DELETED)
  const { rows: twice } = await client.query<Taken & FirstOpening>(statements.TAKE_OPENED_TWICE, start)
  const { rows: contradicted } = await client.query<{ row: number }>(FIND_CONTRADICTED, start)
  if (context.received) await client.query(statements.DATE_RECEIVED, start)
  await client.query(statements.DROP_DUPLICATES)
  await client.query(statements.INSERT_OPPORTUNITIES)
  await client.query(statements.LOCK_OPPORTUNITIES)
  const { rows: unknown } = await client.query<Taken>(statements.TAKE_UNKNOWN)
  const isDeletion = ({ row }: Taken) => rows[row]?.['deleted'] === 'true'
  const ledger: Ledger = { actions: new Map(), news: new Map() }
  for (let row = 0; row < rows.length; row += 1) ledger.actions.set(row, 'duplicate')
  const { rows: kept } = await client.query<{ row: number }>('select row from staged_opportunity')
  for (const { row } of [...kept, ...unknown.filter(isDeletion)]) ledger.actions.set(row, 'unchanged')
  const settled = await writeStaged(client, context, ledger)
  const add = (row: number, news: News) => void ledger.news.set(row, [...(ledger.news.get(row) ?? []), news])
  const isMarked = ({ attributes }: StagedRow) => attributes?.includes(`"${CLOSED_BEFORE_OPENED}":`) === true
  const reversed = [...settled, ...rows.flatMap((row, index) => (isMarked(row) ? [index] : []))]
  for (const row of reversed) add(row, CLOSED_BEFORE_OPENED)
  for (const { row } of contradicted) add(row, 'contradicted')
  for (const { row } of unknown.filter(isDeletion)) ledger.news.set(row, ['nothing_to_delete'])
  const { rows: counted } = await client.query<{ unmatched: number }>(statements.COUNT_UNMATCHED)
  const rejected = [
    ...twice.map(({ row, value, first }) => ({ row, problem: openedTwiceProblem(rows[row] ?? {}, value, first) })),
    ...unknown
      .filter((taken) => !isDeletion(taken))
      .map(({ row, value }) => ({ row, problem: unknownProblem(rows[row] ?? {}, value) })),
  ]
  return outcomeOf(rows.length, ledger.actions, rejected, counted[0]?.unmatched ?? 0, ledger.news)
}

/** @returns the rows that close an opportunity before the opening that we have */
async function writeStaged(client: PoolClient, context: BatchContext, ledger: Ledger): Promise<number[]> {
  const start = [context.startedAt]
  const note = (written: readonly Written[]) => {
    for (const { row, inserted, news } of written) {
      if (ledger.actions.get(row) === 'unchanged') ledger.actions.set(row, inserted ? 'inserted' : 'updated')
      ledger.news.set(row, [...new Set([...(ledger.news.get(row) ?? []), ...news])])
    }
  }
  const corrected = (found: readonly { readonly row: number; readonly news: News }[]) =>
    found.map(({ row, news }): Written => ({ row, inserted: false, news: [news] }))
  const withdrawn = await client.query<{ row: number; news: News }>(statements.WITHDRAW_WAITING, start)
  const moved = await client.query<{ row: number; news: News }>(statements.MOVE_ACCOUNTS)
  await client.query(statements.ENTER_DATED, start)
  if (context.received) await client.query(statements.DROP_TOLD_AGAIN, start)
  note(await writeEntries(client, context))
  await client.query(statements.ENTER_UNDATED, start)
  note(await writeEntries(client, context))
  note((await client.query<Written>(statements.INSERT_OPENINGS)).rows)
  if (context.received) await client.query(statements.INSERT_RECEIVED_OPENINGS, start)
  const reversed = await writePartialRows(client, context, note)
  note(corrected(withdrawn.rows))
  note(corrected(moved.rows))
  return reversed
}

async function writeEntries(client: PoolClient, { startedAt }: BatchContext): Promise<Written[]> {
  const { rows } = await client.query<Written>(statements.WRITE_ENTRIES, [startedAt])
  await client.query('delete from opportunity_entry')
  return rows
}

async function writePartialRows(
  client: PoolClient,
  context: BatchContext,
  note: (written: readonly Written[]) => void,
): Promise<number[]> {
  const reversed: number[] = []
  const { rows: counted } = await client.query<{ rounds: number }>(statements.COUNT_ROUNDS)
  for (let round = 1; round <= (counted[0]?.rounds ?? 0); round += 1) {
    await client.query(statements.ENTER_PARTIAL, [context.startedAt, round])
    const { rows: settled } = await client.query<{ row: number; marked: boolean }>(statements.SETTLE_REVERSED)
    reversed.push(...settled.flatMap(({ row, marked }) => (marked ? [row] : [])))
    await client.query(statements.DROP_SAME)
    note(await writeEntries(client, context))
  }
  return reversed
}

function openedTwiceProblem(row: StagedRow, openedOn: string, firstOpenedOn: string): Problem {
  return problem(
    'opened_twice',
    'opened_at',
    openedOn,
    `another row of this import opens ${row['external_id']} on ${firstOpenedOn}: two opportunities may share this id`,
  )
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
