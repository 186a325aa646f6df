// How often accounts opened and won by buying stage and over the fit x intent grid. `npx winrate grid --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { gridRates, stageRates } from '../../src/core/scoring/stages/stage-outcome-rates.ts'
import { addMonths, dayOf, firstOfMonth, startOfDay } from '../../src/core/base/time.ts'
import { measureStageOutcomes } from '../../src/jobs/evaluation/stage-outcomes.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { readClock } from '../../src/store/database/read-clock.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { asOfOption, progressLines, runScript } from '../cli.ts'
import { ratesText } from '../text/grid.ts'

const options = new Command('winrate grid')
  .description(
    'Learn from what was known before a day, score every account each month since, and tell what came of it.',
  )
  .option('--specification <folder>', 'folder with features.json and the model files', 'models')
  .option('--since <instant>', 'learn from what was known before this day (default: ten months before --as-of)')
  .option('--as-of <instant>', 'what came of it by this day or instant (default: now)')
  .option('--json', 'print one JSON object instead of text')
  .parse()
  .opts<{ specification: string; since?: string; asOf?: string; json?: boolean }>()

await runScript(async () => {
  const [givenAsOf, givenSince] = [asOfOption(options.asOf), asOfOption(options.since, '--since')]
  const database = loadConfig(process.env).database
  const training = { ...database, statementTimeoutMs: database.trainingStatementTimeoutMs }
  const { since, asOf, months } = await withDatabase(
    training,
    async ({ db }) => {
      const asOf = givenAsOf ?? (await readClock(db))
      const since = givenSince ?? startOfDay(addMonths(firstOfMonth(dayOf(asOf)), -10))
      const specification = loadSpecification(options.specification)
      return { since, asOf, ...(await measureStageOutcomes(db, specification, since, asOf, progressLines('examples'))) }
    },
    { readOnly: true },
  )
  if (options.json)
    console.log(JSON.stringify({ since, as_of: asOf, stages: stageRates(months), grid: gridRates(months) }, null, 2))
  else console.log(`Learned from before ${since}; months since, by ${asOf}.\n\n${ratesText(months)}`)
})
