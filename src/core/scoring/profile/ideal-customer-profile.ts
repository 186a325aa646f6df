import { z } from 'zod'
import { type ClusterCount, clusteredShare, Estimate } from '../../statistics/clustered-proportion.ts'
import type { FeatureValue } from '../../features/types.ts'
import { type ProfileColumn, type ValueGroup, valueGroups } from './attribute-values.ts'

export const OUTCOMES = ['won', 'lost', 'renewed', 'expanded', 'churned'] as const
export type ProfileOutcome = (typeof OUTCOMES)[number]

/** One outcome of an account, with its attributes as known just before. */
export interface ProfileExample {
  readonly account: string
  readonly outcome: ProfileOutcome
  /** In the order of the columns. */
  readonly values: readonly FeatureValue[]
  /** The win model's contribution of each value in log-odds; null for customer events. */
  readonly contributions: readonly number[] | null
}

const Counts = z.strictObject({
  count: z.number().int(),
  good: z.number().int(),
  /** Share of good ones, with a 95% interval in which the events of one account count as one draw. */
  share: Estimate,
})

const ProfileValue = z.strictObject({
  value: z.string(),
  /** Deals: won of all that were decided. */
  deals: Counts,
  /** Customers: renewed or expanded of all that renewed, expanded or churned. */
  customers: Counts,
  /** Won, renewed or expanded of all that came to any of the five outcomes. */
  overall: Counts,
  /** Whether the win rate's interval lies above or below the win rate of all. */
  stands_out: z.enum(['above', 'below']).nullable(),
  /** The win model's own view: what it adds on average, in log-odds, all other attributes being equal. */
  model_log_odds: z.number().nullable(),
})

/** Which kind of company was worth winning, attribute by attribute. */
export const IdealCustomerProfile = z.strictObject({
  win_rate: z.number().nullable(),
  deals: z.number().int(),
  attributes: z.array(
    z.strictObject({
      attribute: z.string(),
      noun: z.string(),
      values: z.array(ProfileValue),
      /** Values too rare to say anything of; they are in no row. */
      left_out: z.strictObject({ values: z.number().int(), deals: z.number().int(), customers: z.number().int() }),
    }),
  ),
  /** How many intervals there are: about one in forty lies above the win rate of all, and one below, by chance alone. */
  compared: z.number().int(),
})
export type IdealCustomerProfile = z.infer<typeof IdealCustomerProfile>

/** A share of fewer deals is not reported. */
const LEAST_DEALS = 20

/** Counts outcomes by attribute value, with the win model's contributions beside them. */
export function idealCustomerProfile(
  columns: readonly ProfileColumn[],
  examples: readonly ProfileExample[],
): IdealCustomerProfile {
  const deals = examples.filter(isDeal)
  const winRate = deals.length > 0 ? deals.filter(isGood).length / deals.length : null
  const attributes = columns.map((column, place) => {
    const groups = valueGroups(
      column,
      deals.map((example) => example.values[place] ?? null),
    )
    const rows = groups.map((group) => profileValue(group, place, examples, winRate))
    const shown = rows.filter((row) => row.deals.count >= LEAST_DEALS)
    const rare = rows.filter((row) => row.deals.count < LEAST_DEALS)
    return {
      attribute: column.name,
      noun: column.noun,
      values: column.kind === 'number' ? shown : shown.toSorted(byWinRate),
      left_out: {
        values: rare.length,
        deals: rare.reduce((sum, row) => sum + row.deals.count, 0),
        customers: rare.reduce((sum, row) => sum + row.customers.count, 0),
      },
    }
  })
  const compared = attributes.reduce((sum, { values }) => sum + values.length, 0)
  return { win_rate: winRate, deals: deals.length, attributes, compared }
}

type ProfileValueRow = z.infer<typeof ProfileValue>

function profileValue(
  group: ValueGroup,
  place: number,
  examples: readonly ProfileExample[],
  winRate: number | null,
): ProfileValueRow {
  const own = examples.filter((example) => group.holds(example.values[place] ?? null))
  const deals = countsOf(own.filter(isDeal))
  const views = own.flatMap((example) => example.contributions?.[place] ?? [])
  return {
    value: group.value,
    deals,
    customers: countsOf(own.filter((example) => !isDeal(example))),
    overall: countsOf(own),
    stands_out: standsOut(deals.share, winRate),
    model_log_odds: views.length > 0 ? views.reduce((sum, view) => sum + view, 0) / views.length : null,
  }
}

function countsOf(examples: readonly ProfileExample[]): z.infer<typeof Counts> {
  const accounts = [...Map.groupBy(examples, (example) => example.account).values()].map(
    (own): ClusterCount => ({ count: own.length, hits: own.filter(isGood).length }),
  )
  const good = accounts.reduce((sum, account) => sum + account.hits, 0)
  return { count: examples.length, good, share: clusteredShare(accounts) }
}

function standsOut({ low, high }: Estimate, winRate: number | null): ProfileValueRow['stands_out'] {
  if (winRate === null || low === null || high === null) return null
  if (low > winRate) return 'above'
  return high < winRate ? 'below' : null
}

function isDeal({ outcome }: ProfileExample): boolean {
  return outcome === 'won' || outcome === 'lost'
}

function isGood({ outcome }: ProfileExample): boolean {
  return outcome !== 'lost' && outcome !== 'churned'
}

function byWinRate(one: ProfileValueRow, other: ProfileValueRow): number {
  return (other.deals.share.value ?? 0) - (one.deals.share.value ?? 0) || (one.value < other.value ? -1 : 1)
}
