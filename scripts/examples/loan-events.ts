import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Pool } from 'pg'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { ModelSpecification } from '../../src/core/training/cohorts/model-specification.ts'
import { FeatureSpecification } from '../../src/core/features/specification.ts'
import { Mapping } from '../../src/core/facts/import/mapping.ts'
import { tooManyRejected } from '../../src/core/facts/import/too-many-rejected.ts'
import { type Instant, instantPlusDays, parseInstant } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { type Evaluation, evaluateHeldOut } from '../../src/jobs/evaluation/evaluate.ts'
import { importFiles } from '../../src/jobs/facts/import/import.ts'
import { readChecked } from '../../src/jobs/models/read-model-file.ts'
import type { OpenDatabase } from '../../src/store/database/database.ts'
import { withOwnDatabase } from '../../src/store/database/scratch-database.ts'
import { progressLines } from '../cli.ts'
import { reportFile, writeJson } from '../report-file.ts'

const FOLDER = path.join(import.meta.dirname, '..', '..', 'examples', 'loan-events')

/** Each mapping with the file it reads, in the order in which one builds on another. */
const IMPORTS = [
  ['accounts', 'cases.csv.gz'],
  ['opportunities-opened', 'cases.csv.gz'],
  ['opportunities-closed', 'events.csv.gz'],
  ['activities', 'events.csv.gz'],
] as const

/** Training examples lie on or before 2011-12-11: their 30 days were over by the split. Test examples lie after it. */
const SPLIT = parseInstant('2012-01-10T00:00:00Z') as Instant

/** What others got from the same rows: scikit-learn's logistic regression on hand-made counts. */
const PUBLISHED = {
  first_offer_sent: {
    auc: 0.54,
    log_loss: 0.673,
    ece: 0.024,
    lift_top_decile: 0.99,
    train_rows: 2262,
    test_rows: 1183,
  },
  first_offer_sent_plus_14_days: {
    auc: 0.747,
    log_loss: 0.575,
    ece: 0.052,
    lift_top_decile: 1.97,
    train_rows: 973,
    test_rows: 679,
  },
}
type PublishedCase = keyof typeof PUBLISHED

export async function runLoanEvents(options: { readonly data: string; readonly json?: string }): Promise<void> {
  const json = await reportFile('--json', options.json, /^\{\s*"first_offer_sent": \{/)
  const data = dataFolder(options.data)
  const config = loadConfig(process.env).database
  const training = withTrainingTimeout(config)
  const figures = await withOwnDatabase(training, 'winrate_example_loan_events', async (database) => {
    await importHistory(database.pool, data)
    return {
      first_offer_sent: await evaluate(database, 'first-offer-sent.json'),
      first_offer_sent_plus_14_days: await evaluate(database, 'first-offer-sent-plus-14-days.json'),
    }
  })
  for (const moment of Object.keys(PUBLISHED) as PublishedCase[]) printBeside(moment, figures[moment])
  await writeJson(json, figures)
}

function dataFolder(given: string): string {
  const candidates = [given, path.join(given, 'loan-events')]
  const found = candidates.find((folder) => existsSync(path.join(folder, 'events.csv.gz')))
  if (found !== undefined) return found
  throw new AppError(
    'OptionInvalid',
    `--data must hold cases.csv.gz and events.csv.gz, found none in ${candidates.join(' or ')}`,
  )
}

async function importHistory(pool: Pool, data: string): Promise<void> {
  for (const [name, file] of IMPORTS) {
    const mapping = readChecked(path.join(FOLDER, `${name}.json`), Mapping)
    const { counts } = await importFiles(pool, { kind: mapping.kind, mapping, files: [path.join(data, file)] })
    if (tooManyRejected(counts))
      throw new AppError('ImportRefused', `${file}: ${counts.rejected} of ${counts.read} rows were rejected as ${name}`)
    console.log(
      `${name}: ${Object.entries(counts)
        .map(([what, count]) => `${count} ${what}`)
        .join(', ')}`,
    )
  }
}

async function evaluate({ db }: OpenDatabase, modelFile: string) {
  const features = readChecked(path.join(FOLDER, 'features.json'), FeatureSpecification)
  const model = readChecked(path.join(FOLDER, modelFile), ModelSpecification)
  const newest = await db
    .selectFrom('activity as a')
    .select((eb) => eb.fn.max('a.occurred_at').as('at'))
    .executeTakeFirstOrThrow()
  const outcome = await evaluateHeldOut(
    db,
    features,
    model,
    SPLIT,
    instantPlusDays(newest.at, 0),
    progressLines('examples'),
  )
  if (outcome.kind === 'refused')
    throw new AppError('TrainingRefused', `${modelFile}: ${JSON.stringify(outcome.failure)}`)
  return toJson(outcome.evaluation)
}

function toJson(evaluation: Evaluation) {
  return {
    auc: evaluation.auc,
    log_loss: evaluation.logLoss,
    ece: evaluation.ece,
    lift_top_decile: evaluation.liftTopDecile,
    train_rows: evaluation.trainRows,
    test_rows: evaluation.testRows,
  }
}

function printBeside(moment: PublishedCase, ours: ReturnType<typeof toJson>): void {
  console.log(`\n${moment.replaceAll('_', ' ')}`)
  console.log(`  ${''.padEnd(18)}${'ours'.padStart(10)}${'published'.padStart(12)}`)
  for (const [name, value] of Object.entries(ours)) {
    const published = PUBLISHED[moment][name as keyof typeof ours]
    const shown = (number: number) => (Number.isInteger(number) ? String(number) : number.toFixed(3))
    console.log(`  ${name.padEnd(18)}${shown(value).padStart(10)}${shown(published).padStart(12)}`)
  }
}
