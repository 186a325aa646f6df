// Puts the champion before the present one in use again. `npx winrate rollback`.
import '../../src/node-version.ts'
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import { rollBack } from '../../src/jobs/registry/promote.ts'
import { findChampionVersion } from '../../src/store/registry/models.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'

const options = new Command('winrate rollback')
  .description('Go back to the champion before the present one. Its scores become what they were.')
  .option('--by <name>', 'who goes back, for the record', userInfo().username)
  .option('--reason <text>', 'why, for the record')
  .option('--expect <version>', 'the champion to be got rid of (default: the present one)')
  .option('--json', 'print one JSON object instead of text')
  .parse()
  .opts<{ by: string; reason?: string; expect?: string; json?: boolean }>()

await runScript(async () => {
  const { by: promotedBy, reason = null } = options
  const { champion, replaced } = await withDatabase(loadConfig(process.env).database, async ({ db }) => {
    const expectedChampion = options.expect ?? (await findChampionVersion(db))
    if (expectedChampion === undefined) throw new AppError('NoChampion', 'no model is in use yet')
    return await rollBack(db, { promotedBy, reason, expectedChampion })
  })
  if (options.json) console.log(JSON.stringify({ champion, replaced }))
  else console.log(`${champion} is the champion again; it replaced ${replaced}.`)
})
