import type { Kysely } from 'kysely'
import type { Stage } from '../../core/scoring/stages/stages.ts'
import { fold, type MotionState } from '../../core/qualification/state.ts'
import { ageInDays, type Instant } from '../../core/base/time.ts'
import { listMotionEvents, listStageMoves, type StageMove } from '../../store/qualification/account-events.ts'
import { mergeAttributes } from '../../core/features/snapshot.ts'
import { findExternalId, listAttributes } from '../../store/facts/accounts.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { listScoresAt } from '../../store/scoring/score-history.ts'

export interface AccountOnRecord {
  readonly externalId: string
  readonly name: string | null
  /** Null while the account has an open opportunity or no score. */
  readonly stage: { readonly stage: Stage; readonly since: Instant; readonly days: number } | null
  readonly path: readonly StageMove[]
  /** The motions that have an event. */
  readonly motions: readonly { readonly motion: string; readonly state: MotionState }[]
}

/** An account at an instant: its stage, the stages before it, and its state in each motion. */
export async function readAccount(
  db: Kysely<Database>,
  accountId: number,
  at: Instant,
): Promise<AccountOnRecord | undefined> {
  const externalId = await findExternalId(db, accountId, at)
  if (externalId === undefined) return undefined
  const [stored] = await listScoresAt(db, [accountId], at)
  const path = await listStageMoves(db, accountId, at)
  const last = path.at(-1)
  const byMotion = Map.groupBy(await listMotionEvents(db, at, accountId), ({ motion }) => motion)
  return {
    externalId,
    name: stored ? stored.score.account_name : await nameOf(db, accountId, at),
    stage: last?.to ? { stage: last.to, since: last.asOf, days: Math.max(0, ageInDays(at, last.asOf)) } : null,
    path,
    motions: [...byMotion].flatMap(([motion, events]) => {
      const state = fold(events)
      // A state without any event but the holdout's must not reveal that the account is in the control group.
      return state && state.state !== 'none' ? [{ motion, state }] : []
    }),
  }
}

/** Of an account without a score: without a model, no source comes before another. */
async function nameOf(db: Kysely<Database>, accountId: number, at: Instant): Promise<string | null> {
  const { name } = mergeAttributes(await listAttributes(db, accountId, at), [])
  return typeof name === 'string' ? name : null
}
