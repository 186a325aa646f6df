import { addMonths, firstOfMonth, type IsoDate } from '../core/base/time.ts'
import { momentOf, type Moment } from './process/moment.ts'
import { SALES } from './process/process.ts'
import { WARM_UP_MONTHS } from './company/profile-tables.ts'

/**
 * Whether sales works an account in the month that starts on `month`; undefined leaves it to the old rule. A pure function.
 */
export type Worklist = (accountExternalId: string, month: IsoDate) => boolean | undefined

export interface SimulationOptions {
  readonly accounts: number
  /** Full months of facts before `end`; no opportunity opens in the first four. */
  readonly months: number
  /** Nothing that became known on or after this day (00:00 UTC) is exported. */
  readonly end: IsoDate
  readonly seed: number | string
  /** Off: no hidden state enters the truth. */
  readonly latent: boolean
  /** Off: no products of terms enter the truth, both log-odds are linear. */
  readonly interactions: boolean
  /** Added to the win log-odds of an account that sales works. */
  readonly salesEffect: number
  /** Off: working an account adds `salesEffect` and does nothing else: no calls, replies, found contacts, outbound opportunities. */
  readonly salesTraces: boolean
  /** Whom sales works; null is the old rule (`MQL_RULE`). */
  readonly worklist: Worklist | null
  /** Added to the intercept of the opening: how `--opportunities` reaches its number. */
  readonly openingShift: number
}

const DEFAULTS = {
  accounts: 2000,
  months: 36,
  seed: 1,
  latent: true,
  interactions: true,
  salesEffect: SALES.effect,
  salesTraces: true,
  worklist: null,
  openingShift: 0,
}

/** @throws RangeError when the world would have no account or no month after the warm-up. */
export function simulationOptions(given: Partial<SimulationOptions> & { readonly end: IsoDate }): SimulationOptions {
  const options = { ...DEFAULTS, ...given }
  if (!Number.isInteger(options.accounts) || options.accounts < 1)
    throw new RangeError(`accounts must be a whole number of at least 1, got ${options.accounts}`)
  if (!Number.isInteger(options.months) || options.months <= WARM_UP_MONTHS)
    throw new RangeError(`months must be a whole number above the ${WARM_UP_MONTHS} of warm-up, got ${options.months}`)
  if (!Number.isFinite(options.salesEffect))
    throw new RangeError(`sales effect must be finite, got ${options.salesEffect}`)
  return options
}

export interface SimulatedMonth {
  /** 0 is the first month of the world. */
  readonly index: number
  readonly month: IsoDate
  readonly start: Moment
  readonly end: Moment
  /** False in the warm-up, when facts come in but no opportunity opens. */
  readonly counts: boolean
  /** The part of the month before the world's end: below 1 only in the last, when `end` is not the first of a month. */
  readonly exportedShare: number
}

/** The months of the world, oldest first; the last one is partial when `end` is not the first of a month. */
export function monthsOf({ months, end }: SimulationOptions): readonly SimulatedMonth[] {
  const first = addMonths(firstOfMonth(end), -months)
  const all: SimulatedMonth[] = []
  for (let month = first; month < end; month = addMonths(month, 1)) {
    const [start, next] = [momentOf(month), momentOf(addMonths(month, 1))]
    all.push({
      index: all.length,
      month,
      start,
      end: next,
      counts: all.length >= WARM_UP_MONTHS,
      exportedShare: Math.min(1, (momentOf(end) - start) / (next - start)),
    })
  }
  return all
}
