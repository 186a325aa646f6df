import { Kysely, PostgresDialect } from 'kysely'
import type { PoolClient } from 'pg'
import type { Database } from './tables/schema.ts'

/** The query builder on a connection that its caller keeps: COPY on the client joins the builder's transaction. */
export function databaseOn(client: PoolClient): Kysely<Database> {
  const lent = {
    query: client.query.bind(client) as PoolClient['query'],
    release: () => undefined,
  }
  return new Kysely<Database>({
    dialect: new PostgresDialect({
      pool: { options: {}, connect: async () => lent as PoolClient, end: async () => undefined },
    }),
  })
}
