import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Lookback } from '../../core/features/compile.ts'
import type { AccountSnapshot } from '../../core/features/snapshot.ts'
import { CUSTOMER_DAYS, factsOf } from '../../core/qualification/account-facts.ts'
import type { Playbook } from '../../core/qualification/playbook/playbook.ts'
import type { Policy } from '../../core/qualification/policy.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import { type InlineAccount, inlineSnapshot } from '../../core/scoring/inline-account.ts'
import type { PublishedScore } from '../../core/scoring/published-score.ts'
import { openOpportunity, scoreAccount } from '../../core/scoring/score-account.ts'
import type { Instant } from '../../core/base/time.ts'
import { listSnapshots } from '../../store/features/account-snapshots.ts'
import { listCohortAccounts } from '../../store/features/opportunity-histories.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inLongTransaction, inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { listStages } from '../../store/qualification/motion-states.ts'
import { findLastRunId } from '../../store/scoring/write-scores.ts'
import { type ScoredWithFacts, commitScoringRun, type StoredRun } from './commit-scoring-run.ts'
import { loadPlaybook } from '../models/load-playbook.ts'
import { loadPolicy } from '../models/load-policy.ts'
import { lookingBackForPlaybook, readOutlooks } from '../qualification/playbook.ts'

export interface ScoredAccount {
  readonly accountId: number
  readonly score: PublishedScore
}

/** Scores accounts as known before `asOf`, in the order of `accountIds`; undefined for an account that was not known. */
export async function scoreAccounts(
  db: Kysely<Database>,
  model: LoadedModel,
  accountIds: readonly number[],
  asOf: Instant,
): Promise<readonly (ScoredAccount | undefined)[]> {
  const found = await scoreSnapshots(db, model, accountIds, asOf)
  return found.map((one) => one?.scored)
}

/** Scores one account. The snapshot reaches back as far as the playbook needs. */
export async function scoreWithSnapshot(
  db: Kysely<Database>,
  model: LoadedModel,
  playbook: Playbook,
  accountId: number,
  asOf: Instant,
): Promise<{ readonly score: PublishedScore; readonly snapshot: AccountSnapshot } | undefined> {
  const [found] = await scoreSnapshots(db, model, [accountId], asOf, playbook)
  return found && { score: found.scored.score, snapshot: found.snapshot }
}

async function scoreSnapshots(
  db: Kysely<Database>,
  model: LoadedModel,
  accountIds: readonly number[],
  asOf: Instant,
  playbook: Playbook | null = null,
): Promise<readonly ({ readonly scored: ScoredAccount; readonly snapshot: AccountSnapshot } | undefined)[]> {
  const own = lookingBackForCustomers(model)
  const lookback = playbook ? lookingBackForPlaybook(model, own, playbook) : own
  const snapshots = await listSnapshots(
    db,
    accountIds.map((accountId) => ({ accountId, asOf })),
    lookback,
  )
  const opened = await snapshotsAtOpening(db, model, accountIds, snapshots)
  // The stored stage: hysteresis keeps an account in its stage while its probability changes little.
  const stages = await listStages(db, accountIds)
  const scored: ({ readonly scored: ScoredAccount; readonly snapshot: AccountSnapshot } | undefined)[] = []
  for (const [index, snapshot] of snapshots.entries()) {
    const accountId = accountIds[index]
    if (!snapshot || accountId === undefined) scored.push(undefined)
    else {
      const score = scoreAccount(model, snapshot, opened.get(accountId) ?? null, stages.get(accountId) ?? null)
      scored.push({ scored: { accountId, score }, snapshot })
    }
    if (scored.length % ACCOUNTS_A_TURN === 0) await nextTurn()
  }
  return scored
}

/** Accounts scored before the event loop serves other requests. */
const ACCOUNTS_A_TURN = 50

/** Customer status depends on the whole past. No feature needs a longer lookback. */
function lookingBackForCustomers({ featureSet: { lookback } }: LoadedModel): Lookback {
  return { ...lookback, customerEventDays: Math.max(lookback.customerEventDays, CUSTOMER_DAYS) }
}

/** Accounts with an open opportunity are scored as of its opening, as in training. */
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
      // An account that became known by its opportunity has no earlier snapshot: the current one is used.
      { opportunity: opportunity.externalId, snapshot: atOpening[index] ?? now },
    ]),
  )
}

