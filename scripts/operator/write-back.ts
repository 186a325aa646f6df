// Writes scores to a CRM. `npx winrate write-back hubspot|salesforce|dynamics`; docs/write-back.md.
import '../../src/node-version.ts'
import { Argument, Command } from 'commander'
import { pollLoop } from '../../src/async/poll-loop.ts'
import { loadConfig } from '../../src/config.ts'
import { ADAPTER_NAMES, type AdapterName } from '../../src/core/delivery/write-back/mapping.ts'
import { AppError } from '../../src/errors.ts'
import { accessOf } from '../../src/jobs/delivery/write-back/access.ts'
import { loadMapping } from '../../src/jobs/delivery/write-back/load-mapping.ts'
import { writeBack, writeEverything } from '../../src/jobs/delivery/write-back/write-back.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { getWriteBack, listFailed } from '../../src/store/delivery/write-back.ts'
import { runScript } from '../cli.ts'
import { counted } from '../../src/core/base/counted.ts'

const POLL_MS = 2000
const SHOWN = 20
const GRACE_MS = 60_000

const command = new Command('winrate write-back')
  .description('Write scores to a CRM as they change, until stopped.')
  .addArgument(new Argument('<crm>', 'which CRM').choices(ADAPTER_NAMES))
  .option('--once', 'write the waiting accounts, print those that the CRM refused, and exit')
  .option('--all', 'write every account again')
  .option('--mapping <file>', 'the mapping (default: models/write-back/<crm>.json)')
  .parse()
const options = command.opts<{ once?: boolean; all?: boolean; mapping?: string }>()
const name = command.args[0] as AdapterName

await runScript(async () => {
  const config = loadConfig(process.env)
  const mapping = loadMapping(name, options.mapping)
  const access = accessOf(name, config.writeBack)
  await withDatabase(
    config.database,
    async ({ db }, signal) => {
      if (options.all) await writeEverything(db, name, mapping)
      let last = ''
      const round = async () => {
        const result = await writeBack(db, { name, mapping, access, signal })
        const { kind, ...counts } = result
        const line = `${kind} ${JSON.stringify(counts)}`
        const hasNews = kind !== 'done' || result.written + result.failed > 0
        if ((hasNews && line !== last) || options.once) console.log(line)
        last = kind === 'done' ? '' : line
        if (options.once && kind !== 'done') process.exitCode = 1
        return undefined
      }
      const onFailure = (error: unknown) => {
        if (error instanceof AppError) throw error
        console.error('write-back failed; retrying:', error)
      }
      if (options.once) await round()
      else await pollLoop(round, { pollMs: POLL_MS, signal, onFailure })
      const { counts } = await getWriteBack(db, name)
      console.log(
        `${counted(counts.written, 'account matches', 'accounts match')} ${name}, ${counted(counts.waiting, 'waits', 'wait')}, ${counted(counts.failed, 'was', 'were')} refused`,
      )
      for (const { externalId, problem } of await listFailed(db, name, SHOWN))
        console.log(`  ${externalId}: ${problem}`)
      if (options.once && counts.failed + counts.waiting > 0) process.exitCode = 1
    },
    { graceMs: GRACE_MS, applicationName: 'winrate write-back' },
  )
})
