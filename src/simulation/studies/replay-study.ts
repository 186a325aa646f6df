import type { Estimate } from '../../core/statistics/clustered-proportion.ts'
import { byPoints, byProbability, followUp, replayPolicy } from '../../core/evaluation/policy/policy-replay.ts'
import { hasWon, type ReplayDeal, type ReplayOptions } from '../../core/evaluation/policy/policy-replay-listing.ts'
import { maturityDays } from '../../core/training/cohorts/model-specification.ts'
import { isRelevant } from '../../core/training/cohorts/relevance.ts'
import { simulationOptions, type SimulationOptions } from '../options.ts'
import type { InterventionTruth } from '../export/rows.ts'
import { addMonths, type Instant, instantPlusDays, type IsoDate, startOfDay } from '../../core/base/time.ts'
import {
  type Candidate,
  candidatesIn,
  learnProduct,
  type Predict,
  type ReplaySpecification,
} from './replay-policies.ts'
import { createWorld, type SimulatedWorld } from './simulated-world.ts'

/** One simulated company: plain data, for a worker thread. */
export interface ReplayTask {
  readonly seed: string
  readonly accounts: number
  readonly capacityPerMonth: number
  /** Of the simulation; its own defaults when absent. */
  readonly world?: Partial<Pick<SimulationOptions, 'salesEffect' | 'salesTraces' | 'openingShift'>>
}

/** The replay's figures for two lists, and the outcomes once sales works each of them. */
export interface ReplayComparison {
  readonly kind: 'compared'
  readonly seed: string
  /** Entries of each list, the same number for both. */
  readonly listed: number
  /** Shares of the entries that were won, by the replay of the history under the old rule. */
  readonly claimed: { readonly model: Estimate; readonly rule: Estimate; readonly difference: Estimate }
  /** The same shares in the worlds where sales worked only that list. */
  readonly real: { readonly model: number; readonly rule: number; readonly difference: number }
  /** Share of the model's entries that sales, by the old rule, worked in the month of the entry. */
  readonly modelEntriesWorked: number
  /** Wins that work in the month of the entry alone adds to the model's entries, as a share of them: by the truth, without chance. */
  readonly addedInFirstMonth: number
  /** Deals won, from any source, that opened in the months of the lists, and the account-months that sales worked in them. */
  readonly won: Readonly<Record<'history' | 'model' | 'rule', number>>
  readonly workedMonths: Readonly<Record<'history' | 'model' | 'rule', number>>
}

/** A company that had too little to learn from by the day its model should have started. */
export interface ReplayRefusal {
  readonly kind: 'refused'
  readonly seed: string
  readonly reason: string
}

const END = '2026-01-01' as IsoDate
const TRAINING_MONTHS = 30
const LISTED_MONTHS = 12
/** From the first of the last listed month on: 90 days to open and 180 to win. */
const MATURING_MONTHS = 9
/** An entry is worked for as long as it is kept from being listed again. */
const WORKED_MONTHS = 3
const COOL_DOWN_DAYS = 90

/**
 * The past is one world, in which sales worked the accounts of the old rule. Models are trained on its first 30 months. For
 * the next 12 months the replay computes the outcomes of the model's list and of the rule's, with equally many entries. Then
 * those months are simulated twice more from the same random numbers: sales works only the model's list, or only the rule's,
 * each computed month by month from the facts of that world. The replay is compared with what was won there.
 */
export function compareReplay(task: ReplayTask, specification: ReplaySpecification): ReplayComparison | ReplayRefusal {
  const { seed, capacityPerMonth, accounts, world } = task
  const options = simulationOptions({
    end: END,
    months: TRAINING_MONTHS + LISTED_MONTHS - 1 + MATURING_MONTHS,
    seed,
    accounts,
    ...world,
  })
  const history = createWorld(options)
  const days = history.months.slice(TRAINING_MONTHS, TRAINING_MONTHS + LISTED_MONTHS)
  const [start] = days as [IsoDate, ...IsoDate[]]
  const predict = learnProduct(history, startOfDay(start), specification)
  if (typeof predict !== 'function') return { kind: 'refused', seed, reason: predict.kind }

  const rules: ReplayOptions = {
    asOf: startOfDay(END),
    capacityPerMonth,
    openWithinDays: maturityDays(specification.inMarket.label),
    wonWithinDays: maturityDays(specification.win.label),
    coolDownDays: COOL_DOWN_DAYS,
    threshold: null,
  }
  const rows = days.flatMap((day) => candidatesIn(history, day, predict, specification))
  const claimed = replayPolicy(rows, dealsOf(history, specification), rules)
  if (!claimed.rule || !claimed.difference) return { kind: 'refused', seed, reason: 'no_rule' }
  const sizes = new Map(claimed.months.map(({ month, listed }) => [month, listed]))

  const run = (world: SimulatedWorld, order: Order, work: boolean) =>
    drawLists(world, days, sizes, order, work, predict, specification)
  const listedByModel = run(history, MODEL, false)
  const worlds = { history, model: createWorld(options, start), rule: createWorld(options, start) }
  const real = {
    model: shareWon(worlds.model, run(worlds.model, MODEL, true), specification, rules),
    rule: shareWon(worlds.rule, run(worlds.rule, RULE, true), specification, rules),
  }
  const truths = listedByModel.map((entry) => interventionAt(history, entry))
  return {
    kind: 'compared',
    seed,
    listed: claimed.model.listed,
    claimed: {
      model: claimed.model.won_share,
      rule: claimed.rule.won_share,
      difference: claimed.difference.won_share,
    },
    real: { ...real, difference: real.model - real.rule },
    modelEntriesWorked: mean(truths.map((truth) => (truth?.worked_by_sales ? 1 : 0))),
    addedInFirstMonth: mean(truths.map(winsAdded)),
    won: mapWorlds(worlds, (world) => wonIn(world, days)),
    workedMonths: mapWorlds(worlds, (world) => workedIn(world, days)),
  }
}

