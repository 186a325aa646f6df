import type { IsoDate } from '../core/base/time.ts'
import { liveAccount } from './company/account-life.ts'
import { momentOf } from './process/moment.ts'
import { monthsOf, simulationOptions, type SimulationOptions } from './options.ts'
import { simulateRates } from './process/rates.ts'
import type { CompanyTables, SimulatedTables } from './export/rows.ts'
import { simulateSpend } from './company/spend.ts'
import { tablesOf } from './export/tables.ts'

export type SimulationRequest = Partial<SimulationOptions> & { readonly end: IsoDate }

/**
 * The simulated company, account by account: each item holds all rows and the truth of one account, so memory stays flat
 * whatever the size. Account k is the same in a world of any number of accounts.
 *
 * @throws RangeError when an option is out of range.
 */
export function* simulateAccounts(request: SimulationRequest): Generator<SimulatedTables, void, undefined> {
  const options = simulationOptions(request)
  const months = monthsOf(options)
  const end = momentOf(options.end)
  for (let index = 0; index < options.accounts; index += 1) yield tablesOf(liveAccount(index, options, months), end)
}

/** The whole world in memory, tables concatenated in the order of the accounts: for tests and studies. */
export function simulateCompany(request: SimulationRequest): SimulatedTables & CompanyTables {
  const options = simulationOptions(request)
  const accounts = [...simulateAccounts(request)]
  return {
    accounts: accounts.flatMap((tables) => tables.accounts),
    contacts: accounts.flatMap((tables) => tables.contacts),
    activities: accounts.flatMap((tables) => tables.activities),
    intentSignals: accounts.flatMap((tables) => tables.intentSignals),
    businessEvents: accounts.flatMap((tables) => tables.businessEvents),
    opportunities: accounts.flatMap((tables) => tables.opportunities),
    opportunityContacts: accounts.flatMap((tables) => tables.opportunityContacts),
    stageHistory: accounts.flatMap((tables) => tables.stageHistory),
    accountLinks: accounts.flatMap((tables) => tables.accountLinks),
    customerEvents: accounts.flatMap((tables) => tables.customerEvents),
    accountMonths: accounts.flatMap((tables) => tables.accountMonths),
    opportunityTruths: accounts.flatMap((tables) => tables.opportunityTruths),
    interventions: accounts.flatMap((tables) => tables.interventions),
    peopleTruths: accounts.flatMap((tables) => tables.peopleTruths),
    spend: simulateSpend(options),
    rates: simulateRates(options),
  }
}
