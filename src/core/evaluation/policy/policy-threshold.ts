import { type Instant, instantPlusDays } from '../../base/time.ts'
import { clusteredShare, type Estimate } from '../../statistics/clustered-proportion.ts'
import type { Objective } from './objective.ts'
import { costThreshold } from './thresholds.ts'
import { counted } from '../../base/counted.ts'

/** An account on the first of a month, with the qualified probability of a model trained before. */
export interface ThresholdRow {
  readonly id: string
  readonly month: Instant
  readonly probability: number
  /** Whether an opportunity opened within its window and was won within its own; null while that is not known. */
  readonly won: boolean | null
}

/** The list of every account at or above a threshold. An account is listed again after the cool-down at the earliest. */
export interface ListAbove {
  readonly months: number
  readonly entries: number
  /** Entries whose outcome is known, and of these the won ones. */
  readonly known: number
  readonly won: number
  readonly wonShare: Estimate
}

export type PolicyThresholdChoice =
  | { readonly kind: 'chosen'; readonly threshold: number; readonly list: ListAbove }
  | { readonly kind: 'none'; readonly sentence: string }

/** A win rate is not estimated from fewer entries. */
const LEAST_ENTRIES = 20
const LEAST_MONTHS = 3
/** Thresholds tried for a win rate, evenly spaced over the log of the rank: most of them near the top. */
const THRESHOLDS_TRIED = 120
/** Months on which entries for a capacity are counted: the newest year. */
const CAPACITY_MONTHS = 12

/**
 * Chooses the threshold on the qualified probability from the lists above it: by *new* entries a month for a capacity, by
 * the share of entries won for a win rate. A cost ratio determines the threshold directly.
 *
 * The number of entries does not increase with the threshold (an account has as many entries as its months above the
 * threshold allow with this cool-down), so the lowest threshold within a capacity is found by bisection.
 */
export function chooseThreshold(
  rows: readonly ThresholdRow[],
  objective: Objective,
  coolDownDays: number,
): PolicyThresholdChoice {
  const used = objective.kind === 'capacity' ? newestMonths(rows, CAPACITY_MONTHS) : rows
  const months = monthsOf(used).length
  if (months < LEAST_MONTHS)
    return none(
      `${counted(months, 'month before it has', 'months before it have')} probabilities; ${LEAST_MONTHS} are needed`,
    )
  const history = historyOf(used, coolDownDays)
  const thresholds = [...new Set(used.map(({ probability }) => probability))].toSorted((a, b) => b - a)
  switch (objective.kind) {
    case 'cost': {
      const threshold = costThreshold(objective)
      return { kind: 'chosen', threshold, list: listAbove(history, () => threshold) }
    }
    case 'capacity': {
      const { capacity } = objective
      const perMonth = 'perMonth' in capacity ? capacity.perMonth : (capacity.share * used.length) / months
      return lowestWithin(history, thresholds, perMonth)
    }
    case 'win_rate':
      return lowestWithRate(history, thresholds, objective.target)
  }
}

interface ListingHistory {
  readonly months: readonly Instant[]
  /** For each month the position of the first one on which an account listed then may be listed again. */
  readonly again: readonly number[]
  /** Each account's rows, the oldest first, with the positions of their months. */
  readonly accounts: readonly (readonly { readonly at: number; readonly row: ThresholdRow }[])[]
}

function historyOf(rows: readonly ThresholdRow[], coolDownDays: number): ListingHistory {
  const months = monthsOf(rows)
  const place = new Map(months.map((month, at) => [month, at]))
  const again = months.map((month) => {
    const free = months.findIndex((later) => later >= instantPlusDays(month, coolDownDays))
    return free < 0 ? months.length : free
  })
  const byAccount = Map.groupBy(rows, (row) => row.id)
  const accounts = [...byAccount].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return {
    months,
    again,
    accounts: accounts.map(([, own]) =>
      own.map((row) => ({ at: place.get(row.month) ?? 0, row })).toSorted((one, other) => one.at - other.at),
    ),
  }
}

