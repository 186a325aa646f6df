import type { Pool } from 'pg'
import { rematch } from '../store/import/rematch.ts'
import { withClient } from '../store/with-client.ts'

/** Matches again what may have another account by now. @returns how many rows found one */
export async function rematchFacts(pool: Pool): Promise<number> {
  return await withClient(pool, rematch)
}
