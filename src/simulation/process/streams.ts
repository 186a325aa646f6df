import { createRandom, type Random } from '../../core/base/random.ts'

/** The purposes of an account's random numbers. Each purpose has its own stream, most of them a new one each month. */
export type Purpose =
  | 'profile'
  | 'people'
  | 'latent'
  | 'interest'
  | 'renewal'
  | 'opening'
  | 'outcome'
  | 'deal'
  | 'deal-people'
  | 'deal-activity'
  | 'deal-touches'
  | 'events'
  | 'intent'
  | 'buyers'
  | 'sales'
  | 'drivers'

/**
 * The random streams of one account. Their seeds are the world's seed, the account's number, the purpose and the month, so
 * the draws of one purpose do not shift those of another. Two worlds that differ in the accounts that sales works share every
 * number that is not about the work of sales (common random numbers): only that work makes them differ.
 */
export interface Streams {
  readonly of: (purpose: Purpose) => Random
  readonly inMonth: (purpose: Purpose, monthIndex: number) => Random
}

export function accountStreams(seed: number | string, accountIndex: number): Streams {
  const account = `${seed}/account/${accountIndex}`
  return {
    of: (purpose) => createRandom(`${account}/${purpose}`),
    inMonth: (purpose, monthIndex) => createRandom(`${account}/${purpose}/${monthIndex}`),
  }
}
