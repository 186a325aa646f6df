import type { Pool } from 'pg'
import type { Instant } from '../../core/base/time.ts'
import { canonicalKey } from '../../core/facts/identity/keys.ts'
import { AppError } from '../../errors.ts'
import { inBatchTransaction } from '../../store/facts/import/batch.ts'
import { rematch } from '../../store/facts/import/match/rematch.ts'
import { type MergeOutcome, recordMerge, writeMerges } from '../../store/facts/merges.ts'
import { databaseOn } from '../../store/database/kysely-on-client.ts'
import { readClock } from '../../store/database/read-clock.ts'
import { withClient } from '../../store/database/with-client.ts'

export interface MergeRequest {
  readonly from: string
  readonly into: string
  /** The instant from which the merge is known. Default: now. */
  readonly at?: Instant | undefined
}

export interface MergeSummary {
  readonly outcome: 'merged' | 'dated_earlier' | 'unchanged'
  /** Facts that matched no account while both accounts claimed their domain, network or visitor id. */
  readonly rematched: number
}

const OUTCOMES = { inserted: 'merged', updated: 'dated_earlier', unchanged: 'unchanged' } as const

/**
 * Merges account `from` into account `into`, whose history then includes both. `from` is no longer an account. A repeated merge changes
 * nothing. A merge cannot be undone.
 * @throws AppError MergeRefused when an account is unknown, the date is in the future, or `planMerge` refuses
 */
export async function mergeAccounts(pool: Pool, { from, into, at }: MergeRequest): Promise<MergeSummary> {
  return await withClient(pool, async (client) => {
    const now = await readClock(databaseOn(client))
    if (at !== undefined && at > now)
      throw new AppError('MergeRefused', `the merge is dated ${at}, which is in the future: use ${now} or earlier`)
    const merge = { from: canonicalKey(from), into: canonicalKey(into), knownAt: at ?? null }
    const outcome = await inBatchTransaction(client, async () => {
      const [written] = await writeMerges(client, [merge], now)
      const kind = kindOf(written)
      if (kind !== 'unchanged') await recordMerge(client, merge, now)
      return OUTCOMES[kind]
    })
    return { outcome, rematched: await rematch(client) }
  })
}

function kindOf(outcome: MergeOutcome | undefined): keyof typeof OUTCOMES {
  switch (outcome?.kind) {
    case 'unknown_account':
      throw new AppError('MergeRefused', `no account has the external id ${outcome.externalId}`)
    case 'refused':
      throw new AppError('MergeRefused', outcome.message)
    default:
      return outcome?.kind ?? 'unchanged'
  }
}
