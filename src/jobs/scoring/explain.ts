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
  /** Explain the score that stood on record at this instant, not the present one. */
  readonly asOf?: Instant | undefined
  /** Say why the score changed from then on. */
  readonly since?: Instant | undefined
  readonly policy: Policy
  readonly now: Instant
}

/**
 * Explains one account's score from the facts on record, all read from one view of the database.
 *
 * A past score is made again: by its version, from the facts known before its own as-of. Whether that gives what was
 * stored is told; it does not where facts were recorded later than they claim to have been known, or were erased. Where
 * none was stored, the version in use then (before the first promotion, the present one) explains the instant itself.
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
      // What the version's own backtest chose comes before what stands in the file.
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
  // The score that is explained was made before: nothing has happened to it since.
  if (since >= now.snapshot.asOf) return explainChange({ before: now, nowByEarlierVersion: now, now })
  const earlier = await versionAt(db, now.loaded, since, undefined)
  const then = await standAt(db, earlier, accountId, since)
  if (!then) return unknownThen(since, earlier.version)
  // A version asks for the facts in its own way: how far back, and whom it believes where two sources disagree.
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

/** The stage is left out: it depends on the stage before, which is not part of the facts. */
function isSame(stored: StoredScore, made: StoredScore): boolean {
  const comparable = ({ buying_stage: _, ...rest }: StoredScore) => canonicalJson(rest)
  return comparable(stored) === comparable(made)
}
