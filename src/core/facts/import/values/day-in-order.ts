import { isInOrder } from '../../../base/order.ts'
import { type Problem, problem } from '../problems.ts'

type Row = Readonly<Record<string, string | null>>

const DAYS = ['known_at', 'created_at', 'mql_at', 'opened_at', 'closed_at', 'occurred_at', 'entered_at'] as const

/**
 * What is wrong with a row that has a day, in a history that has none.
 * @param order the column by which the history is ordered
 * @param isReceived the row is known from the moment at which it is received, which is a day
 */
export function dayInOrder(row: Row, order: string, isReceived: boolean): Problem | undefined {
  const column = DAYS.find((name) => typeof row[name] === 'string' && !isInOrder(row[name]))
  if (column === undefined && !isReceived) return undefined
  const what =
    column === undefined ? 'a row that is received is known from that day on: import a file' : 'leave the day out'
  const message = `the history is ordered by the column ${JSON.stringify(order)} and has no days: ${what}, or use another database`
  return problem('day_in_order', column ?? null, column === undefined ? null : (row[column] ?? null), message)
}
