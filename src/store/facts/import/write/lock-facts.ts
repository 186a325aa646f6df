import type { PoolClient } from 'pg'
import type { FactTable } from './fact-tables.ts'

/** Held by whoever writes or matches facts of a table, until the transaction ends. */
export async function lockFacts(client: PoolClient, { table }: FactTable): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtext('winrate.import.${table}'))`)
}
