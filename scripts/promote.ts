// Puts a proven version into use. `npm run promote -- VERSION`.
import '../src/node-version.ts'
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { loadConfig } from '../src/config.ts'
import { promote } from '../src/jobs/promote.ts'
import { withDatabase } from '../src/store/with-database.ts'
import { runScript } from './cli.ts'

const command = new Command('promote')
  .description('Make a model version the champion: the one that scores. It must be proven by its backtest.')
  .argument('<version>', 'as `npm run train` printed it')
  .option('--force', 'also a version that is not proven; needs --reason')
  .option('--by <name>', 'who promotes, for the record', userInfo().username)
  .option('--reason <text>', 'why, for the record')
  .option('--expect <version>', 'only if this version is the champion now')
  .option('--json', 'print one JSON object instead of text')
  .parse()
const options = command.opts<{ force?: boolean; by: string; reason?: string; expect?: string; json?: boolean }>()
const version = command.args[0] ?? ''

await runScript(async () => {
  const { force, by: promotedBy, reason = null, expect: expectedChampion } = options
  const { replaced, changed } = await withDatabase(loadConfig(process.env).database, ({ db }) =>
    promote(db, version, { promotedBy, reason, force, expectedChampion }),
  )
  if (options.json) console.log(JSON.stringify({ champion: version, replaced, changed }))
  else if (!changed) console.log(`${version} is the champion already.`)
  else console.log(`${version} is the champion${replaced === null ? '' : `; it replaced ${replaced}`}.`)
})
