import type { Pool } from 'pg'
import type { Instant } from '../../core/base/time.ts'
import { AppError } from '../../errors.ts'
import { inBatchTransaction } from '../../store/facts/import/batch.ts'
import { rematch } from '../../store/facts/import/match/rematch.ts'
import { type MergeOutcome, readClock, recordMerge, writeMerges } from '../../store/facts/merges.ts'
import { withClient } from '../../store/database/with-client.ts'

export interface MergeRequest {
  readonly from: string
  readonly into: string
  /** Since when it is known that they are one. Default: now. */
  readonly at?: Instant | undefined
}

export interface MergeSummary {
  readonly outcome: 'merged' | 'dated_earlier' | 'unchanged'
  /** Facts that had found no account while both claimed their domain, network or visitor id. */
  readonly rematched: number
}

const OUTCOMES = { inserted: 'merged', updated: 'dated_earlier', unchanged: 'unchanged' } as const

/**
 * Makes one account of two: from then on the history of `into` includes that of `from`, which is no account of its own any
 * more. Done twice it is done once. It cannot be taken back.
 * @throws AppError MergeRefused when an account is not known, the date lies ahead, and for what `planMerge` refuses
 */
export async function mergeAccounts(pool: Pool, { from, into, at }: MergeRequest): Promise<MergeSummary> {
  return await withClient(pool, async (client) => {
    const now = await readClock(client)
    if (at !== undefined && at > now) throw new AppError('MergeRefused', `known only at ${at}: that lies ahead`)
    const merge = { from, into, knownAt: at ?? null }
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
