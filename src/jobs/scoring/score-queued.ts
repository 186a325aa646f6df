import type { Kysely } from 'kysely'
import type { Playbook } from '../../core/qualification/playbook/playbook.ts'
import type { Policy } from '../../core/qualification/policy.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { takeAccountsToScore } from '../../store/scoring/score-queue.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inLongTransaction } from '../../store/database/snapshot-transaction.ts'
import { type ScoredRun, scoreSome } from './score.ts'

/** Few enough that whoever has news of one of them need not wait for long. */
const ACCOUNTS_AT_ONCE = 200

export interface ScoredQueued extends Omit<ScoredRun, 'runId'> {
  /** Of the last of them. */
  readonly asOf: Instant
}

/**
 * Scores the accounts of which something has become known since they were scored, some at a time, until none is left. Those
 * that come again and again are left to the next call.
 *
 * @param now is asked when accounts have been taken: what is known of them by then counts
 * @param mostAccounts how many were noted when it began
 * @returns undefined when there was none
 */
export async function scoreQueued(
  db: Kysely<Database>,
  model: LoadedModel,
  now: () => Instant | Promise<Instant>,
  { policy, playbook }: { readonly policy: Policy; readonly playbook: Playbook },
  mostAccounts: number,
  signal?: AbortSignal,
): Promise<ScoredQueued | undefined> {
  let total: ScoredQueued | undefined
  for (let taken = 0; taken < mostAccounts; taken += ACCOUNTS_AT_ONCE) {
    signal?.throwIfAborted()
    const next = await inLongTransaction(db, async (transaction) => {
      const accountIds = await takeAccountsToScore(transaction, Math.min(ACCOUNTS_AT_ONCE, mostAccounts - taken))
      if (accountIds.length === 0) return undefined
      const asOf = await now()
      const { runId: _, ...run } = await scoreSome(transaction, model, accountIds, asOf, policy, playbook)
      return { ...run, asOf }
    })
    if (!next) break
    total = total ? added(total, next) : next
  }
  return total
}

function added(one: ScoredQueued, other: ScoredQueued): ScoredQueued {
  return {
    ...other,
    scored: one.scored + other.scored,
    withOpenOpportunity: one.withOpenOpportunity + other.withOpenOpportunity,
    changed: one.changed + other.changed,
    events: one.events + other.events,
  }
}