function monthsOf(rows: readonly ThresholdRow[]): readonly Instant[] {
  return [...new Set(rows.map(({ month }) => month))].toSorted()
}

function newestMonths(rows: readonly ThresholdRow[], count: number): readonly ThresholdRow[] {
  const first = monthsOf(rows).at(-count)
  return first === undefined ? rows : rows.filter(({ month }) => month >= first)
}

/** The list when each month has its own threshold; null lists no account. */
export function listUnderThresholds(
  rows: readonly ThresholdRow[],
  thresholdAt: (month: Instant) => number | null,
  coolDownDays: number,
): ListAbove {
  return listAbove(historyOf(rows, coolDownDays), thresholdAt)
}

function listAbove(history: ListingHistory, thresholdAt: (month: Instant) => number | null): ListAbove {
  const thresholds = history.months.map(thresholdAt)
  const counts = history.accounts.map((own) => {
    const listed = entriesOf(own, history.again, thresholds)
    const known = listed.filter(({ won }) => won !== null)
    return { entries: listed.length, count: known.length, hits: known.filter(({ won }) => won).length }
  })
  return {
    months: thresholds.filter((threshold) => threshold !== null).length,
    entries: counts.reduce((sum, { entries }) => sum + entries, 0),
    known: counts.reduce((sum, { count }) => sum + count, 0),
    won: counts.reduce((sum, { hits }) => sum + hits, 0),
    wonShare: clusteredShare(counts),
  }
}

function entriesOf(
  own: ListingHistory['accounts'][number],
  again: readonly number[],
  thresholds: readonly (number | null)[],
): readonly ThresholdRow[] {
  const entries: ThresholdRow[] = []
  let free = 0
  for (const { at, row } of own) {
    const threshold = thresholds[at] ?? null
    if (at < free || threshold === null || row.probability < threshold) continue
    entries.push(row)
    free = again[at] ?? Infinity
  }
  return entries
}

function lowestWithin(history: ListingHistory, thresholds: readonly number[], perMonth: number): PolicyThresholdChoice {
  const limit = perMonth * history.months.length
  const listAt = (position: number) => listAbove(history, () => thresholds[position] ?? null)
  let [fits, tooLow] = [-1, thresholds.length]
  while (tooLow - fits > 1) {
    const middle = (fits + tooLow) >> 1
    if (listAt(middle).entries <= limit) fits = middle
    else tooLow = middle
  }
  if (fits >= 0) return { kind: 'chosen', threshold: thresholds[fits] ?? 1, list: listAt(fits) }
  const { entries, months } = listAt(0)
  return none(
    `the accounts of the highest probability make ${counted(entries, 'entry', 'entries')} in ${counted(months, 'month')}, more than the capacity of ${perMonth.toFixed(1)} a month`,
  )
}

function lowestWithRate(history: ListingHistory, thresholds: readonly number[], target: number): PolicyThresholdChoice {
  if (!(target > 0 && target < 1)) throw new RangeError(`a target win rate must lie between 0 and 1, got ${target}`)
  const positions = Array.from({ length: THRESHOLDS_TRIED }, (_, index) =>
    Math.round((thresholds.length - 1) ** (index / (THRESHOLDS_TRIED - 1))),
  )
  let best = 0
  let lowest: Extract<PolicyThresholdChoice, { readonly kind: 'chosen' }> | undefined
  for (const position of new Set(positions)) {
    const threshold = thresholds[position]
    if (threshold === undefined) continue
    const list = listAbove(history, () => threshold)
    const rate = list.wonShare.value ?? 0
    if (list.known < LEAST_ENTRIES) continue
    best = Math.max(best, rate)
    if (rate >= target) lowest = { kind: 'chosen', threshold, list }
  }
  return (
    lowest ??
    none(
      `no threshold with at least ${LEAST_ENTRIES} entries of known outcome reached a win rate of ${target}; the best reached ${best.toFixed(3)}`,
    )
  )
}

function none(sentence: string): PolicyThresholdChoice {
  return { kind: 'none', sentence }
}
