import type { Kysely } from 'kysely'
import type { Pool } from 'pg'
import { pollLoop, type PollOptions } from '../../async/poll-loop.ts'
import { countIdentityChanges, rematch } from '../../store/facts/import/match/rematch.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { withExclusiveWork } from '../../store/scoring/score-freshness.ts'
import { withClient } from '../../store/database/with-client.ts'

export interface Rematched {
  /** Changes of accounts, people and links since the last round. */
  readonly changes: number
  /** Facts that found an account. */
  readonly rematched: number
}

export interface RematchOptions extends PollOptions {
  readonly onMatched: (matched: Rematched) => void
}

/** A round reads every fact: the pause limits the loop to a tenth of the time. */
const PAUSE_PER_ROUND = 9

/**
 * Matches facts again after accounts, people and links have changed over the API, until the signal aborts. An import does this for
 * its own rows. Of several workers one does it at a time.
 */
export async function rematchLoop(db: Kysely<Database>, pool: Pool, options: RematchOptions): Promise<void> {
  const round = async () => {
    const matched = await rematchChanges(db, pool)
    if (matched) options.onMatched(matched)
    return undefined
  }
  await pollLoop(round, options, (roundMs) => Math.max(options.pollMs, roundMs * PAUSE_PER_ROUND))
}

/** @returns undefined when nothing has changed or another process is matching */
export async function rematchChanges(db: Kysely<Database>, pool: Pool): Promise<Rematched | undefined> {
  const changes = await countIdentityChanges(db)
  if (changes === 0) return undefined
  const done = await withExclusiveWork(db, 'winrate.rematch', () => withClient(pool, rematch))
  return done && { changes, rematched: done.result }
}

/** Matches all facts again. @returns how many found an account */
export async function rematchFacts(pool: Pool): Promise<number> {
  return await withClient(pool, rematch)
}
