import type { Random } from '../../core/base/random.ts'
import type { Company, PersonTruth } from './company.ts'
import { linearTerms, logOdds, type LogOddsParts } from '../process/log-odds.ts'
import type { Moment } from '../process/moment.ts'
import { DRIVERS, WIN } from '../process/process.ts'
import { chance } from '../process/sampling.ts'
import { sigmoid } from '../../core/statistics/sigmoid.ts'
import { stateAt } from '../process/state.ts'

/**
 * The person who drives a deal, drawn from the people known on the first of the month: the more a person's own activities
 * add to the win log-odds, the likelier.
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
