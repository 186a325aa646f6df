// Brings the database up to this version. `npx winrate migrate --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'

new Command('winrate migrate')
  .description('Bring the database up to this version: DATABASE_URL, or the embedded database.')
  .parse()

await runScript(async () => {
  let applied: readonly string[] = []
  const last = await withDatabase(
    loadConfig(process.env).database,
    async ({ db }) =>
      await db
        .withTables<{ schema_migration: { number: number; name: string } }>()
        .selectFrom('schema_migration')
        .select('schema_migration.name')
        .orderBy('schema_migration.number', 'desc')
        .executeTakeFirst(),
    { onMigrated: (names) => (applied = names) },
  )
  const ran = `Ran ${applied.length} migration${applied.length === 1 ? '' : 's'}`
  console.log(
    `${applied.length === 0 ? 'The database is up to date' : ran}. The last migration is ${last?.name ?? 'none'}.`,
  )
})
