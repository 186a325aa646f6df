import type { Kysely } from 'kysely'
import type { Playbook } from '../../core/qualification/playbook/playbook.ts'
import type { Policy } from '../../core/qualification/policy.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { takeQueuedAccounts } from '../../store/scoring/score-queue.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inLongTransaction } from '../../store/database/snapshot-transaction.ts'
import { type ScoredRun, scoreSome } from './score.ts'

/** Small: a request that writes facts of one of these accounts waits for the batch. */
const BATCH_ACCOUNTS = 200

export interface ScoredQueued extends Omit<ScoredRun, 'runId'> {
  /** Of the last batch. */
  readonly asOf: Instant
}

/**
 * Scores the accounts in the score queue, in batches. An account that is queued again meanwhile is left to the next call.
 *
 * @param now is called after a batch was taken from the queue
 * @param mostAccounts the length of the queue at the start
 * @returns undefined when the queue was empty
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
  for (let taken = 0; taken < mostAccounts; taken += BATCH_ACCOUNTS) {
    signal?.throwIfAborted()
    const next = await inLongTransaction(db, async (transaction) => {
      const accountIds = await takeQueuedAccounts(transaction, Math.min(BATCH_ACCOUNTS, mostAccounts - taken))
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
    reasons: one.reasons + other.reasons,
    solidReasons: one.solidReasons + other.solidReasons,
    changed: one.changed + other.changed,
    events: one.events + other.events,
  }
}
