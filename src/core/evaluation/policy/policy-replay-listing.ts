import { type Instant, instantPlusDays } from '../../base/time.ts'
import { clusteredShare, type Estimate } from '../../statistics/clustered-proportion.ts'

/** An account on the first of a month: known before it, without an open opportunity, scored by a model trained before it. */
export interface ReplayRow {
  readonly id: string
  readonly month: Instant
  /** Null where no fold had a model by then. */
  readonly probability: number | null
  readonly points: number | null
  /** Null where the company has no rule. */
  readonly mqlQualified: boolean | null
  /** Sales touched it in the 30 days before. */
  readonly worked: boolean
}

/** An opportunity that counts for the in-market label, by all that is known at the replay's as-of. */
export interface ReplayDeal {
  readonly key: string
  readonly id: string
  readonly openedAt: Instant
  readonly closedAt: Instant | null
  readonly outcome: 'won' | 'lost' | 'open'
  /** In one currency; null counts as 0. */
  readonly amount: number | null
  readonly accountKnownAt: Instant
  /** Since when the first fact about the account could count; null where there is none. */
  readonly firstFactAt: Instant | null
}

export interface ReplayOptions {
  readonly asOf: Instant
  readonly capacityPerMonth: number
  readonly openWithinDays: number
  readonly wonWithinDays: number
  readonly coolDownDays: number
  /** The model's threshold, the same in every month or one for each; null lists no account. */
  readonly threshold: number | null | ((month: Instant) => number | null)
  /** Share of the accounts that the rows hold; 1 when absent. The capacity is the rows' own. */
  readonly accountShare?: number
}

/** An account listed on the first of a month, and the opportunities that followed. */
export interface Listing {
  readonly row: ReplayRow
  readonly deals: readonly ReplayDeal[]
}

/** The model's own threshold in a month. */
export function thresholdIn({ threshold }: Pick<ReplayOptions, 'threshold'>, month: Instant): number | null {
  return typeof threshold === 'function' ? threshold(month) : threshold
}

/** Won within the time that the win model counts. */
export function isWon(deal: ReplayDeal, { wonWithinDays }: Pick<ReplayOptions, 'wonWithinDays'>): boolean {
  return (
    deal.outcome === 'won' && deal.closedAt !== null && deal.closedAt < instantPlusDays(deal.openedAt, wonWithinDays)
  )
}

export function hasOpened({ deals }: Listing): boolean {
  return deals.length > 0
}

export function hasWon({ deals }: Listing, options: ReplayOptions): boolean {
  return deals.some((deal) => isWon(deal, options))
}

/** Revenue of the deals won after these entries. */
export function revenueOf(listings: readonly Listing[], options: ReplayOptions): number {
  return listings.reduce(
    (sum, { deals }) =>
      sum + deals.filter((deal) => isWon(deal, options)).reduce((own, deal) => own + (deal.amount ?? 0), 0),
    0,
  )
}

/** The share of entries of which something holds, its interval clustered by account. */
export function shareOf(listings: readonly Listing[], holds: (listing: Listing) => boolean): Estimate {
  return clusteredShare([...countsByAccount(listings, holds).values()])
}

/** Entries and those of which something holds, by account. */
export function countsByAccount(listings: readonly Listing[], holds: (listing: Listing) => boolean) {
  const groups = Map.groupBy(listings, ({ row }) => row.id)
  return new Map([...groups].map(([id, own]) => [id, { count: own.length, hits: own.filter(holds).length }]))
}
