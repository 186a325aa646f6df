// Makes a folder of models that fits the imported data. `npx winrate init --help`; docs/import.md.
import '../../../src/node-version.ts'
import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../../src/config.ts'
import type { Inventory } from '../../../src/core/features/inventory.ts'
import { AppError } from '../../../src/errors.ts'
import { initModels, type MqlChoice } from '../../../src/jobs/models/init-models.ts'
import { withDatabase } from '../../../src/store/database/with-database.ts'
import { runScript } from '../../cli.ts'
import { initJson, initText } from '../../text/init.ts'

const options = new Command('winrate init')
  .description('Write a folder of models that fits the imported data, and say what to export next.')
  .option('--models <folder>', 'the folder to write: new or empty', 'own-models')
  .option(
    '--mql-rule <rule...>',
    'the rule that sales works by today: none, mql_at (the dates that contacts bring), or own FILE',
  )
  .option('--json', 'print one JSON object instead of text')
  .parse()
  .opts<{ models: string; mqlRule?: readonly string[]; json?: boolean }>()

await runScript(async () => {
  const given = options.mqlRule && choiceOf(options.mqlRule)
  const database = loadConfig(process.env).database
  const made = await withDatabase(
    withTrainingTimeout(database),
    async ({ db }) => initModels(db, options.models, async (inventory) => given ?? (await ask(inventory))),
    { readOnly: true },
  )
  console.log(options.json ? JSON.stringify(initJson(made), null, 2) : initText(made))
})

/** `none`, `mql_at`, `own FILE`, or the file alone. */
function choiceOf(words: readonly string[]): MqlChoice {
  const [first = '', second, ...more] = words
  if (more.length === 0 && second === undefined) {
    if (first === 'none' || first === 'mql_at') return { kind: first }
    if (first.endsWith('.json')) return { kind: 'own', file: first }
  }
  if (first === 'own' && second !== undefined && more.length === 0) return { kind: 'own', file: second }
  throw new AppError('OptionInvalid', `--mql-rule must be none, mql_at or own FILE, got "${words.join(' ')}"`)
}

/** On a terminal the rule is asked for; elsewhere it is the dates if there are any, and said in the report. */
async function ask({ contacts }: Inventory): Promise<MqlChoice> {
  const usual: MqlChoice = { kind: contacts.mqlDates > 0 ? 'mql_at' : 'none' }
  if (!process.stdin.isTTY || !process.stdout.isTTY) return usual
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await terminal.question(
      `Which rule makes a marketing-qualified lead today: none, mql_at (the dates of contacts) or own FILE? [${usual.kind}] `,
    )
    const words = answer.trim().split(/\s+/).filter(Boolean)
    return words.length === 0 ? usual : choiceOf(words)
  } finally {
    terminal.close()
  }
}
