import type { Kysely } from 'kysely'
import { accountAsOf, type OpportunityHistory } from '../../core/training/cohorts/cohort.ts'
import { irrelevance } from '../../core/training/cohorts/relevance.ts'
import { type FeatureSet, readFeatures } from '../../core/features/compile.ts'
import { mergeAttributes } from '../../core/features/snapshot.ts'
import type { FeatureVector } from '../../core/features/types.ts'
import { hashSeed } from '../../core/base/random.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { ExchangeRate, WonDeal } from '../../core/scoring/expected-amount.ts'
import { openOpportunity } from '../../core/scoring/score-account.ts'
import { dayOf, type Instant } from '../../core/base/time.ts'
import { readSnapshots } from '../../store/features/account-snapshots.ts'
import { listCohortAccounts, listOpportunityHistories } from '../../store/features/opportunity-histories.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { listExchangeRates, readDealAmounts } from '../../store/training/won-amounts.ts'
import type { Progress } from './training-data.ts'

/** Accounts beyond this are ranked by a random share of them: a percentile is then right within half a point. */
const MOST_ACCOUNTS = 20_000

/** What the training needs beside its examples: the accounts as they stand, and what was won so far. */
export interface ReferenceData {
  readonly accounts: readonly { readonly id: string; readonly features: FeatureVector }[]
  readonly deals: readonly (WonDeal & { readonly id: string })[]
  readonly rates: readonly ExchangeRate[]
}

export async function readReferenceData(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: Specification,
  asOf: Instant,
  progress: Progress,
): Promise<ReferenceData> {
  const everybody = await listCohortAccounts(db, asOf)
  const share = MOST_ACCOUNTS / everybody.length
  const asked = everybody.filter(
    ({ externalId }) => share >= 1 || hashSeed(`reference ${externalId}`) / 2 ** 32 < share,
  )
  const accounts: { readonly id: string; readonly features: FeatureVector }[] = []
  let done = 0
  const requests = asked.map(({ accountId }) => ({ accountId, asOf }))
  for await (const snapshots of readSnapshots(db, requests, featureSet.lookback)) {
    for (const snapshot of snapshots) {
      // Those with an open opportunity are worked already: the others are whom a score is compared with.
      if (!snapshot || openOpportunity(snapshot)) continue
      accounts.push({ id: snapshot.externalId, features: readFeatures(featureSet, snapshot) })
    }
    done += snapshots.length
    progress('reference', done, requests.length)
  }
  return {
    accounts,
    deals: await listWonDeals(db, featureSet, specification, asOf),
    rates: await listExchangeRates(db),
  }
}

/** Of the types that the win model counts, by what was known before `asOf`. */
async function listWonDeals(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: Specification,
  asOf: Instant,
): Promise<ReferenceData['deals']> {
  const win = specification.models.find(({ model }) => model !== 'in_market')
  if (!win || !specification.scores) return []
  const won = (await listOpportunityHistories(db, asOf)).filter(
    (deal): deal is OpportunityHistory & { readonly closedAt: Instant } =>
      deal.outcome === 'won' && deal.closedAt !== null && irrelevance(deal, win.opportunities, asOf) === null,
  )
  const amounts = await readDealAmounts(db, asOf)
  const requests = won.map((deal) => ({ accountId: accountAsOf(deal.account, asOf).accountId, asOf }))
  const deals: (WonDeal & { readonly id: string })[] = []
  for await (const snapshots of readSnapshots(db, requests, featureSet.lookback)) {
    for (const snapshot of snapshots) {
      const deal = won[deals.length]
      if (!deal) continue
      const { amount = null, currency = null } = amounts.get(deal.externalId) ?? {}
      const attributes = mergeAttributes(snapshot?.versions ?? [], specification.features.source_precedence)
      deals.push({ id: deal.externalId, amount, currency, closedOn: dayOf(deal.closedAt), attributes })
    }
  }
  return deals
}
