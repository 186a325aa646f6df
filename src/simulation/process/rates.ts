import { createRandom } from '../../core/base/random.ts'
import { addDays, type IsoDate } from '../../core/base/time.ts'
import { monthsOf, type SimulationOptions } from '../options.ts'
import { EXCHANGE, OPPORTUNITY } from './process.ts'
import type { RateRow } from '../export/rows.ts'

/**
 * What a euro was worth, day by day from the first month to the day before the end: it strays a little from the rate by which
 * the world's amounts were made, and is drawn back. Its draws are its own.
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
