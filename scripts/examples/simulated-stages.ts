import { createReadStream, existsSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'csv-parse'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { gridRates, stageRates } from '../../src/core/scoring/stages/stage-outcome-rates.ts'
import { addMonths, dayOf, type IsoDate, startOfDay } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { type StageOutcomes, measureStageOutcomes } from '../../src/jobs/evaluation/stage-outcomes.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { withOwnDatabase } from '../../src/store/database/scratch-database.ts'
import { progressLines } from '../cli.ts'
import { reportFile, writeJson } from '../report-file.ts'
import { ratesText } from '../text/grid.ts'
import { importSimulated } from './import-simulated.ts'

const MONTHS_EVALUATED = 10

/**
 * What the buying stages of a simulated company are worth: opening rates by stage, and how many of the opportunities that
 * opened stood in decision or purchase before, beside what the probabilities they were drawn from would have caught with
 * as many accounts.
 */
export async function runSimulatedStages(options: { readonly data: string; readonly json?: string }): Promise<void> {
  const json = await reportFile('--json', options.json, /^\{\s*"since": "[^"]*",\s*"end":/)
  const truth = await readTruth(path.join(options.data, 'truth', 'account-months.csv'))
  const end = startOfDay(addMonths(truth.lastMonth, 1))
  const since = startOfDay(addMonths(dayOf(end), -MONTHS_EVALUATED))
  const config = loadConfig(process.env).database
  const training = withTrainingTimeout(config)
  const { months } = await withOwnDatabase(training, 'winrate_example_stages', async ({ db, pool }) => {
    await importSimulated(pool, options.data)
    const specification = loadSpecification(path.join(import.meta.dirname, '..', '..', 'models'))
    return await measureStageOutcomes(db, specification, since, end, progressLines('examples'))
  })
  const figures = { since, end, ...besideTruth(months, truth.probabilities) }
  console.log(`Learned from before ${since}; months since, by ${end}.\n\n${ratesText(months)}\n`)
  console.log(JSON.stringify(figures, null, 2))
  const all = { ...figures, stages: stageRates(months), grid: gridRates(months) }
  await writeJson(json, all)
}

interface True {
  /** That an opportunity opens within 90 days, and in this month. */
  readonly within90Days: number
  readonly thisMonth: number
}

function besideTruth(months: StageOutcomes['months'], probabilities: ReadonlyMap<string, True>) {
  // Customers and accounts with something open have no probability in the truth.
  const known = months.flatMap((month) => {
    const truth = probabilities.get(`${month.id} ${month.asOf.slice(0, 10)}`)
    return truth ? [{ month, truth }] : []
  })
  const isListed = ({ month }: (typeof known)[number]) => month.stage === 'decision' || month.stage === 'purchase'
  const listed = known.filter(isListed)
  const best = (probability: (truth: True) => number) =>
    known.toSorted((one, other) => probability(other.truth) - probability(one.truth)).slice(0, listed.length)
  const caught = (of: typeof known) => {
    const opened = (rows: typeof known) => rows.reduce((sum, { month }) => sum + month.opportunities.length, 0)
    const within90 = (rows: typeof known) => rows.filter(({ month }) => month.opened).length
    return {
      share_of_opportunities: opened(of) / opened(known),
      share_of_months_that_opened_within_90_days: within90(of) / within90(known),
    }
  }
  return {
    account_months: known.length,
    share_in_decision_and_purchase: listed.length / known.length,
    stages: caught(listed),
    truth_within_90_days: caught(best(({ within90Days }) => within90Days)),
    truth_this_month: caught(best(({ thisMonth }) => thisMonth)),
  }
}

async function readTruth(file: string) {
  if (!existsSync(file))
    throw new AppError('OptionInvalid', `--data must be a folder that npx winrate simulate wrote: no ${file}`)
  const probabilities = new Map<string, True>()
  let last = ''
  for await (const row of createReadStream(file).pipe(parse({ columns: true }))) {
    if (row.month > last) last = row.month
    if (row.open_90d_probability === '') continue
    const truth = { within90Days: Number(row.open_90d_probability), thisMonth: Number(row.open_probability) }
    probabilities.set(`${row.account_external_id} ${row.month}`, truth)
  }
  return { probabilities, lastMonth: last as IsoDate }
}
