import type { Kysely } from 'kysely'
import { thresholdFor } from '../../core/explanation/threshold.ts'
import { explainChange, type Standpoint, unknownThen } from '../../core/explanation/change.ts'
import { explainAccount } from '../../core/explanation/explain-account.ts'
import type { Change, Explanation } from '../../core/explanation/published-explanation.ts'
import { canonicalJson } from '../../core/base/json-hash.ts'
import type { Policy } from '../../core/qualification/policy.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import type { StoredScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import { listSnapshots } from '../../store/features/account-snapshots.ts'
import { findChampionVersionAt } from '../../store/registry/promotions.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { listScoresAt } from '../../store/scoring/score-history.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { loadModel } from '../registry/champion.ts'
import { scoreAccounts, snapshotsAtOpening } from './score.ts'

export interface ExplainOptions {
  /** Explain the score as stored at this instant. Default: the current score. */
  readonly asOf?: Instant | undefined
  /** Explain the change of the score since this instant. */
  readonly since?: Instant | undefined
  readonly policy: Policy
  readonly now: Instant
}

/**
 * Explains one account's score from stored facts, read in one snapshot.
 *
 * A past score is computed again by its version, from the facts known before its as-of. The explanation says whether the result equals
 * the stored score; it does not where facts were recorded after their known-at, or were erased. Where no score was stored, the champion
 * of that instant (before the first promotion, the current one) explains the instant itself.
 *
 * @returns undefined when the account was not known
 */
export async function explainStoredAccount(
  db: Kysely<Database>,
  champion: LoadedModel,
  accountId: number,
  options: ExplainOptions,
): Promise<Explanation | undefined> {
  return await inSnapshot(db, async (view) => {
    const { asOf: at, since, policy, now } = options
    const stored = at === undefined ? undefined : (await listScoresAt(view, [accountId], at))[0]?.score
    const loaded = at === undefined ? champion : await versionAt(view, champion, at, stored)
    const asOf = stored ? (stored.as_of as Instant) : (at ?? now)
    const standpoint = await standAt(view, loaded, accountId, asOf)
    const [scored] = await scoreAccounts(view, loaded, [accountId], asOf)
    if (!standpoint || !scored) return undefined
    const { contributions: _, ...score } = scored.score
    return explainAccount({
      ...standpoint,
      score,
      // The threshold of the version's own backtest precedes that of models/policy.json.
      thresholdFor: thresholdFor(loaded, policy, standpoint.snapshot),
      change: since === undefined ? null : await changeSince(view, accountId, since, standpoint),
      matchesStored: stored ? isSame(stored, score) : null,
    })
  })
}

async function versionAt(db: Kysely<Database>, champion: LoadedModel, at: Instant, stored: StoredScore | undefined) {
  const version = stored?.model_version ?? (await findChampionVersionAt(db, at))
  return version === undefined || version === champion.version ? champion : await loadModel(db, version)
}

async function changeSince(db: Kysely<Database>, accountId: number, since: Instant, now: Standpoint): Promise<Change> {
  // The explained score was computed before `since`: nothing has changed.
  if (since >= now.snapshot.asOf) return explainChange({ before: now, nowByEarlierVersion: now, now })
  const earlier = await versionAt(db, now.loaded, since, undefined)
  const then = await standAt(db, earlier, accountId, since)
  if (!then) return unknownThen(since, earlier.version)
  // Versions differ in lookback and source precedence, so each reads its own snapshot.
  const isSameVersion = earlier.version === now.loaded.version
  const present = isSameVersion ? now : await standAt(db, earlier, accountId, now.snapshot.asOf)
  return present
    ? explainChange({ before: then, nowByEarlierVersion: present, now })
    : unknownThen(since, earlier.version)
}

async function standAt(
  db: Kysely<Database>,
  loaded: LoadedModel,
  accountId: number,
  asOf: Instant,
): Promise<Standpoint | undefined> {
  const snapshots = await listSnapshots(db, [{ accountId, asOf }], loaded.featureSet.lookback)
  const [snapshot] = snapshots
  if (!snapshot) return undefined
  const opened = await snapshotsAtOpening(db, loaded, [accountId], snapshots)
  return { loaded, snapshot, opened: opened.get(accountId) ?? null }
}

/** Ignores the buying stage: it depends on the previous stage, which is not a fact. */
function isSame(stored: StoredScore, made: StoredScore): boolean {
  const comparable = ({ buying_stage: _, ...rest }: StoredScore) => canonicalJson(rest)
  return comparable(stored) === comparable(made)
}
