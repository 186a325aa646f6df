// Puts a proven version into use. `npx winrate promote VERSION`.
import '../../src/node-version.ts'
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { loadPolicy } from '../../src/jobs/models/load-policy.ts'
import { modelImpact } from '../../src/jobs/scoring/model-impact.ts'
import { promote } from '../../src/jobs/registry/promote.ts'
import { readClock } from '../../src/store/database/read-clock.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { progressLines, runScript } from '../cli.ts'
import { impactText } from '../text/impact.ts'

const command = new Command('winrate promote')
  .description('Make a model version the champion: the one that scores. It must be proven by its backtest.')
  .argument('<version>', 'as `npx winrate train` printed it')
  .option('--force', 'also a version that is not proven; needs --reason')
  .option('--by <name>', 'who promotes, for the record', userInfo().username)
  .option('--reason <text>', 'why, for the record')
  .option('--expect <version>', 'only if this version is the champion now')
  .option('--dry-run', 'change nothing: say who would come onto the list, leave it, or change the buying stage')
  .option('--json', 'print one JSON object instead of text')
  .parse()
const options = command.opts<{
  force?: boolean
  by: string
  reason?: string
  expect?: string
  dryRun?: boolean
  json?: boolean
}>()
const version = command.args[0] ?? ''

await runScript(async () => {
  if (options.dryRun) return await showImpact()
  const { force, by: promotedBy, reason = null, expect: expectedChampion } = options
  const { replaced, changed } = await withDatabase(loadConfig(process.env).database, ({ db }) =>
    promote(db, version, { promotedBy, reason, force, expectedChampion }),
  )
  if (options.json) console.log(JSON.stringify({ champion: version, replaced, changed }))
  else if (!changed) console.log(`${version} is the champion already.`)
  else console.log(`${version} is the champion${replaced === null ? '' : `; it replaced ${replaced}`}.`)
})

/** Scored by that version now, with nothing stored. */
async function showImpact(): Promise<void> {
  const impact = await withDatabase(
    loadConfig(process.env).database,
    async ({ db }) => {
      const progress = progressLines('accounts')
      return await modelImpact(db, version, loadPolicy(), await readClock(db), (done, total) =>
        progress('scored', done, total),
      )
    },
    { readOnly: true },
  )
  if (options.json) console.log(JSON.stringify(impact))
  else console.log(impactText(version, impact))
}
