// Checks whether the imported history is enough to train on. `npx winrate readiness --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { statedAsOf } from '../../src/jobs/training/history-order.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { readiness } from '../../src/jobs/training/readiness.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { specificationOption } from '../arguments.ts'
import { asOfOption, progressLines, runScript } from '../cli.ts'
import { readinessText } from '../text/readiness.ts'

const options = new Command('winrate readiness')
  .description('Show what there is to train on, what is missing, and whether training would be refused.')
  .addOption(specificationOption('features.json and the model files'))
  .option('--as-of <instant>', 'only what was known before this day or instant (default: now)')
  .option('--json', 'print one JSON object instead of text')
  .parse()
  .opts<{ specification: string; asOf?: string; json?: boolean }>()

await runScript(async () => {
  const asOf = asOfOption(options.asOf)
  const specification = loadSpecification(options.specification)
  const database = loadConfig(process.env).database
  const training = withTrainingTimeout(database)
  const report = await withDatabase(
    training,
    async ({ db }) => readiness(db, specification, await statedAsOf(db, asOf), progressLines('examples')),
    { readOnly: true },
  )
  console.log(options.json ? JSON.stringify(report, null, 2) : readinessText(report))
  if (!report.ready) process.exitCode = 2
})
