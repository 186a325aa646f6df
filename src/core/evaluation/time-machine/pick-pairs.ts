import type { CohortAccount } from '../../training/cohorts/cohort.ts'
import { createRandom, type Random } from '../../base/random.ts'
import { epochMicrosOf, type Instant, instantOfEpochMicros } from '../../base/time.ts'

/** An account, described as of an instant. */
export interface Pair {
  readonly accountId: number
  readonly asOf: Instant
}

/** When something of an account happened or became known: where a slip in the rule of time would show. */
export interface AccountInstant {
  readonly accountId: number
  readonly kind: string
  readonly at: Instant
}

const DAY_MICROS = 86_400_000_000
/** Accounts that share one random instant: they are read as one batch. */
const BATCH = 50

/**
 * One half of the pairs lie within a day of a moment of their account, each kind of moment as often as any other, and
 * every second of them on the very microsecond, where `<` and `<=` differ. The other half are random instants up to
 * `end`, each with a batch of accounts known by then.
 *
 * @param accounts all known before `end`, at least one
 */
export function pickPairs(
  accounts: readonly CohortAccount[],
  moments: readonly AccountInstant[],
  count: number,
  end: Instant,
  seed: number,
): readonly Pair[] {
  const random = createRandom(`time machine ${seed}`)
  const past = moments.filter((moment) => moment.at < end)
  const kinds = [...Map.groupBy(past, (moment) => moment.kind).values()]
  const nearCount = kinds.length === 0 ? 0 : Math.floor(count / 2)
  const near = Array.from({ length: nearCount }, () => pickNear(random, random.pick(random.pick(kinds)), end))
  const first = past.reduce((least, { at }) => (at < least ? at : least), instantOfEpochMicros(epochMicrosOf(end) - 1))
  const anywhere: Pair[] = []
  while (near.length + anywhere.length < count) {
    const asOf = between(random, first, end)
    const known = accounts.filter((account) => account.knownAt < asOf)
    const among = known.length > 0 ? known : accounts
    const wanted = Math.min(BATCH, count - near.length - anywhere.length)
    for (const { accountId } of random.shuffle(among).slice(0, wanted)) anywhere.push({ accountId, asOf })
  }
  return [...near, ...anywhere]
}

function pickNear(random: Random, { accountId, at }: AccountInstant, end: Instant): Pair {
  const place = random.integer(8)
  if (place < 4) return { accountId, asOf: at }
  // One microsecond after: the first instant at which it may count.
  const shift = place === 4 ? 1 : random.integer(2 * DAY_MICROS) - DAY_MICROS
  const asOf = instantOfEpochMicros(epochMicrosOf(at) + shift)
  return { accountId, asOf: asOf < end ? asOf : end }
}

function between(random: Random, start: Instant, end: Instant): Instant {
  const from = epochMicrosOf(start)
  return instantOfEpochMicros(from + 1 + random.integer(epochMicrosOf(end) - from))
}
