import { z } from 'zod'
import type { AttributeValue } from '../features/snapshot.ts'
import type { IsoDate } from '../base/time.ts'
import { credibilityOf, shrunkenMean } from './credibility.ts'
import type { ScoreSpecification, SegmentBy } from './artifact/score-specification.ts'

const count = z.number().int()
const amount = z.number().min(0)

/** The amounts of won deals by segment, as of the training: the expected amount of an account is that of its segment. */
export const ExpectedAmounts = z.strictObject({
  currency: z.string(),
  deals: count,
  overall: amount,
  segments: z.array(z.strictObject({ segment: z.array(z.string()), deals: count, mean: amount, expected: amount })),
  left_out: z.strictObject({
    without_amount: count,
    /** By currency: the deals for whose day no exchange rate was known. */
    unknown_rate: z.record(z.string(), count),
  }),
  /** Deals whose amount came without a currency. */
  currency_assumed: count,
})
export type ExpectedAmounts = z.infer<typeof ExpectedAmounts>

type Attributes = Readonly<Record<string, AttributeValue>>

/** A won deal, with its account as it was known at the training. */
export interface WonDeal {
  readonly amount: number | null
  readonly currency: string | null
  readonly closedOn: IsoDate
  readonly attributes: Attributes
}

export interface ExchangeRate {
  readonly currency: string
  readonly day: IsoDate
  readonly usdPerUnit: number
}

/** @returns null when no won deal has an amount that can be converted to the currency */
export function expectedAmounts(
  deals: readonly WonDeal[],
  rates: readonly ExchangeRate[],
  { segment_by: by, currency: wanted }: ScoreSpecification['expected_amount'],
): ExpectedAmounts | null {
  const priced = deals.filter((deal): deal is WonDeal & { readonly amount: number } => (deal.amount ?? -1) >= 0)
  const currency = wanted ?? mostCommon(priced.flatMap((deal) => deal.currency ?? [])) ?? null
  if (currency === null) return null
  const convert = converter(rates, currency)
  const unknownRate: Record<string, number> = {}
  const groups = new Map<string, { readonly segment: string[]; readonly values: number[] }>()
  for (const deal of priced) {
    const from = deal.currency ?? currency
    const value = convert(deal.amount, from, deal.closedOn)
    if (value === null) {
      unknownRate[from] = (unknownRate[from] ?? 0) + 1
      continue
    }
    const segment = segmentOf(by, deal.attributes)
    const key = JSON.stringify(segment)
    const group = groups.get(key) ?? { segment, values: [] }
    group.values.push(value)
    groups.set(key, group)
  }
  if (groups.size === 0) return null
  // Sums depend on their order in the last bit: values in order of size, segments in order of name.
  const sorted = [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { segment, values }]) => ({ segment, values: values.toSorted((a, b) => a - b) }))
  const credibility = credibilityOf(sorted)
  return {
    currency,
    deals: sorted.reduce((sum, { values }) => sum + values.length, 0),
    overall: credibility.overall,
    segments: sorted.map(({ segment, values }) => ({
      segment,
      deals: values.length,
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      expected: shrunkenMean(values, credibility),
    })),
    left_out: {
      without_amount: deals.length - priced.length,
      unknown_rate: Object.fromEntries(Object.entries(unknownRate).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
    currency_assumed: priced.filter((deal) => deal.currency === null).length,
  }
}

/** What a deal with such a company is worth: its segment's, or that of all where the segment has none. */
export function expectedAmount(
  artifact: {
    readonly amounts?: ExpectedAmounts | null | undefined
    readonly specification: { readonly scores?: ScoreSpecification | undefined }
  },
  attributes: Attributes,
): { readonly amount: number; readonly currency: string } | null {
  const { amounts, specification } = artifact
  if (!amounts) return null
  const own = segmentOf(specification.scores?.expected_amount.segment_by ?? [], attributes)
  const found = amounts.segments.find(({ segment }) => segment.every((part, index) => part === own[index]))
  return { amount: found?.expected ?? amounts.overall, currency: amounts.currency }
}

function segmentOf(by: readonly SegmentBy[], attributes: Attributes): string[] {
  return by.map(({ field, from }) => {
    const value = attributes[field] ?? null
    if (value === null || value === '') return 'unknown'
    if (!from) return Array.isArray(value) ? value.join(';') : String(value)
    const number = typeof value === 'boolean' ? Number.NaN : Number(value)
    if (!Number.isFinite(number)) return 'unknown'
    const start = from.findLast((edge) => number >= edge)
    return start === undefined ? `below ${from[0]}` : `from ${start}`
  })
}

/** The newest rate of the day or before it; null where there is none. */
function converter(rates: readonly ExchangeRate[], to: string) {
  const byCurrency = Map.groupBy(
    rates.toSorted((one, other) => (one.day < other.day ? -1 : 1)),
    (rate) => rate.currency,
  )
  const usdPer = (currency: string, day: IsoDate) =>
    currency === 'USD' ? 1 : (byCurrency.get(currency)?.findLast((rate) => rate.day <= day)?.usdPerUnit ?? null)
  return (value: number, from: string, day: IsoDate): number | null => {
    if (from === to) return value
    const [own, other] = [usdPer(from, day), usdPer(to, day)]
    return own === null || other === null ? null : (value * own) / other
  }
}

/** Ties are broken by name. */
function mostCommon(names: readonly string[]): string | undefined {
  const counts = [...Map.groupBy(names, (name) => name)].map(([name, all]) => ({ name, times: all.length }))
  return counts.toSorted((one, other) => other.times - one.times || (one.name < other.name ? -1 : 1))[0]?.name
}
