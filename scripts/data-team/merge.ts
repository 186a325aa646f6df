// Makes one account of two. `npx winrate merge --from EXTERNAL_ID --into EXTERNAL_ID`; docs/import.md says what follows.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { mergeAccounts } from '../../src/jobs/facts/merge-accounts.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { asOfOption, runScript } from '../cli.ts'

const options = new Command('winrate merge')
  .description('Make one account of two: from then on their histories are one. This cannot be taken back.')
  .requiredOption('--from <external-id>', 'the account that becomes part of the other')
  .requiredOption('--into <external-id>', 'the account that stays')
  .option('--at <instant>', 'since when it is known that they are one, a day or an instant (default: now)')
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
    merged: `${from} is part of ${into} now.`,
    dated_earlier: `${from} is part of ${into}, and has been known to be since ${at}.`,
    unchanged: `${from} was part of ${into} already.`,
  }
  if (options.json) console.log(JSON.stringify({ from, into, outcome, rematched }))
  else console.log(`${sentences[outcome]}${rematched > 0 ? ` ${rematched} waiting facts found their account.` : ''}`)
})
