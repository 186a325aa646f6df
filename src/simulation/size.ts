import { liveAccount } from './company/account-life.ts'
import { monthsOf, simulationOptions, type SimulationOptions } from './options.ts'
import { sigmoid } from '../core/statistics/sigmoid.ts'
import type { SimulationRequest } from './simulate-company.ts'

const PILOT_ACCOUNTS = 400

/**
 * Options under which about `opportunities` come out (renewals, duplicates and tests not counted): with the number of
 * accounts left open, more or fewer accounts; else another intercept of the opening. Measured on a pilot of 400 accounts.
 *
 * @throws RangeError when `opportunities` is not positive, or more than the accounts can hold.
 */
export function withOpportunities(request: SimulationRequest, opportunities: number): SimulationOptions {
  if (!(opportunities > 0)) throw new RangeError(`opportunities must be positive, got ${opportunities}`)
  let options = simulationOptions(request)
  if (request.accounts === undefined)
    return { ...options, accounts: Math.max(1, Math.round(opportunities / openingsPerAccount(options))) }
  const wanted = opportunities / options.accounts
  for (let step = 0; step < 5; step += 1) {
    const shift = options.openingShift + Math.log(wanted / openingsPerAccount(options))
    // An account has one open opportunity at most, so the rate has a ceiling; beyond it the shift does not converge.
    if (shift > 6)
      throw new RangeError(
        `${options.accounts} accounts in ${options.months} months cannot hold ${opportunities} opportunities`,
      )
    options = { ...options, openingShift: shift }
  }
  return options
}

/** Sums probabilities instead of counting openings: ten times less noise for the same pilot. */
function openingsPerAccount(options: SimulationOptions): number {
  const months = monthsOf(options)
  let openings = 0
  for (let index = 0; index < PILOT_ACCOUNTS; index += 1) {
    for (const { openLogOdds, worked, interventions, month } of liveAccount(index, options, months).truths) {
      if (openLogOdds === null) continue
      const opening = (worked && interventions?.worked.openProbability) || sigmoid(openLogOdds)
      openings += opening * month.exportedShare
    }
  }
  return openings / PILOT_ACCOUNTS
}
