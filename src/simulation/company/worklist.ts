import { parseIsoDate } from '../../core/base/time.ts'
import { accountExternalId } from './company.ts'
import { monthsOf, type SimulationOptions, type Worklist } from '../options.ts'

export interface WorklistRow {
  readonly account_external_id: string
  /** `YYYY-MM`, or the first of a month. */
  readonly month: string
}

/**
 * A table as a worklist: the accounts that it names, in the months that it names. Before the first of these months the old
 * rule decides, as it does in a company until the day it starts with a model.
 *
 * @throws RangeError for an account or a month that the world does not have (the list probably belongs to another world), and
 *   for an empty list, which is ambiguous: sales works no account, or keeps the old rule.
 */
export function worklistOf(rows: Iterable<WorklistRow>, options: SimulationOptions): Worklist {
  const months = new Set<string>(monthsOf(options).map(({ month }) => month))
  const listed = new Set<string>()
  for (const { account_external_id: account, month } of rows) {
    const date = parseIsoDate(month.length === 7 ? `${month}-01` : month)
    if (!date || !months.has(date)) throw new RangeError(`worklist: "${month}" of ${account} is no month of this world`)
    const index = Number(account.slice(1))
    if (accountExternalId(index) !== account || index >= options.accounts)
      throw new RangeError(`worklist: "${account}" is no account of this world, which has ${options.accounts}`)
    listed.add(`${account} ${date}`)
  }
  const first = [...listed].map((key) => key.slice(-10)).toSorted()[0]
  if (first === undefined) throw new RangeError('worklist: names no account')
  return (account, month) => (month < first ? undefined : listed.has(`${account} ${month}`))
}
