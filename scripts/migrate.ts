// Brings the database up to this version. `npm run migrate`: DATABASE_URL, or the embedded database.
import '../src/node-version.ts'
import { loadConfig } from '../src/config.ts'
import { withDatabase } from '../src/store/with-database.ts'
import { runScript } from './cli.ts'

await runScript(async () => {
  const applied = await withDatabase(loadConfig(process.env).database, async ({ db }) => {
    const rows = await db
      .withTables<{ schema_migration: { number: number; name: string } }>()
      .selectFrom('schema_migration')
      .select('schema_migration.name')
      .orderBy('schema_migration.number')
      .execute()
    return rows.map((row) => row.name)
  })
  console.log(`The database is up to date: ${applied.length} migrations, the last is ${applied.at(-1) ?? 'none'}.`)
})
