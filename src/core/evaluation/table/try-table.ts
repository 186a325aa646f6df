import { distinctRows } from './columns/copies.ts'
import { evaluateTable, type EvaluateOptions } from './evaluate.ts'
import { findLeaks } from './columns/leaks.ts'
import { findOutcome, type StatedOutcome } from './columns/outcome.ts'
import { profileTable } from './columns/profile.ts'
import type { Answer } from './result.ts'
import { findRoles, type StatedRoles } from './columns/roles.ts'
import { rowsToFit } from './sample.ts'
import { selectTableRows, type Table } from './columns/table.ts'

export interface TryOptions extends StatedOutcome, StatedRoles, EvaluateOptions {}

export const FEWEST_OF_EACH = 40
/** Columns that only the fit shows to hold the outcome, one after the other. */
const MOST_SEPARATORS = 10

/**
 * What a table of closed deals or leads tells of those to come: reads the roles of its columns, leaves leaks out, and tests
 * the model that training would fit on rows that it has not seen. The same rows give the same answer in any order.
 */
export function tryTable(table: Table, options: TryOptions): Answer {
  const found = findOutcome(table, options)
  if (found.kind === 'refused') return found
  const { outcome } = found
  const closed = [...outcome.outcomes.keys()].filter((row) => outcome.outcomes[row] !== null)
  const closedTable = selectTableRows(table, closed)
  const distinct = distinctRows(closedTable)
  const wonOf = (place: number) => outcome.outcomes[closed[distinct.rows[place] ?? -1] ?? -1] === 'won'
  const all = distinct.rows.map((_, place) => wonOf(place))
  const fitted = rowsToFit(all)
  const outcomeColumns = new Set([...outcome.won, ...outcome.lost].map(({ column }) => column))
  const columns = profileTable(
    selectTableRows(
      closedTable,
      fitted.rows.map((place) => distinct.rows[place] ?? -1),
    ),
  ).filter(({ name }) => !outcomeColumns.has(name))
  const named = findRoles(columns, options)
  if (named.kind === 'refused') return named
  const wins = all.filter(Boolean).length
  const understood = {
    rows: table.rowCount,
    won: wins,
    lost: all.length - wins,
    open: table.rowCount - closed.length,
    copies: distinct.copies,
    outcome,
    roles: named.roles,
    columns,
    sampledTo: fitted.sampling ? fitted.rows.length : null,
  }
  if (Math.min(wins, all.length - wins) < FEWEST_OF_EACH)
    return { kind: 'too_few', needed: FEWEST_OF_EACH, ...understood }
  const idCells = named.roles.id?.column.cells
  const labelled = {
    won: fitted.rows.map((place) => all[place] === true),
    ids: fitted.rows.map((place, row) => idCells?.[row] ?? distinct.keys[place] ?? ''),
    sampling: fitted.sampling,
  }
  const leaks = [...findLeaks(columns, named.roles, labelled.won, labelled.ids)]
  for (let attempt = 0; attempt < MOST_SEPARATORS; attempt += 1) {
    const answer = evaluateTable(understood, labelled, leaks, options)
    if (answer.kind !== 'separated') return answer
    leaks.unshift(answer.leak)
  }
  return {
    kind: 'refused',
    message: 'too many columns give the outcome away: leave out what is written at the close by --leave-out COLUMN',
  }
}
