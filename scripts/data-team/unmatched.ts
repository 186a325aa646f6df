// Lists the facts that belong to no account yet. `npx winrate unmatched --help`; docs/import.md explains the reasons.
import '../../src/node-version.ts'
import { Command, Option } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { rematchFacts } from '../../src/jobs/facts/rematch-loop.ts'
import { countUnmatched, type Unmatched, UNMATCHED_KINDS, type UnmatchedKind } from '../../src/store/facts/unmatched.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'
import { counted } from '../../src/core/base/counted.ts'

const options = new Command('winrate unmatched')
  .description('List the facts that belong to no account yet, by reason, with the most frequent domains and ids.')
  .addOption(new Option('--kind <kinds...>', 'only these').choices(UNMATCHED_KINDS))
  .option('--rematch', 'first match again what a killed import left unmatched')
  .option('--json', 'print JSON')
  .parse()
  .opts<{ kind?: readonly UnmatchedKind[]; rematch?: boolean; json?: boolean }>()

await runScript(async () => {
  const { database } = loadConfig(process.env)
  const limits = withTrainingTimeout(database)
  const { rematched, found } = await withDatabase(
    limits,
    async ({ db, pool }) => {
      const matches = options.rematch ? await rematchFacts(pool) : undefined
      const counted: Unmatched[] = []
      for (const kind of options.kind ?? UNMATCHED_KINDS) counted.push(await countUnmatched(db, kind))
      return { rematched: matches, found: counted }
    },
    { readOnly: !options.rematch },
  )
  if (options.json)
    console.log(JSON.stringify({ ...(rematched !== undefined && { rematched }), unmatched: found }, null, 2))
  else {
    if (rematched !== undefined) console.log(`${counted(rematched, 'fact was', 'facts were')} matched to an account`)
    for (const one of found) console.log(textOf(one))
  }
})

function textOf({ kind, total, unmatched, reasons }: Unmatched): string {
  const lines = reasons.map(({ reason, count, values }) => {
    const most = values.map(({ value, count: times }) => `${value} (${shown(times)})`).join(', ')
    return `  ${reason.replaceAll('_', ' ')}: ${shown(count)}${most === '' ? '' : `: ${most}`}`
  })
  return [`${kind}: ${shown(unmatched)} of ${shown(total)} have no account`, ...lines].join('\n')
}

function shown(value: number): string {
  return value.toLocaleString('en-US')
}
