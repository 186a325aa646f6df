import { createRandom } from '../../core/base/random.ts'
import { monthsOf, type SimulationOptions } from '../options.ts'
import { SPEND } from '../process/process.ts'
import type { SpendRow } from '../export/rows.ts'

/** Acquisition cost by month and channel: grows with the number of accounts, quieter in July, August and December. */
export function simulateSpend(options: SimulationOptions): readonly SpendRow[] {
  const random = createRandom(`${options.seed}/spend`)
  const complete = monthsOf(options).slice(0, options.months)
  return complete.flatMap(({ month }) => {
    const season = ['07', '08', '12'].includes(month.slice(5, 7)) ? 0.75 : 1.05
    return Object.entries(SPEND).map(([channel, usual]) => ({
      month,
      channel,
      amount: Math.round(((usual * options.accounts) / 2000) * season * Math.exp(0.12 * random.normal()) * 100) / 100,
      currency: 'USD' as const,
    }))
  })
}
