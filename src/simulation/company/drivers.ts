import type { Random } from '../../core/base/random.ts'
import type { Company, PersonTruth } from './company.ts'
import { linearTerms, logOdds, type LogOddsParts } from '../process/log-odds.ts'
import type { Moment } from '../process/moment.ts'
import { DRIVERS, WIN } from '../process/process.ts'
import { chance } from '../process/sampling.ts'
import { sigmoid } from '../../core/statistics/sigmoid.ts'
import { stateAt } from '../process/state.ts'

/**
 * Who drives a deal: each of the people known on the first of the month may, the likelier the more their own activities add
 * to the win log-odds of the process, had nobody else done anything.
 */
export function drawDrivers(
  random: Random,
  company: Company,
  opportunity: string,
  asOf: Moment,
  parts: LogOddsParts,
): readonly PersonTruth[] {
  const people = company.contacts.filter(({ knownAt }) => knownAt < asOf)
  const oddsWith = (activities: Company['activities']) =>
    logOdds(WIN, linearTerms(stateAt({ ...company, activities }, asOf)), company.latentNow, parts)
  const nobody = oddsWith([])
  return people.map((contact) => {
    const added = oddsWith(company.activities.filter((fact) => fact.contact === contact)) - nobody
    const driveProbability = sigmoid(DRIVERS.intercept + DRIVERS.perLogOdds * added)
    return { opportunity, contact, winLogOdds: added, driveProbability, drives: chance(random, driveProbability) }
  })
}
