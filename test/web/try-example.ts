import { pageOf, type TryPage } from '../../src/core/evaluation/table/page/page.ts'
import { tableOf } from '../../src/core/evaluation/table/columns/table.ts'
import { tryTable } from '../../src/core/evaluation/table/try-table.ts'
import { isWon, madeDeals, type MadeTable, withColumn } from '../core/evaluation/table/made-tables.ts'

const NOTES = ['2 blank rows passed over, from line 9']

/** With all that a page can show: leaks, points, dates, notes, and a name that is no HTML. */
export function triedPage(): TryPage {
  const deals = madeDeals({ seed: 1, dated: true })
  const leaking = withColumn(deals, 'Loss Reason', (row) => (isWon(row) ? '' : '<b>Price</b>'))
  return pageFor(withColumn(leaking, 'Lead Score', (row, index) => String(((index * 7) % 50) + (isWon(row) ? 10 : 0))))
}

export function tooFewPage(): TryPage {
  return pageFor(madeDeals({ seed: 1, rows: 60 }))
}

function pageFor({ header, rows }: MadeTable): TryPage {
  const { table } = tableOf(
    header,
    rows.map((row) => header.map((name) => row[name] ?? '')),
  )
  const answer = tryTable(table, { seed: 1, onProgress: () => undefined })
  if (answer.kind === 'refused') throw new Error(answer.message)
  return pageOf(answer, { rowCount: rows.length, notes: NOTES })
}
