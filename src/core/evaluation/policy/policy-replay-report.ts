import { z } from 'zod'
import { Estimate } from '../../statistics/clustered-proportion.ts'

const count = z.number().int().min(0)

/** The result of one list. `listed` counts entries: an account may be listed again after its cool-down. */
export const ListOutcome = z.strictObject({
  listed: count,
  accounts: count,
  /** Entries after which an opportunity opened within the window, and those after which one was won. */
  opened: count,
  won: count,
  won_revenue: z.number(),
  opened_share: Estimate,
  won_share: Estimate,
  head_start_days: z.strictObject({ median: z.number().nullable(), mean: z.number().nullable() }),
  /** Of all won deals opened in the months replayed, those listed beforehand. */
  wins_listed_beforehand: count,
  share_of_wins_listed: Estimate,
  /** How often accounts joined the list (new or not), and how often they rejoined it a month after leaving. */
  flapping: z.strictObject({ entries: count, re_entries: count }),
  sentence: z.string(),
})
export type ListOutcome = z.infer<typeof ListOutcome>

const SplitCell = z.strictObject({
  listed_by: z.enum(['both', 'model_only', 'rule_only']),
  already_worked: z.boolean(),
  cases: count,
  opened: count,
  won: count,
  won_revenue: z.number(),
  won_share: Estimate,
})

export const PolicyReplay = z.strictObject({
  open_within_days: count,
  won_within_days: count,
  cool_down_days: count,
  capacity_per_month: count,
  /** Share of the accounts that were read, chosen at random; the capacity is that share of the team's. */
  account_share: z.number(),
  months: z.array(
    z.strictObject({
      month: z.string(),
      accounts: count,
      listed: count,
      model_opened: count,
      model_won: count,
      rule_opened: count,
      rule_won: count,
    }),
  ),
  /** Months excluded because their outcomes are right-censored. */
  months_not_mature: count,
  /** Account-months for which no model had been trained before. */
  without_probability: count,
  /** The same number of new accounts each month; `rule` is null where the company has none. */
  model: ListOutcome,
  rule: ListOutcome.nullable(),
  /** Model less rule, in share of entries. */
  difference: z.strictObject({ opened_share: Estimate, won_share: Estimate }).nullable(),
  /** The model by its own threshold (the newest value is shown), up to the capacity. */
  model_at_threshold: ListOutcome.extend({ threshold: z.number().nullable() }).nullable(),
  split: z.array(SplitCell),
  wins: z.strictObject({
    won_deals: count,
    /** No list of a first of the month could have contained these. */
    account_not_known: count,
    no_fact_before: count,
    had_open_opportunity: count,
    could_be_listed: count,
  }),
  caution: z.string(),
})
export type PolicyReplay = z.infer<typeof PolicyReplay>
export type SplitCell = z.infer<typeof SplitCell>

export const CAUTION =
  "The replay cannot show the result of working the model's list, because sales worked by the old rule. Accounts that sales had already worked are shown separately."
