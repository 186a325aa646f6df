import { sigmoid } from '../../core/statistics/sigmoid.ts'

/** Chosen by log loss over 159,000 account-months. How much of the distance to rest is left a month later, and how far above its profile alone an account usually is. */
const CARRY = 0.75
const USUAL_LIFT = 1.6

/**
 * An estimate of the chance that an opportunity opens within 90 days: three months, of which the first is exact and the
 * other two return, in log-odds, towards the account's long-term mean. The later facts are not known on the first day of the
 * first month, so no exact value exists short of simulating the account's future many times.
 */
export function openProbabilityWithin90Days(openLogOdds: number, atRest: number): number {
  const usual = atRest + USUAL_LIFT
  let none = 1
  for (let month = 0; month < 3; month += 1) none *= 1 - sigmoid(usual + CARRY ** month * (openLogOdds - usual))
  return 1 - none
}
