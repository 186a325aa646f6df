import { Kysely, PostgresDialect } from 'kysely'
import type { PoolClient } from 'pg'
import type { Database } from './tables/schema.ts'

/** The builder on one connection that stays its owner's: what it begins, COPY on the client can be a part of. */
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
