import { createRandom } from '../../core/base/random.ts'
import { addDays, type IsoDate } from '../../core/base/time.ts'
import { monthsOf, type SimulationOptions } from '../options.ts'
import { EXCHANGE, OPPORTUNITY } from './process.ts'
import type { RateRow } from '../export/rows.ts'

/**
 * The rate of the euro for each day from the first month to the day before the end: it moves a little around the rate that
 * the amounts of the world were computed with. It has a random stream of its own.
 */
export function simulateRates(options: SimulationOptions): readonly RateRow[] {
  const random = createRandom(`${options.seed}/rates`)
  const rows: RateRow[] = []
  let strayed = EXCHANGE.straySd * random.normal()
  let day: IsoDate = monthsOf(options)[0]?.month ?? options.end
  for (; day < options.end; day = addDays(day, 1)) {
    const usd = OPPORTUNITY.usdPerEur * Math.exp(strayed)
    rows.push({ currency: 'EUR', day, usd_per_unit: Math.round(usd * 10_000) / 10_000 })
    strayed =
      EXCHANGE.dailyCarry * strayed + EXCHANGE.straySd * Math.sqrt(1 - EXCHANGE.dailyCarry ** 2) * random.normal()
  }
  return rows
}