/** Scores an account that the request contains. Check it with `inlineProblems` first. */
export function scoreInline(model: LoadedModel, account: InlineAccount, asOf: Instant): PublishedScore {
  return scoreAccount(model, inlineSnapshot(account, asOf, model.featureSet.lookback.titles), null)
}

const BATCH = 2_000

export interface ScoredRun extends StoredRun {
  readonly scored: number
  readonly withOpenOpportunity: number
  /** Told in all, and how many of them are solid. */
  readonly reasons: number
  readonly solidReasons: number
}

/** Scores every account known before `asOf` and commits the run. */
export async function scoreEverybody(
  db: Kysely<Database>,
  model: LoadedModel,
  asOf: Instant,
  progress: (done: number, total: number) => void = () => undefined,
  policy: Policy = loadPolicy(),
  playbook: Playbook = loadPlaybook(),
): Promise<ScoredRun> {
  const { seenRunId, scored } = await readScores(db, model, policy, asOf, progress, playbook)
  const { version, policy: versionPolicy } = model
  const run = { accountIds: null, version, versionPolicy, policy, playbook, asOf, seenRunId }
  const stored = await inLongTransaction(db, (transaction) => commitScoringRun(transaction, run, scored))
  return { ...countsOf(scored), ...stored }
}

/**
 * Scores every account known before `asOf` in one snapshot; stores nothing.
 * @param playbook null: outlooks are not read
 */
export async function readScores(
  db: Kysely<Database>,
  model: LoadedModel,
  policy: Policy,
  asOf: Instant,
  progress: (done: number, total: number) => void = () => undefined,
  playbook: Playbook | null = null,
): Promise<{ readonly seenRunId: number; readonly scored: readonly ScoredWithFacts[] }> {
  return await inSnapshot(db, async (snapshot) => {
    const seenRunId = await findLastRunId(snapshot)
    const accounts = await listCohortAccounts(snapshot, asOf)
    const scored: ScoredWithFacts[] = []
    for (let start = 0; start < accounts.length; start += BATCH) {
      const ids = accounts.slice(start, start + BATCH).map((account) => account.accountId)
      scored.push(...(await scoreWithFacts(snapshot, model, { policy, playbook }, ids, asOf)))
      progress(Math.min(accounts.length, start + BATCH), accounts.length)
    }
    return { seenRunId, scored }
  })
}

/**
 * Scores some accounts and commits the run in the caller's transaction, which also removes them from the score queue. The transaction
 * must be read committed, and `asOf` must not be earlier than its start.
 */
export async function scoreSome(
  transaction: Kysely<Database>,
  model: LoadedModel,
  accountIds: readonly number[],
  asOf: Instant,
  policy: Policy = loadPolicy(),
  playbook: Playbook = loadPlaybook(),
): Promise<ScoredRun> {
  const seenRunId = await findLastRunId(transaction)
  const scored = await scoreWithFacts(transaction, model, { policy, playbook }, accountIds, asOf)
  const { version, policy: versionPolicy } = model
  const run = { accountIds, version, versionPolicy, policy, playbook, asOf, seenRunId }
  return { ...countsOf(scored), ...(await commitScoringRun(transaction, run, scored)) }
}

function countsOf(scored: readonly ScoredWithFacts[]) {
  const withOpenOpportunity = scored.filter(({ score }) => score.not_scored_because === 'open_opportunity').length
  const reasons = scored.flatMap(({ score }) => score.reasons)
  const solidReasons = reasons.filter(({ certainty }) => certainty === 'solid').length
  return { scored: scored.length, withOpenOpportunity, reasons: reasons.length, solidReasons }
}

async function scoreWithFacts(
  db: Kysely<Database>,
  model: LoadedModel,
  { policy, playbook }: { readonly policy: Policy; readonly playbook: Playbook | null },
  accountIds: readonly number[],
  asOf: Instant,
): Promise<readonly ScoredWithFacts[]> {
  const precedence = model.featureSet.lookback.sourcePrecedence
  const found = await scoreSnapshots(db, model, accountIds, asOf, playbook)
  const seen = found.flatMap((one) =>
    one ? [{ ...one.scored, snapshot: one.snapshot, facts: factsOf(one.snapshot, policy, precedence) }] : [],
  )
  const outlooks = playbook && (await readOutlooks(db, model, playbook, seen, asOf))
  return seen.map(({ accountId, score, facts }) => ({
    accountId,
    score,
    facts,
    outlook: outlooks?.get(accountId) ?? null,
  }))
}
