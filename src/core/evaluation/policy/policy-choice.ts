import { z } from 'zod'
import { VersionPolicy } from '../../scoring/artifact/version-policy.ts'
import { type Instant, instantPlusDays } from '../../base/time.ts'
import { Estimate } from '../../statistics/clustered-proportion.ts'
import {
  type PolicyThresholdChoice,
  type ThresholdRow,
  chooseThreshold,
  type ListAbove,
  listUnderThresholds,
} from './policy-threshold.ts'
import { isWon, type ReplayDeal, type ReplayOptions, type ReplayRow } from './policy-replay-listing.ts'
import { type BacktestReport, ObjectiveReport } from '../report/report.ts'
import { shownObjective } from './threshold-report.ts'
import type { Objective } from './objective.ts'
import { percent } from '../../base/percent.ts'
import { counted } from '../../base/counted.ts'

const count = z.number().int().min(0)

const List = z.strictObject({
  months: count,
  entries: count,
  entries_per_month: z.number(),
  /** Entries whose outcome is known by now. */
  known: count,
  won: count,
  won_share: Estimate,
})

/** The threshold on the qualified probability, and the results of earlier thresholds chosen the same way. */
export const PolicyChoice = z.strictObject({
  objective: ObjectiveReport,
  /** Share of the accounts that were read; a capacity is scaled by it. */
  account_share: z.number(),
  cool_down_days: count,
  periods: z.array(
    z.strictObject({
      from: z.string(),
      threshold: z.number().nullable(),
      /** Why there is no threshold; null when there is one. */
      reason: z.string().nullable(),
      chosen_on: List.nullable(),
      /** The months up to the next choice. */
      after: List,
    }),
  ),
  pooled: List,
  /** What is stored with the version. */
  policy: VersionPolicy,
})
export type PolicyChoice = z.infer<typeof PolicyChoice>

/** A new threshold is chosen each quarter. */
const PERIOD_MONTHS = 3

export interface PolicyOptions
  extends Pick<ReplayOptions, 'asOf' | 'openWithinDays' | 'wonWithinDays' | 'coolDownDays'> {
  readonly objective: Objective
  readonly accountShare: number
}

/** The choice, and the threshold in force in each past month. */
export interface PolicyTrial {
  readonly choice: PolicyChoice
  readonly thresholdAt: (month: Instant) => number | null
}

/**
 * Chooses a threshold for each past quarter on the months before it, with the outcomes known by then, and evaluates it on
 * the quarter. The last choice, on all months, is the policy's. Every probability is from models trained before its month.
 */
export function choosePolicy(
  scored: readonly ReplayRow[],
  deals: readonly ReplayDeal[],
  stages: BacktestReport['stages'],
  options: PolicyOptions,
): PolicyTrial {
  const { objective: asked, accountShare, coolDownDays, asOf } = options
  const objective = scaledObjective(asked, accountShare)
  const outcomes = outcomesOf(scored, deals, options)
  const months = [...new Set(outcomes.map(({ month }) => month))].toSorted()
  const choices = months.flatMap((from, index) => {
    if (index % PERIOD_MONTHS !== 0) return []
    const choice = chooseThreshold(knownBy(outcomes, from, options), objective, coolDownDays)
    return [{ from, end: months[index + PERIOD_MONTHS] ?? null, choice }]
  })
  const thresholdAt = (month: Instant) => {
    const choice = choices.findLast(({ from }) => from <= month)?.choice
    return choice?.kind === 'chosen' ? choice.threshold : null
  }
  const outcomesNow = knownBy(outcomes, asOf, options)
  const now = chooseThreshold(outcomesNow, objective, coolDownDays)
  const during = ({ from, end }: (typeof choices)[number]) => {
    const inForce = (month: Instant) => (month >= from && (end === null || month < end) ? thresholdAt(month) : null)
    return listUnderThresholds(outcomesNow, inForce, coolDownDays)
  }
  return {
    thresholdAt,
    choice: {
      objective: shownObjective(asked),
      account_share: accountShare,
      cool_down_days: coolDownDays,
      periods: choices.map((period) => ({
        from: period.from.slice(0, 10),
        threshold: period.choice.kind === 'chosen' ? period.choice.threshold : null,
        reason: period.choice.kind === 'chosen' ? null : period.choice.sentence,
        chosen_on: period.choice.kind === 'chosen' ? shownList(period.choice.list) : null,
        after: shownList(during(period)),
      })),
      pooled: shownList(listUnderThresholds(outcomesNow, thresholdAt, coolDownDays)),
      policy: {
        enter: now.kind === 'chosen' ? now.threshold : null,
        stages: stages?.recommended ?? [],
        basis: { enter: basisOf(asked, accountShare, now), stages: stagesBasis(stages) },
      },
    },
  }
}

