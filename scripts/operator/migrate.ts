// Brings the database up to this version. `npm run migrate -- --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'

new Command('migrate')
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
  const state = `the last migration is ${last?.name ?? 'none'}`
  if (applied.length === 0) console.log(`The database is up to date: ${state}.`)
  else console.log(`Prediction ${applied.length} migration${applied.length === 1 ? '' : 's'}: ${state}.`)
})
