import type { Kysely } from 'kysely'
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from 'pg'
import { countIdentityChanges, rematch } from '../../store/facts/import/match/rematch.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { withExclusiveWork } from '../../store/scoring/score-freshness.ts'
import { withClient } from '../../store/database/with-client.ts'

export interface KeepMatchedOptions {
  readonly pollMs: number
  /** Ends the loop, between two rounds. */
  readonly signal: AbortSignal
  readonly onMatched: (matched: { readonly changes: number; readonly rematched: number }) => void
  /** A round that failed is tried again at the next poll. */
  readonly onFailure: (error: unknown) => void
}

/** It looks at every fact: of all the time a tenth at most goes into it. */
const PAUSES = 9

/**
 * Matches again what may be another account's since accounts, people and links arrived over the API, until told to stop. What
 * arrives in a file is matched again by its import. Of several callers at once one does it.
 */
export async function rematchLoop(db: Kysely<Database>, pool: Pool, options: KeepMatchedOptions): Promise<void> {
  const { pollMs, signal, onMatched, onFailure } = options
  while (!signal.aborted) {
    const began = performance.now()
    try {
      const matched = await matchWhatChanged(db, pool)
      if (matched) onMatched(matched)
    } catch (error) {
      if (!signal.aborted) onFailure(error)
    }
    const pause = Math.max(pollMs, (performance.now() - began) * PAUSES)
    await wait(pause, undefined, { signal }).catch(() => undefined)
  }
}

/** @returns undefined when nothing had changed, or somebody else was at it */
export async function matchWhatChanged(
  db: Kysely<Database>,
  pool: Pool,
): Promise<{ readonly changes: number; readonly rematched: number } | undefined> {
  const changes = await countIdentityChanges(db)
  if (changes === 0) return undefined
  const done = await withExclusiveWork(db, 'winrate.keep-matched', () => withClient(pool, rematch))
  return done && { changes, rematched: done.result }
}

/** Matches again what may have another account by now. @returns how many rows found one */
export async function rematchFacts(pool: Pool): Promise<number> {
  return await withClient(pool, rematch)
}
