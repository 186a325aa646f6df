import type { AccountSnapshot } from '../../features/snapshot.ts'
import { dayOf, firstOfMonth, type Instant, instantPlusDays, startOfDay } from '../../base/time.ts'
import {
  isWon,
  type Listing,
  type ReplayDeal,
  type ReplayOptions,
  type ReplayRow,
  revenueOf,
  shareOf,
} from './policy-replay-listing.ts'
import type { PolicyReplay, SplitCell } from './policy-replay-report.ts'

/** Whether sales (or a system of ours) touched the account in the days before as-of. */
export function wasWorked(snapshot: Pick<AccountSnapshot, 'reach'>, days = 30): boolean {
  return snapshot.reach.some((cell) => cell.ageDays < days)
}

/**
 * How often accounts joined a list, and how often they rejoined it after one month off it. `months` are consecutive.
 */
export function countReentries(
  months: readonly (readonly ReplayRow[])[],
  standsOn: (row: ReplayRow) => boolean,
): { readonly entries: number; readonly re_entries: number } {
  let [entries, reentries] = [0, 0]
  let [before, previous] = [new Map<string, boolean>(), new Map<string, boolean>()]
  for (const rows of months) {
    const now = new Map(rows.map((row) => [row.id, standsOn(row)]))
    for (const [id, stands] of now) {
      if (!stands || previous.get(id)) continue
      entries += 1
      if (previous.get(id) === false && before.get(id)) reentries += 1
    }
    ;[before, previous] = [previous, now]
  }
  return { entries, re_entries: reentries }
}

/**
 * The accounts on both lists, and those on one only, by whether sales had already worked them. Entries of one account
 * within the cool-down of its first entry are one case, on whichever lists they are.
 *
 * In the example c is on both lists of February: one case by both. a is the model's alone, d the rule's, and b is on
 * both lists of January.
 */
export function splitByList(
  model: readonly Listing[],
  rule: readonly Listing[],
  byAccount: ReadonlyMap<string, readonly ReplayDeal[]>,
  options: ReplayOptions,
): readonly SplitCell[] {
  const entries = [
    ...model.map(({ row }) => ({ row, list: 'model' as const })),
    ...rule.map(({ row }) => ({ row, list: 'rule' as const })),
  ]
  const cases = [...Map.groupBy(entries, ({ row }) => row.id)].flatMap(([id, own]) =>
    casesOf(own, byAccount.get(id) ?? [], options),
  )
  return (['both', 'model_only', 'rule_only'] as const).flatMap((by) =>
    [true, false].map((worked) => {
      const own = cases.filter((each) => each.by === by && each.row.worked === worked)
      return {
        listed_by: by,
        already_worked: worked,
        cases: own.length,
        opened: own.filter(({ deals }) => deals.length > 0).length,
        won: own.filter(({ deals }) => deals.some((deal) => isWon(deal, options))).length,
        won_revenue: revenueOf(own, options),
        won_share: shareOf(own, ({ deals }) => deals.some((deal) => isWon(deal, options))),
      }
    }),
  )
}

interface Entry {
  readonly row: ReplayRow
  readonly list: 'model' | 'rule'
}

function casesOf(entries: readonly Entry[], deals: readonly ReplayDeal[], options: ReplayOptions) {
  const sorted = entries.toSorted((one, other) => (one.row.month < other.row.month ? -1 : 1))
  const groups: Entry[][] = []
  for (const entry of sorted) {
    const start = groups.at(-1)?.[0]?.row.month
    if (start !== undefined && entry.row.month < instantPlusDays(start, options.coolDownDays))
      groups.at(-1)?.push(entry)
    else groups.push([entry])
  }
  const taken = new Set<string>()
  return groups.map((group) => {
    const [first] = group as [Entry, ...Entry[]]
    const lists = new Set(group.map(({ list }) => list))
    const own = deals.filter(({ key, openedAt }) => {
      const inWindow = ({ row: { month } }: Entry) =>
        openedAt >= month && openedAt < instantPlusDays(month, options.openWithinDays)
      return !taken.has(key) && group.some(inWindow)
    })
    for (const { key } of own) taken.add(key)
    const by = lists.size === 2 ? 'both' : first.list === 'model' ? 'model_only' : 'rule_only'
    return { row: first.row, by, deals: own } as const
  })
}

/** Why a won deal was on no list: counted once, for the first reason that holds. */
export function countUncatchable(
  wins: readonly ReplayDeal[],
  rows: readonly ReplayRow[],
  { openWithinDays }: ReplayOptions,
): PolicyReplay['wins'] {
  const monthsOf = Map.groupBy(rows, (row) => row.id)
  const counts = { account_not_known: 0, no_fact_before: 0, had_open_opportunity: 0, could_be_listed: 0 }
  for (const deal of wins) {
    // The last list that could contain the account.
    const last = listDayBefore(deal.openedAt)
    const wasListable = (monthsOf.get(deal.id) ?? []).some(
      ({ month }) => month <= deal.openedAt && deal.openedAt < instantPlusDays(month, openWithinDays),
    )
    if (deal.accountKnownAt >= last) counts.account_not_known += 1
    else if (deal.firstFactAt === null || deal.firstFactAt >= last) counts.no_fact_before += 1
    else if (!wasListable) counts.had_open_opportunity += 1
    else counts.could_be_listed += 1
  }
  return { won_deals: wins.length, ...counts }
}

function listDayBefore(openedAt: Instant): Instant {
  return startOfDay(firstOfMonth(dayOf(openedAt)))
}
