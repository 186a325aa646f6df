// What to do next with an account, and whether the file that says so is right. `npx winrate playbook --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import { loadChampion } from '../../src/jobs/registry/champion.ts'
import { previewActions } from '../../src/jobs/scoring/preview-actions.ts'
import { loadCheckedPlaybook, loadPlaybook } from '../../src/jobs/models/load-playbook.ts'
import { loadPolicy } from '../../src/jobs/models/load-policy.ts'
import { matchAccounts } from '../../src/store/facts/accounts.ts'
import { readClock } from '../../src/store/database/read-clock.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'
import { verdictsText } from '../text/playbook.ts'

const command = new Command('winrate playbook')
  .description('Say what the playbook has for an account and why its other rules are silent, or check the file.')
  .argument('[external-id]', "the CRM's id of an account")
  .option('--check', 'check the file, and the kinds and topics it names against the data')
  .option('--file <file>', 'another playbook than models/playbook.json: try it before it is used')
  .option('--json', 'with an account: print one JSON object instead of text')
  .parse()
const [externalId] = command.args
const options = command.opts<{ check?: boolean; file?: string; json?: boolean }>()

await runScript(async () => {
  if ((externalId === undefined) === !options.check) {
    throw new AppError('OptionInvalid', 'give either an account or --check')
  }
  // What is wrong in the file itself is told without a database.
  const { rules } = loadPlaybook(options.file)
  await withDatabase(
    loadConfig(process.env).database,
    async ({ db }) => {
      const playbook = await loadCheckedPlaybook(db, options.file)
      if (externalId === undefined) {
        console.log(`${rules.length} rules: ${rules.map(({ name }) => name).join(', ')}. Nothing is wrong with them.`)
        return
      }
      const champion = await loadChampion(db)
      if (!champion)
        throw new AppError('NoChampion', 'no model is in use yet: run `npx winrate train`, then `npx winrate promote`')
      const [[accountId] = []] = await matchAccounts(db, [{ external_id: externalId }])
      const judged =
        accountId === undefined
          ? undefined
          : await previewActions(db, champion, { policy: loadPolicy(), playbook }, accountId, await readClock(db))
      if (!judged) throw new AppError('OptionInvalid', `no account with the id "${externalId}" is known`)
      if (!options.json) console.log(verdictsText(judged))
      else console.log(JSON.stringify({ account: judged.name, verdicts: judged.verdicts.map(viewOf) }))
    },
    { readOnly: true },
  )
})

function viewOf({ rule, kind, ...verdict }: Parameters<typeof verdictsText>[0]['verdicts'][number]) {
  return { rule: rule.name, verdict: kind, ...verdict }
}
