import type { Client } from 'pg'
import { describeSchema } from './describe-schema.ts'
import { type Migration, refused } from './read-migrations.ts'

export type AppliedMigration = Omit<Migration, 'sql'>

/** The migrations 0001 to 0010 replaced 24 others, which made the same schema: this was the first of them, and the last. */
const FIRST_REPLACED = '0001_facts.sql'
const LAST_REPLACED = '0024_training_queue.sql'
const REPLACEMENTS = 10
/** Exists only inside the transaction of `takeOver`. */
const EXPECTED = 'winrate_expected_schema'

export function hasReplaced(applied: readonly AppliedMigration[]): boolean {
  return applied[0]?.name === FIRST_REPLACED
}

/**
 * Records the migrations of this version as applied in a database that the replaced ones made, in one transaction. The schema
 * must be the one that they left: it is compared with a new one, made beside it for the comparison. No row changes but those
 * of `schema_migration`.
 * @throws AppError MigrationRefused when the replaced migrations were not all applied, or the schema was altered since
 */
export async function takeOver(
  client: Client,
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): Promise<void> {
  const last = applied.at(-1)?.name
  if (last !== LAST_REPLACED) {
    throw refused(
      `the database is at migration ${last}, which this version has replaced: run \`npm run migrate\` of the last version with ${LAST_REPLACED} first`,
    )
  }
  const replacements = migrations.slice(0, REPLACEMENTS)
  try {
    await client.query('begin')
    await client.query(`create schema ${EXPECTED}; set local search_path = ${EXPECTED}`)
    for (const { sql } of replacements) await client.query(sql)
    const expected = await describeSchema(client, EXPECTED)
    const found = await describeSchema(client, 'public')
    const difference = describeDifference(expected, found)
    if (difference !== undefined) {
      throw refused(
        `the schema of the database is not the one that migration ${LAST_REPLACED} left: it ${difference}. Undo the change, then run \`npm run migrate\` again`,
      )
    }
    await client.query(`drop schema ${EXPECTED} cascade; delete from schema_migration`)
    await client.query(
      `insert into schema_migration (number, name, sha256)
       select * from unnest($1::integer[], $2::text[], $3::text[])`,
      [
        replacements.map(({ number }) => number),
        replacements.map(({ name }) => name),
        replacements.map(({ sha256 }) => sha256),
      ],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** The first line that only one of two descriptions has. */
function describeDifference(expected: readonly string[], found: readonly string[]): string | undefined {
  const missing = expected.find((line) => !found.includes(line))
  const additional = found.find((line) => !expected.includes(line))
  const parts = [
    ...(missing === undefined ? [] : [`lacks "${missing}"`]),
    ...(additional === undefined ? [] : [`has "${additional}"`]),
  ]
  return parts.length > 0 ? parts.join(' and ') : undefined
}
