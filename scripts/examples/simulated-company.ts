import { createReadStream, existsSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'csv-parse'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { logLoss } from '../../src/core/statistics/accuracy.ts'
import { rocAuc } from '../../src/core/statistics/ranking.ts'
import { type Instant, instantOfEpochMs } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { evaluateHeldOut } from '../../src/jobs/evaluation/evaluate.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { withOwnDatabase } from '../../src/store/database/scratch-database.ts'
import { progressLines } from '../cli.ts'
import { reportFile, writeJson } from '../report-file.ts'
import { importSimulated } from './import-simulated.ts'

/** The share of opportunities, by opening date, that the model may learn from before it is tested on the rest. */
const TRAIN_SHARE = 0.8

/**
 * How near the win model comes to the truth of a simulated company: its log loss on later opportunities beside that of
 * the probabilities that the outcomes were drawn from.
 */
export async function runSimulatedCompany(options: { readonly data: string; readonly json?: string }): Promise<void> {
  const json = await reportFile('--json', options.json, /^\{\s*"train_rows": \d+,\s*"test_rows":/)
  const truth = await readTruth(path.join(options.data, 'truth', 'opportunities.csv'))
  const config = loadConfig(process.env).database
  const training = withTrainingTimeout(config)
  const figures = await withOwnDatabase(training, 'winrate_example_simulated', async ({ db, pool }) => {
    await importSimulated(pool, options.data)
    const { features, models } = loadSpecification(path.join(import.meta.dirname, '..', '..', 'models'))
    const win = models.find(({ model }) => model === 'win')
    if (!win) throw new AppError('SpecificationInvalid', 'models/win.json is needed')
    const opened = await db
      .selectFrom('opportunity_version as v')
      .select('v.opened_at')
      .where('v.type', '<>', 'renewal')
      .orderBy('v.opened_at')
      .execute()
    const mature = opened.map((row) => row.opened_at)
    const split = mature[Math.floor(mature.length * TRAIN_SHARE)] as Instant
    const outcome = await evaluateHeldOut(
      db,
      features,
      win,
      split,
      instantOfEpochMs(Date.now()),
      progressLines('examples'),
    )
    if (outcome.kind === 'refused') throw new AppError('TrainingRefused', JSON.stringify(outcome.failure))
    return besideTruth(outcome.evaluation, truth)
  })
  console.log(JSON.stringify(figures, null, 2))
  await writeJson(json, figures)
}

type Evaluated = Extract<Awaited<ReturnType<typeof evaluateHeldOut>>, { readonly kind: 'evaluated' }>['evaluation']

function besideTruth(evaluation: Evaluated, truth: ReadonlyMap<string, number>) {
  const drawn = evaluation.predictions.map(({ example, won }) => {
    const probability = truth.get(example.opportunity ?? '')
    if (probability === undefined)
      throw new AppError('OptionInvalid', `the truth has no opportunity "${example.opportunity}"`)
    return { probability, won }
  })
  return {
    train_rows: evaluation.trainRows,
    test_rows: evaluation.testRows,
    log_loss: evaluation.logLoss,
    true_log_loss: logLoss.compute(drawn),
    excess_log_loss: evaluation.logLoss - logLoss.compute(drawn),
    auc: evaluation.auc,
    true_auc: rocAuc.compute(drawn),
  }
}

async function readTruth(file: string): Promise<ReadonlyMap<string, number>> {
  if (!existsSync(file))
    throw new AppError('OptionInvalid', `--data must be a folder that npx winrate simulate wrote: no ${file}`)
  const truth = new Map<string, number>()
  for await (const row of createReadStream(file).pipe(parse({ columns: true }))) {
    truth.set(row.opportunity_external_id, Number(row.win_probability))
  }
  return truth
}
