import type { Kysely } from 'kysely'
import type { Stage } from '../../core/scoring/stages/stages.ts'
import { accountAsOf, type OpportunityHistory } from '../../core/training/cohorts/cohort.ts'
import { maturityDays, type ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import { isRelevant } from '../../core/training/cohorts/relevance.ts'
import { type LoadedModel, prepareArtifact, type Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { OutcomeMonth } from '../../core/scoring/stages/stage-outcome-rates.ts'
import { scoreAccount } from '../../core/scoring/score-account.ts'
import { firstOfMonthBefore, type Instant, instantPlusDays } from '../../core/base/time.ts'
import { AppError } from '../../errors.ts'
import { readSnapshotPairs } from '../../store/features/snapshot-pairs.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { describeFailure } from '../training/training-failure.ts'
import { learn } from '../training/train.ts'
import { cohortOf, readHistory } from '../training/history.ts'
import type { Progress } from '../training/snapshot-pass.ts'

export interface StageOutcomes {
  /** Learned from what was known before `since` alone. */
  readonly model: LoadedModel
  readonly months: readonly (OutcomeMonth & { readonly asOf: Instant; readonly inMarketProbability: number })[]
}

/**
 * Learns from what was known before `since`, scores every account without an open opportunity on each first of a month
 * from then on as it would have been scored, and tells what came of it by `end`. Nothing is stored.
 *
 * @throws AppError TrainingRefused when there was too little to learn from; OptionInvalid when nothing came after `since`
 */
export async function measureStageOutcomes(
  db: Kysely<Database>,
  specification: Specification,
  since: Instant,
  end: Instant,
  progress: Progress = () => undefined,
): Promise<StageOutcomes> {
  const inMarket = specification.models.find(({ model }) => model === 'in_market')
  const win = specification.models.find(({ model }) => model === 'win')
  if (!inMarket || !win)
    throw new AppError('SpecificationInvalid', 'stages and the grid need in-market.json and win.json')
  const outcome = await learn(db, specification, since, progress)
  if (outcome.kind === 'refused') throw new AppError('TrainingRefused', describeFailure(outcome))
  const model = prepareArtifact(outcome.artifact, outcome.version)
  return await inSnapshot(db, async (snapshot) => {
    const history = await readHistory(snapshot, [inMarket], end)
    const rows = cohortOf(history, inMarket).rows.filter(({ asOf }) => asOf >= since)
    if (rows.length === 0)
      throw new AppError('OptionInvalid', `no account-month at or after ${since} has had its time by ${end}`)
    const opportunities = relevantByMonth(history.opportunities, inMarket, end)
    const months: StageOutcomes['months'][number][] = []
    // A cohort lists the months of one account in a row, the earliest first: each is in the stage that the last one left it in.
    const stages = new Map<string, Stage | null>()
    let done = 0
    const requests = rows.map((row) => ({ accountId: row.account.accountId, asOf: row.asOf, row }))
    for await (const [{ row }, account] of readSnapshotPairs(snapshot, requests, model.featureSet.lookback)) {
      done += 1
      if (done % 2_000 === 0 || done === requests.length) progress('stage outcomes', done, requests.length)
      if (!account) continue
      const id = row.account.externalId
      const score = scoreAccount(model, account, null, stages.get(id) ?? null)
      stages.set(id, score.buying_stage)
      months.push({
        id,
        asOf: row.asOf,
        inMarketProbability: score.in_market_probability ?? 0,
        stage: score.buying_stage,
        fit: score.fit_intent.fit,
        intent: score.fit_intent.intent,
        opened: row.won,
        opportunities: (opportunities.get(monthKey(row.account.accountId, row.asOf)) ?? []).map((deal) => ({
          won: outcomeOf(deal, win, end),
        })),
      })
    }
    return { model, months }
  })
}

/** Each opportunity stands at the last first of a month before it opened: where the account was seen without it. */
function relevantByMonth(
  deals: readonly OpportunityHistory[],
  { opportunities: rules }: ModelSpecification,
  end: Instant,
): ReadonlyMap<string, readonly OpportunityHistory[]> {
  return Map.groupBy(
    deals.filter((deal) => isRelevant(deal, rules, end)),
    (deal) => {
      const asOf = firstOfMonthBefore(deal.openedAt)
      return monthKey(accountAsOf(deal.account, asOf).accountId, asOf)
    },
  )
}

function monthKey(accountId: number, asOf: Instant): string {
  return `${accountId} ${asOf}`
}

/** Won in time; null while there is time left. */
function outcomeOf(deal: OpportunityHistory, { label }: ModelSpecification, end: Instant): boolean | null {
  const deadline = instantPlusDays(deal.openedAt, maturityDays(label))
  if (deadline >= end) return null
  return deal.outcome === 'won' && deal.closedAt !== null && deal.closedAt < deadline
}
