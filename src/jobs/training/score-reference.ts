import type { Kysely } from 'kysely'
import { accountAsOf, type OpportunityHistory } from '../../core/training/cohorts/cohort.ts'
import { irrelevance } from '../../core/training/cohorts/relevance.ts'
import { mergeAttributes } from '../../core/features/snapshot.ts'
import type { FeatureVector } from '../../core/features/types.ts'
import { hashSeed } from '../../core/base/random.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { ExchangeRate, WonDeal } from '../../core/scoring/expected-amount.ts'
import { openOpportunity } from '../../core/scoring/score-account.ts'
import { dayOf, type Instant } from '../../core/base/time.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { readDealAmounts } from '../../store/training/won-amounts.ts'
import { type History, standingAccounts } from './history.ts'
import { keepEach, type SnapshotReader } from './snapshot-pass.ts'

/** Above this number a random sample of the accounts ranks scores: a percentile is then right within half a point. */
const MOST_ACCOUNTS = 20_000

/** What a training needs beside its examples: the accounts as of the training, and the deals won so far. */
export interface ReferenceData {
  readonly accounts: readonly { readonly id: string; readonly features: FeatureVector }[]
  readonly deals: readonly (WonDeal & { readonly id: string })[]
  readonly rates: readonly ExchangeRate[]
}

/** The accounts that scores are ranked among. */
export function referenceReader(history: History): SnapshotReader<ReferenceData['accounts']> {
  const standing = standingAccounts(history)
  const share = MOST_ACCOUNTS / standing.length
  const requests = standing
    .filter(({ externalId }) => share >= 1 || hashSeed(`reference ${externalId}`) / 2 ** 32 < share)
    .map(({ accountId }) => ({ accountId, asOf: history.asOf }))
  // Accounts with an open opportunity are in the hands of sales: a score ranks an account among the others.
  const reader = keepEach('reference', requests, (_index, snapshot, features) =>
    openOpportunity(snapshot) ? null : { id: snapshot.externalId, features: features() },
  )
  return { ...reader, result: () => reader.result().flatMap((account) => account ?? []) }
}

/** The won deals of the types that the win model counts, by what was known before as-of. */
export async function wonDealReader(
  db: Kysely<Database>,
  specification: Specification,
  history: History,
): Promise<SnapshotReader<ReferenceData['deals']>> {
  const { asOf } = history
  const won = wonDeals(specification, history)
  const amounts = won.length > 0 ? await readDealAmounts(db, asOf) : NO_AMOUNTS
  const requests = won.map((deal) => ({ accountId: accountAsOf(deal.account, asOf).accountId, asOf }))
  const reader = keepEach('won deals', requests, (_index, { versions }) =>
    mergeAttributes(versions, specification.features.source_precedence),
  )
  return {
    ...reader,
    result: () =>
      reader.result().flatMap((attributes = {}, index) => {
        const deal = won[index]
        if (!deal) return []
        const { amount = null, currency = null } = amounts.get(deal.externalId) ?? {}
        return [{ id: deal.externalId, amount, currency, closedOn: dayOf(deal.closedAt), attributes }]
      }),
  }
}

const NO_AMOUNTS: Awaited<ReturnType<typeof readDealAmounts>> = new Map()

type ClosedDeal = OpportunityHistory & { readonly closedAt: Instant }

function wonDeals(specification: Specification, { opportunities, asOf }: History): readonly ClosedDeal[] {
  const win = specification.models.find(({ model }) => model !== 'in_market')
  if (!win || !specification.scores) return []
  return opportunities.filter(
    (deal): deal is ClosedDeal =>
      deal.outcome === 'won' && deal.closedAt !== null && irrelevance(deal, win.opportunities, asOf) === null,
  )
}
