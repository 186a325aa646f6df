// Makes a version the champion. `npx winrate promote VERSION`.
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
  .description('Make a model version the champion, which scores accounts. Its backtest must have proven it.')
  .argument('<version>', 'such as m-a63f550993ced831, printed by `npx winrate train`')
  .option('--force', 'promote a version that is not proven; needs --reason')
  .option('--by <name>', 'the name to record', userInfo().username)
  .option('--reason <text>', 'the reason to record')
  .option('--expect <version>', 'promote only if this version is the champion')
  .option('--dry-run', 'change nothing; show which accounts would enter the list, leave it, or change the buying stage')
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
  else if (!changed) console.log(`${version} is already the champion.`)
  else console.log(`${version} is the champion${replaced === null ? '' : `; it replaced ${replaced}`}.`)
})

/** Scores with that version and stores nothing. */
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
