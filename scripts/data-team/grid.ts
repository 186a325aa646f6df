// Outcome rates by buying stage and by the fit x intent grid, on past months. `npx winrate grid --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { gridRates, stageRates } from '../../src/core/scoring/stages/stage-outcome-rates.ts'
import { addMonths, dayOf, firstOfMonth, startOfDay } from '../../src/core/base/time.ts'
import { measureStageOutcomes } from '../../src/jobs/evaluation/stage-outcomes.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { readClock } from '../../src/store/database/read-clock.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { specificationOption } from '../arguments.ts'
import { asOfOption, progressLines, runScript } from '../cli.ts'
import { ratesText } from '../text/grid.ts'

const options = new Command('winrate grid')
  .description('Train on the facts before a day, score every account each month since, and compare with the outcomes.')
  .addOption(specificationOption('features.json and the model files'))
  .option(
    '--since <instant>',
    'train on what was known before this day or instant (default: ten months before --as-of)',
  )
  .option('--as-of <instant>', 'count the outcomes before this day or instant (default: now)')
  .option('--json', 'print one JSON object instead of text')
  .parse()
  .opts<{ specification: string; since?: string; asOf?: string; json?: boolean }>()

await runScript(async () => {
  const [givenAsOf, givenSince] = [asOfOption(options.asOf), asOfOption(options.since, '--since')]
  const database = loadConfig(process.env).database
  const training = withTrainingTimeout(database)
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
  else
    console.log(
      `Trained on what was known before ${since}. Months since then, with the outcomes before ${asOf}.\n\n${ratesText(months)}`,
    )
})
