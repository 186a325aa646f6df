import {
  addMonths,
  ageInDays,
  dayOf,
  firstOfMonth,
  type Instant,
  instantPlusDays,
  startOfDay,
} from '../../base/time.ts'
import { clusteredDifference, clusteredShare, type Estimate } from '../../statistics/clustered-proportion.ts'
import {
  thresholdIn,
  countsByAccount,
  hasOpened,
  hasWon,
  isWon,
  type Listing,
  type ReplayDeal,
  type ReplayOptions,
  type ReplayRow,
  revenueOf,
  shareOf,
} from './policy-replay-listing.ts'
import { CAUTION, type ListOutcome, type PolicyReplay } from './policy-replay-report.ts'
import { countReentries, countUncatchable, splitByList } from './policy-replay-views.ts'

/**
 * Builds, for the first of every past month, the list of the model and the list of the rule, with the same number of
 * accounts new to each, and counts the opportunities and wins that followed.
 *
 * Example used below: capacity 2 a month, cool-down and window 90 days. In January the accounts b (60 points) and d (50)
 * are MQLs, so the rule lists both and the model its two best, a (0.9) and b (0.5). In February b and c are MQLs; b is
 * still in its cool-down, so the rule lists c alone, and the model one account too: a and b are in theirs, so c (0.4).
 */
export function replayPolicy(
  rows: readonly ReplayRow[],
  deals: readonly ReplayDeal[],
  options: ReplayOptions,
): PolicyReplay {
  const { months, immature } = monthsOf(rows, options)
  const scored = [...months.values()].flat()
  const newest = [...months.keys()].at(-1)
  const hasRule = scored.some((row) => row.mqlQualified !== null)
  const byAccount = Map.groupBy(deals, (deal) => deal.id)
  const lists = drawLists(months, hasRule, options)
  const follow = (list: readonly ReplayRow[]) => followUp(list, byAccount, options)
  const [model, rule, own] = [follow(lists.model), follow(lists.rule), follow(lists.threshold)]
  const wins = winsWithin(deals, [...months.keys()], options)
  // Accounts on a list, new or not: the model's list is as long as the rule's, without a rule as the capacity.
  const standing = standingLists(months, hasRule, options)
  const outcome = (listings: readonly Listing[], standsOn: (row: ReplayRow) => boolean) =>
    outcomeOf(listings, wins, countReentries([...months.values()], standsOn), options)
  return {
    open_within_days: options.openWithinDays,
    won_within_days: options.wonWithinDays,
    cool_down_days: options.coolDownDays,
    capacity_per_month: options.capacityPerMonth,
    account_share: options.accountShare ?? 1,
    months: [...months].map(([month, accounts]) => {
      const of = (listings: readonly Listing[]) => listings.filter(({ row }) => row.month === month)
      return {
        month: month.slice(0, 10),
        accounts: accounts.length,
        listed: of(model).length,
        model_opened: of(model).filter(hasOpened).length,
        model_won: of(model).filter((listing) => hasWon(listing, options)).length,
        rule_opened: of(rule).filter(hasOpened).length,
        rule_won: of(rule).filter((listing) => hasWon(listing, options)).length,
      }
    }),
    months_not_mature: immature,
    without_probability: rows.filter((row) => row.probability === null).length,
    model: outcome(model, (row) => standing.has(row)),
    rule: hasRule ? outcome(rule, (row) => row.mqlQualified === true) : null,
    difference: hasRule
      ? {
          opened_share: differenceOf(model, rule, hasOpened),
          won_share: differenceOf(model, rule, (listing) => hasWon(listing, options)),
        }
      : null,
    model_at_threshold:
      options.threshold === null
        ? null
        : {
            threshold: newest === undefined ? null : thresholdIn(options, newest),
            ...outcome(own, (row) => (row.probability ?? 0) >= (thresholdIn(options, row.month) ?? Infinity)),
          },
    split: hasRule ? [...splitByList(model, rule, byAccount, options)] : [],
    wins: countUncatchable(wins, scored, options),
    caution: CAUTION,
  }
}

/** Months whose label windows are complete, oldest first, with their scored accounts. */
function monthsOf(rows: readonly ReplayRow[], { asOf, openWithinDays, wonWithinDays }: ReplayOptions) {
  const groups = [
    ...Map.groupBy(
      rows.filter((row) => row.probability !== null),
      (row) => row.month,
    ),
  ].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const months = new Map(groups.filter(([month]) => instantPlusDays(month, openWithinDays + wonWithinDays) <= asOf))
  return { months, immature: groups.length - months.size }
}

type Months = ReadonlyMap<Instant, readonly ReplayRow[]>