/** The capacity for a sample of the accounts is the sample's share of it. */
function scaledObjective(objective: Objective, share: number): Objective {
  if (objective.kind !== 'capacity' || !('perMonth' in objective.capacity)) return objective
  return { kind: 'capacity', capacity: { perMonth: objective.capacity.perMonth * share } }
}

function outcomesOf(
  scored: readonly ReplayRow[],
  deals: readonly ReplayDeal[],
  options: Pick<ReplayOptions, 'openWithinDays' | 'wonWithinDays'>,
): readonly (ThresholdRow & { readonly won: boolean })[] {
  const wins = Map.groupBy(
    deals.filter((deal) => isWon(deal, options)),
    (deal) => deal.id,
  )
  return scored.flatMap(({ id, month, probability }) => {
    if (probability === null) return []
    const end = instantPlusDays(month, options.openWithinDays)
    const won = (wins.get(id) ?? []).some(({ openedAt }) => openedAt >= month && openedAt < end)
    return [{ id, month, probability, won }]
  })
}

/** The months before an instant, with the outcomes that were complete by then. */
function knownBy(
  outcomes: ReturnType<typeof outcomesOf>,
  instant: Instant,
  { openWithinDays, wonWithinDays }: Pick<ReplayOptions, 'openWithinDays' | 'wonWithinDays'>,
): readonly ThresholdRow[] {
  return outcomes.flatMap((row) => {
    if (row.month >= instant) return []
    const isKnown = instantPlusDays(row.month, openWithinDays + wonWithinDays) <= instant
    return [{ ...row, won: isKnown ? row.won : null }]
  })
}

function shownList({ months, entries, known, won, wonShare }: ListAbove): z.infer<typeof List> {
  return {
    months,
    entries,
    entries_per_month: months === 0 ? 0 : entries / months,
    known,
    won,
    won_share: wonShare,
  }
}

function basisOf(objective: Objective, share: number, choice: PolicyThresholdChoice): string {
  if (choice.kind === 'none') return choice.sentence
  const { months, entries, known, wonShare } = choice.list
  const perMonth = (entries / months / share).toFixed(1)
  const rate =
    wonShare.value === null
      ? 'no outcome is known yet'
      : `${percent(wonShare.value)} of the ${known} with a known outcome won`
  const sample = share < 1 ? `, estimated from ${percent(share)} of the accounts` : ''
  const found = `over ${counted(months, 'month')} it lists ${perMonth} new accounts a month${sample}; ${rate}`
  switch (objective.kind) {
    case 'win_rate':
      return `the lowest threshold at which at least ${percent(objective.target)} of the listed accounts won: ${found}`
    case 'capacity':
      return 'perMonth' in objective.capacity
        ? `the lowest threshold that lists at most ${objective.capacity.perMonth} new accounts a month: ${found}`
        : `the lowest threshold that lists at most ${percent(objective.capacity.share)} of the accounts a month: ${found}`
    case 'cost':
      return `${objective.falsePositive} / (${objective.falsePositive} + ${objective.falseNegative}), from the costs of a false positive (an account worked without a win) and of a false negative (a win not listed): ${found}`
  }
}

function stagesBasis(stages: BacktestReport['stages']): string {
  const newest = stages?.folds.at(-1)
  if (!stages || !newest || stages.recommended.length === 0)
    return 'not enough history to choose stage boundaries: multiples of the base rate are used'
  const held = stages.rates_rise ? 'rose from stage to stage' : 'did not rise from stage to stage'
  return `boundaries chosen so that opening rates rise, on out-of-fold predictions of account-months before ${newest.split.slice(0, 10)}; on later months, with boundaries chosen before each, opening rates ${held}`
}
