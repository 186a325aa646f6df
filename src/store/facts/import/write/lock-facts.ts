import type { PoolClient } from 'pg'
import type { FactTable } from './fact-tables.ts'

/** The lock of transactions that write or match facts of a table, until the transaction ends. */
export async function lockFacts(client: PoolClient, { table }: FactTable): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtext('winrate.import.${table}'))`)
}