function drawLists(months: Months, hasRule: boolean, options: ReplayOptions) {
  const lists = { model: [] as ReplayRow[], rule: [] as ReplayRow[], threshold: [] as ReplayRow[] }
  const listedAt = {
    model: new Map<string, Instant>(),
    rule: new Map<string, Instant>(),
    threshold: new Map<string, Instant>(),
  }
  for (const [month, rows] of months) {
    const fresh = (list: keyof typeof lists) =>
      rows.filter(({ id }) => {
        const last = listedAt[list].get(id)
        return last === undefined || instantPlusDays(last, options.coolDownDays) <= month
      })
    const put = (list: keyof typeof lists, chosen: readonly ReplayRow[]) => {
      lists[list].push(...chosen)
      for (const { id } of chosen) listedAt[list].set(id, month)
    }
    const byModel = fresh('model').toSorted(byProbability)
    const byRule = fresh('rule')
      .filter((row) => row.mqlQualified)
      .toSorted(byPoints)
    // January: b and d. February: b stands in its cool-down, so c alone, and the model may list one account as well.
    const size = Math.min(options.capacityPerMonth, byModel.length, hasRule ? byRule.length : byModel.length)
    put('model', byModel.slice(0, size))
    put('rule', byRule.slice(0, size))
    const threshold = thresholdIn(options, month)
    if (threshold === null) continue
    const above = fresh('threshold').filter((row) => (row.probability ?? 0) >= threshold)
    put('threshold', above.toSorted(byProbability).slice(0, options.capacityPerMonth))
  }
  return lists
}

function standingLists(months: Months, hasRule: boolean, options: ReplayOptions): ReadonlySet<ReplayRow> {
  return new Set(
    [...months.values()].flatMap((rows) => {
      const size = hasRule ? rows.filter((row) => row.mqlQualified).length : options.capacityPerMonth
      return rows.toSorted(byProbability).slice(0, size)
    }),
  )
}

/** Ties are ordered by id, independent of the order of the rows. */
export function byProbability(one: ReplayRow, other: ReplayRow): number {
  return (other.probability ?? 0) - (one.probability ?? 0) || (one.id < other.id ? -1 : 1)
}

export function byPoints(one: ReplayRow, other: ReplayRow): number {
  return (other.points ?? -Infinity) - (one.points ?? -Infinity) || (one.id < other.id ? -1 : 1)
}

/** Each entry with the deals that opened within its window; a deal counts once, for the entry that came first. */
export function followUp(
  list: readonly ReplayRow[],
  byAccount: ReadonlyMap<string, readonly ReplayDeal[]>,
  { openWithinDays }: ReplayOptions,
): readonly Listing[] {
  const taken = new Set<string>()
  return list.map((row) => {
    const end = instantPlusDays(row.month, openWithinDays)
    const deals = (byAccount.get(row.id) ?? []).filter(
      ({ key, openedAt }) => openedAt >= row.month && openedAt < end && !taken.has(key),
    )
    for (const { key } of deals) taken.add(key)
    return { row, deals }
  })
}

/** Won deals opened between the first list and the end of the last list's month: those that a list could contain. */
function winsWithin(
  deals: readonly ReplayDeal[],
  months: readonly Instant[],
  options: ReplayOptions,
): readonly ReplayDeal[] {
  const [first, last] = [months[0], months.at(-1)]
  if (!first || !last) return []
  const end = startOfDay(addMonths(firstOfMonth(dayOf(last)), 1))
  return deals.filter((deal) => isWon(deal, options) && deal.openedAt >= first && deal.openedAt < end)
}

function outcomeOf(
  listings: readonly Listing[],
  wins: readonly ReplayDeal[],
  flapping: ListOutcome['flapping'],
  options: ReplayOptions,
): ListOutcome {
  const opened = listings.filter(hasOpened)
  const won = listings.filter((listing) => hasWon(listing, options))
  const followed = new Set(listings.flatMap(({ deals }) => deals.map((deal) => deal.key)))
  const listedWins = wins.filter(({ key }) => followed.has(key))
  // a was listed on 1 January and opened on 10 February: a head start of 40 days.
  const headStarts = opened.map(({ row, deals }) =>
    Math.min(...deals.map((deal) => ageInDays(deal.openedAt, row.month))),
  )
  const wonShare = shareOf(listings, (listing) => hasWon(listing, options))
  return {
    listed: listings.length,
    accounts: new Set(listings.map(({ row }) => row.id)).size,
    opened: opened.length,
    won: won.length,
    won_revenue: revenueOf(listings, options),
    opened_share: shareOf(listings, hasOpened),
    won_share: wonShare,
    head_start_days: { median: medianOf(headStarts), mean: meanOf(headStarts) },
    wins_listed_beforehand: listedWins.length,
    share_of_wins_listed: clusteredShare(
      [...Map.groupBy(wins, (deal) => deal.id).values()].map((own) => ({
        count: own.length,
        hits: own.filter(({ key }) => followed.has(key)).length,
      })),
    ),
    flapping,
    sentence: sentenceOf(wonShare),
  }
}

function sentenceOf({ value, low, high }: Estimate): string {
  if (value === null || low === null || high === null) return 'No account was listed.'
  const [share, from, to] = [value, low, high].map((each) => String(Number((100 * each).toFixed(1))))
  return `Of 100 accounts listed, ${share} later won, whether or not sales worked them (95% interval ${from} to ${to}).`
}

function differenceOf(
  model: readonly Listing[],
  rule: readonly Listing[],
  holds: (listing: Listing) => boolean,
): Estimate {
  const [first, second] = [countsByAccount(model, holds), countsByAccount(rule, holds)]
  const none = { count: 0, hits: 0 }
  const ids = [...new Set([...first.keys(), ...second.keys()])].toSorted()
  return clusteredDifference(ids.map((id) => [first.get(id) ?? none, second.get(id) ?? none]))
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
