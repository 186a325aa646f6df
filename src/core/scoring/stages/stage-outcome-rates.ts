import { clusteredShare, type Estimate } from '../../statistics/clustered-proportion.ts'
import { type Stage, STAGES } from './stages.ts'
import { type Level, LEVELS } from '../published-score.ts'

/** An account on a first of a month, as it was scored then, and its outcome. */
export interface OutcomeMonth {
  /** The account: its months are not independent of each other. */
  readonly id: string
  readonly stage: Stage | null
  readonly fit: Level | null
  readonly intent: Level | null
  /** A relevant opportunity opened within the label window. */
  readonly opened: boolean
  /** Those that opened before the next first of a month; `won` is null where that is not known yet. */
  readonly opportunities: readonly { readonly won: boolean | null }[]
}

export interface OutcomeRates {
  readonly account_months: number
  readonly share: number
  /** Of the account-months, how many opened within the window. 95% interval, clustered by account, like that below. */
  readonly opening_rate: Estimate
  readonly opportunities: number
  readonly share_of_opportunities: number
  /** Of the opportunities whose end is known, how many were won in time. */
  readonly win_rate: Estimate
}

/** How often accounts opened, and won, from each stage. */
export function stageRates(months: readonly OutcomeMonth[]): readonly (OutcomeRates & { readonly stage: Stage })[] {
  return STAGES.map((stage) => ({ stage, ...ratesOf(months, (month) => month.stage === stage) }))
}

/** The same for each place on the fit x intent grid: fit from weak to strong, and in each intent likewise. */
export function gridRates(
  months: readonly OutcomeMonth[],
): readonly (OutcomeRates & { readonly fit: Level; readonly intent: Level })[] {
  return LEVELS.flatMap((fit) =>
    LEVELS.map((intent) => ({
      fit,
      intent,
      ...ratesOf(months, (month) => month.fit === fit && month.intent === intent),
    })),
  )
}

function ratesOf(all: readonly OutcomeMonth[], isInside: (month: OutcomeMonth) => boolean): OutcomeRates {
  const inside = all.filter(isInside)
  const opportunities = countOpportunities(inside)
  return {
    account_months: inside.length,
    share: inside.length / all.length,
    opening_rate: clusteredShare(
      byAccount(inside, (months) => ({ count: months.length, hits: months.filter(({ opened }) => opened).length })),
    ),
    opportunities,
    share_of_opportunities: opportunities / countOpportunities(all),
    win_rate: clusteredShare(
      byAccount(inside, (months) => {
        const ended = months.flatMap((month) => month.opportunities.filter(({ won }) => won !== null))
        return { count: ended.length, hits: ended.filter(({ won }) => won).length }
      }),
    ),
  }
}

function byAccount<Result>(
  months: readonly OutcomeMonth[],
  summarise: (own: readonly OutcomeMonth[]) => Result,
): readonly Result[] {
  return [...Map.groupBy(months, ({ id }) => id).values()].map(summarise)
}

function countOpportunities(months: readonly OutcomeMonth[]): number {
  return months.reduce((sum, month) => sum + month.opportunities.length, 0)
}
