import type { Kysely } from 'kysely'
import type { Stage } from '../core/backtest/stages.ts'
import type { AccountSnapshot } from '../core/features/snapshot.ts'
import type { LoadedModel } from '../core/scoring/bundle.ts'
import { type InlineAccount, inlineSnapshot } from '../core/scoring/inline-account.ts'
import type { PublishedScore } from '../core/scoring/published-score.ts'
import { openOpportunity, scoreAccount } from '../core/scoring/score-account.ts'
import type { Instant } from '../core/time.ts'
import { listSnapshots } from '../store/features.ts'
import { listCohortAccounts } from '../store/histories.ts'
import { replaceScores } from '../store/write-scores.ts'
import type { Database } from '../store/schema.ts'
import { inSnapshot } from '../store/snapshot-transaction.ts'

export interface ScoredAccount {
  readonly accountId: number
  readonly score: PublishedScore
}

/**
 * Scores accounts as they were known just before `asOf`, in the order asked; undefined where one was not known.
 *
 * @param previousStages the buying stage each account was in before, by id: without it a stage is told by today alone
 */
export async function scoreAccounts(
  db: Kysely<Database>,
  model: LoadedModel,
  accountIds: readonly number[],
  asOf: Instant,
  previousStages: ReadonlyMap<number, Stage> = new Map(),
): Promise<readonly (ScoredAccount | undefined)[]> {
  const { lookback } = model.featureSet
  const snapshots = await listSnapshots(
    db,
    accountIds.map((accountId) => ({ accountId, asOf })),
    lookback,
  )
  const opened = await snapshotsAtOpening(db, model, accountIds, snapshots)
  return snapshots.map((snapshot, index) => {
    const accountId = accountIds[index]
    if (!snapshot || accountId === undefined) return undefined
    const previous = previousStages.get(accountId) ?? null
    return { accountId, score: scoreAccount(model, snapshot, opened.get(accountId) ?? null, previous) }
  })
}

/** Accounts with an open opportunity are scored as of its opening, as the model learned to. */
export async function snapshotsAtOpening(
  db: Kysely<Database>,
  model: LoadedModel,
  accountIds: readonly number[],
  snapshots: readonly (AccountSnapshot | undefined)[],
) {
  const wanted = snapshots.flatMap((snapshot, index) => {
    const opportunity = snapshot && openOpportunity(snapshot)
    const accountId = accountIds[index]
    return opportunity && accountId !== undefined ? [{ accountId, opportunity, now: snapshot }] : []
  })
  const asked = wanted.map(({ accountId, opportunity }) => ({ accountId, asOf: opportunity.openedAt }))
  const atOpening = await listSnapshots(db, asked, model.featureSet.lookback)
  return new Map(
    wanted.map(({ accountId, opportunity, now }, index) => [
      accountId,
      // An account first heard of through its opportunity has no earlier view: the present one must do.
      { opportunity: opportunity.externalId, snapshot: atOpening[index] ?? now },
    ]),
  )
}

/** Scores an account that the request itself describes. Check it with `inlineProblems` first. */
export function scoreInline(model: LoadedModel, account: InlineAccount, asOf: Instant): PublishedScore {
  return scoreAccount(model, inlineSnapshot(account, asOf), null)
}

const BATCH = 2_000

/** Scores every account known before `asOf` and stores the result: all accounts by one version, seen at one instant. */
export async function scoreEverybody(
  db: Kysely<Database>,
  model: LoadedModel,
  asOf: Instant,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<{ readonly scored: number; readonly withOpenOpportunity: number }> {
  const scored = await inSnapshot(db, async (snapshot) => {
    const accounts = await listCohortAccounts(snapshot, asOf)
    const scores: ScoredAccount[] = []
    for (let start = 0; start < accounts.length; start += BATCH) {
      const ids = accounts.slice(start, start + BATCH).map((account) => account.accountId)
      scores.push(...(await scoreAccounts(snapshot, model, ids, asOf)).filter((score) => score !== undefined))
      progress(Math.min(accounts.length, start + BATCH), accounts.length)
    }
    return scores
  })
  await replaceScores(db, model.version, asOf, scored)
  const withOpenOpportunity = scored.filter(({ score }) => score.not_scored_because === 'open_opportunity').length
  return { scored: scored.length, withOpenOpportunity }
}
