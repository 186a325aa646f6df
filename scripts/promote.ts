// Puts a trained version into use. `npm run promote -- VERSION`.
import '../src/node-version.ts'
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { loadConfig } from '../src/config.ts'
import { promote } from '../src/jobs/promote.ts'
import { withDatabase } from '../src/store/with-database.ts'
import { runScript } from './cli.ts'

const command = new Command('promote')
  .description('Make a model version the champion: the one that scores.')
  .argument('<version>', 'as `npm run train` printed it')
  .option('--by <name>', 'who promotes, for the record', userInfo().username)
  .option('--reason <text>', 'why, for the record')
  .option('--json', 'print one JSON object instead of text')
  .parse()
const options = command.opts<{ by: string; reason?: string; json?: boolean }>()
const version = command.args[0] ?? ''

await runScript(async () => {
  const by = { promotedBy: options.by, reason: options.reason ?? null }
  const replaced = await withDatabase(loadConfig(process.env).database, ({ db }) => promote(db, version, by))
  if (options.json) console.log(JSON.stringify({ champion: version, replaced }))
  else console.log(`${version} is the champion${replaced === null ? '' : `; it replaced ${replaced}`}.`)
})