interface Order {
  readonly eligible: (candidate: Candidate) => boolean
  readonly compare: (one: Candidate, other: Candidate) => number
}
const MODEL: Order = { eligible: () => true, compare: byProbability }
const RULE: Order = { eligible: ({ mqlQualified }) => mqlQualified === true, compare: byPoints }

/** As the replay computes them; with `work`, sales works each entry, and the following months are simulated. */
function drawLists(
  world: SimulatedWorld,
  days: readonly IsoDate[],
  sizes: ReadonlyMap<string, number>,
  { eligible, compare }: Order,
  work: boolean,
  predict: Predict,
  specification: ReplaySpecification,
): readonly Candidate[] {
  const listedAt = new Map<string, Instant>()
  return days.flatMap((day) => {
    const fresh = candidatesIn(world, day, predict, specification).filter((candidate) => {
      const last = listedAt.get(candidate.id)
      return eligible(candidate) && (last === undefined || instantPlusDays(last, COOL_DOWN_DAYS) <= candidate.month)
    })
    const chosen = fresh.toSorted(compare).slice(0, sizes.get(day) ?? 0)
    for (const { id, month, account } of chosen) {
      listedAt.set(id, month)
      if (work) world.work(account, monthsFrom(day, WORKED_MONTHS))
    }
    return chosen
  })
}

function monthsFrom(day: IsoDate, months: number): readonly IsoDate[] {
  return Array.from({ length: months }, (_, index) => addMonths(day, index))
}

function shareWon(
  world: SimulatedWorld,
  list: readonly Candidate[],
  specification: ReplaySpecification,
  rules: ReplayOptions,
): number {
  const byAccount = Map.groupBy(dealsOf(world, specification), (deal) => deal.id)
  return mean(followUp(list, byAccount, rules).map((listing) => (hasWon(listing, rules) ? 1 : 0)))
}

function dealsOf(world: SimulatedWorld, { inMarket }: ReplaySpecification): readonly ReplayDeal[] {
  const end = startOfDay(END)
  return world.accounts.flatMap((account) =>
    world
      .histories(account, end)
      .filter((deal) => isRelevant(deal, inMarket.opportunities, end))
      .map(({ externalId, openedAt, closedAt, outcome }) => ({
        key: externalId,
        id: account.externalId,
        openedAt,
        closedAt,
        outcome,
        amount: null,
        accountKnownAt: account.knownAt,
        firstFactAt: null,
      })),
  )
}

function interventionAt(world: SimulatedWorld, { account, day }: Candidate): InterventionTruth | undefined {
  return world.tables(account).interventions.find(({ month }) => month === day)
}

function winsAdded(truth: InterventionTruth | undefined): number {
  if (!truth || truth.worked_by_sales) return 0
  const worked = (truth.open_probability_worked ?? 0) * truth.win_probability_worked
  return worked - (truth.open_probability_not_worked ?? 0) * truth.win_probability_not_worked
}

function wonIn(world: SimulatedWorld, days: readonly IsoDate[]): number {
  const [from, to] = periodOf(days)
  return world.accounts.reduce((sum, account) => {
    const { opportunities, opportunityTruths } = world.tables(account)
    const opened = new Set(
      opportunities.flatMap((row) => (row.opened_at >= from && row.opened_at < to ? [row.external_id] : [])),
    )
    const won = opportunityTruths.filter(
      (truth) => truth.won_within_180_days && opened.has(truth.opportunity_external_id),
    )
    return sum + won.length
  }, 0)
}

function workedIn(world: SimulatedWorld, days: readonly IsoDate[]): number {
  const within = new Set<string>(days)
  return world.accounts.reduce(
    (sum, account) =>
      sum +
      world.tables(account).accountMonths.filter(({ month, worked_by_sales: worked }) => worked && within.has(month))
        .length,
    0,
  )
}

function periodOf(days: readonly IsoDate[]): readonly [Instant, Instant] {
  return [startOfDay(days[0] as IsoDate), startOfDay(addMonths(days.at(-1) as IsoDate, 1))]
}

function mapWorlds(
  worlds: Readonly<Record<'history' | 'model' | 'rule', SimulatedWorld>>,
  figureOf: (world: SimulatedWorld) => number,
) {
  return { history: figureOf(worlds.history), model: figureOf(worlds.model), rule: figureOf(worlds.rule) }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
