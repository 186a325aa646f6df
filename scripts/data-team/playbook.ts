// Shows the next actions for an account, or checks the playbook. `npx winrate playbook --help`.
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
  .description('Show which rules of the playbook apply to an account and why the others do not, or check the file.')
  .argument('[external-id]', "the CRM's id of an account")
  .option('--check', 'check the file, and that the kinds and topics it names occur in the data')
  .option('--file <file>', 'the playbook (default: models/playbook.json)')
  .option('--json', 'with an account: print one JSON object instead of text')
  .parse()
const [externalId] = command.args
const options = command.opts<{ check?: boolean; file?: string; json?: boolean }>()

await runScript(async () => {
  if ((externalId === undefined) === !options.check) {
    throw new AppError('OptionInvalid', 'give either an account or --check')
  }
  // Errors in the file itself are found without a database.
  const { rules } = loadPlaybook(options.file)
  await withDatabase(
    loadConfig(process.env).database,
    async ({ db }) => {
      const playbook = await loadCheckedPlaybook(db, options.file)
      if (externalId === undefined) {
        console.log(`${rules.length} rules: ${rules.map(({ name }) => name).join(', ')}. No problem was found.`)
        return
      }
      const champion = await loadChampion(db)
      if (!champion)
        throw new AppError('NoChampion', 'no model is in use yet: run `npx winrate train`, then `npx winrate promote`')
      const [[accountId] = []] = await matchAccounts(db, [{ external_id: externalId }])
      const evaluated =
        accountId === undefined
          ? undefined
          : await previewActions(db, champion, { policy: loadPolicy(), playbook }, accountId, await readClock(db))
      if (!evaluated) throw new AppError('OptionInvalid', `no account with the id "${externalId}" is known`)
      if (!options.json) console.log(verdictsText(evaluated))
      else console.log(JSON.stringify({ account: evaluated.name, results: evaluated.results.map(viewOf) }))
    },
    { readOnly: true },
  )
})

function viewOf({ rule, kind, ...verdict }: Parameters<typeof verdictsText>[0]['results'][number]) {
  return { rule: rule.name, verdict: kind, ...verdict }
}
