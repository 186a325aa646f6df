import type { Pool } from 'pg'
import { rematch } from '../store/import/rematch.ts'

/** Matches again what may have another account by now. @returns how many rows found one */
export async function rematchFacts(pool: Pool): Promise<number> {
  const client = await pool.connect()
  let failure: unknown
  try {
    return await rematch(client)
  } catch (error) {
    failure = error
    throw error
  } finally {
    client.release(failure !== undefined)
  }
}
