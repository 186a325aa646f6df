// Merges two accounts. `npx winrate merge --from EXTERNAL_ID --into EXTERNAL_ID`; docs/import.md lists the effects.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { mergeAccounts } from '../../src/jobs/facts/merge-accounts.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { asOfOption, runScript } from '../cli.ts'
import { counted } from '../../src/core/base/counted.ts'

const options = new Command('winrate merge')
  .description('Merge an account into another: their histories become one. A merge cannot be undone.')
  .requiredOption('--from <external-id>', 'the account to merge')
  .requiredOption('--into <external-id>', 'the account that survives')
  .option('--at <instant>', 'the day or instant from which the merge is known (default: now)')
  .option('--json', 'print one JSON object instead of text')
  .parse()
  .opts<{ from: string; into: string; at?: string; json?: boolean }>()

await runScript(async () => {
  const { from, into } = options
  const at = options.at === undefined ? undefined : asOfOption(options.at, '--at')
  const { outcome, rematched } = await withDatabase(loadConfig(process.env).database, ({ pool }) =>
    mergeAccounts(pool, { from, into, at }),
  )
  const sentences = {
    merged: `${from} was merged into ${into}.`,
    dated_earlier: `${from} was merged into ${into} before; the merge is now known from ${at}.`,
    unchanged: `${from} was already merged into ${into}.`,
  }
  if (options.json) console.log(JSON.stringify({ from, into, outcome, rematched }))
  else
    console.log(
      `${sentences[outcome]}${rematched > 0 ? ` ${counted(rematched, 'waiting fact was', 'waiting facts were')} matched.` : ''}`,
    )
})
