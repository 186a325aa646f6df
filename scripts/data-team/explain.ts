// Why an account has the score that it has. `npx winrate explain --help`.
import '../../src/node-version.ts'
import path from 'node:path'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { Policy } from '../../src/core/qualification/policy.ts'
import { AppError } from '../../src/errors.ts'
import { loadChampion } from '../../src/jobs/registry/champion.ts'
import { explainStoredAccount } from '../../src/jobs/scoring/explain.ts'
import { readChecked } from '../../src/jobs/models/read-model-file.ts'
import { matchAccounts } from '../../src/store/facts/accounts.ts'
import { readClock } from '../../src/store/database/read-clock.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { asOfOption, runScript } from '../cli.ts'
import { explanationText } from '../text/explanation.ts'

const POLICY = path.join(import.meta.dirname, '../../models/policy.json')

const program = new Command('winrate explain')
  .description('Say why an account has its score, what would make it surer, what could change it, and why it changed.')
  .argument('<external-id>', "the CRM's id of the account")
  .option('--since <instant>', 'say why the score changed since this day or instant')
  .option('--as-of <instant>', 'explain the score that was stored then (default: the present one)')
  .option('--all', 'print every feature, not only the strongest of each family')
  .option('--json', 'print one JSON object instead of text')
  .parse()
const [externalId = ''] = program.args
const options = program.opts<{ since?: string; asOf?: string; all?: boolean; json?: boolean }>()

await runScript(async () => {
  const asOf = asOfOption(options.asOf)
  const since = asOfOption(options.since, '--since')
  const explanation = await withDatabase(
    loadConfig(process.env).database,
    async ({ db }) => {
      const now = await readClock(db)
      if (asOf !== undefined && asOf > now)
        throw new AppError('OptionInvalid', `--as-of must not lie in the future, got ${asOf}`)
      if (since !== undefined && since >= (asOf ?? now)) {
        throw new AppError('OptionInvalid', `--since must lie before ${asOf ?? now}, got ${since}`)
      }
      const champion = await loadChampion(db)
      if (!champion)
        throw new AppError('NoChampion', 'no model is in use yet: run `npx winrate train`, then `npx winrate promote`')
      const [[accountId] = []] = await matchAccounts(db, [{ external_id: externalId }])
      const policy = readChecked(POLICY, Policy)
      const found =
        accountId === undefined
          ? undefined
          : await explainStoredAccount(db, champion, accountId, { since, asOf, policy, now })
      if (!found)
        throw new AppError('OptionInvalid', `no account with the id "${externalId}" was known before ${asOf ?? now}`)
      return found
    },
    { readOnly: true },
  )
  console.log(options.json ? JSON.stringify(explanation) : explanationText(explanation, options.all ?? false))
})
