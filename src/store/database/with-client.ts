import type { Pool, PoolClient } from 'pg'

/** A connection for the duration of `work`. After an error the connection is closed instead of returned to the pool. */
export async function withClient<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  let failed = true
  try {
    const result = await work(client)
    failed = false
    return result
  } finally {
    client.release(failed)
  }
}
