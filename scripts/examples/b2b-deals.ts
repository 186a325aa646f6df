import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Pool } from 'pg'
import { z } from 'zod'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { ModelSpecification } from '../../src/core/training/cohorts/model-specification.ts'
import { compileFeatures } from '../../src/core/features/compile.ts'
import { FeatureSpecification } from '../../src/core/features/specification.ts'
import { Mapping } from '../../src/core/facts/import/mapping.ts'
import { sparseFromDense } from '../../src/core/training/logistic/encoder/design-matrix.ts'
import { fitLogistic } from '../../src/core/training/logistic/solver/newton.ts'
import {
  type FoldFigures,
  validateRepeatedly,
} from '../../src/core/training/logistic/validation/repeated-validation.ts'
import { type Instant, parseInstant } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { importFiles } from '../../src/jobs/facts/import/import.ts'
import { readChecked } from '../../src/jobs/models/read-model-file.ts'
import { trainingOptions } from '../../src/jobs/training/train.ts'
import { readTrainingData } from '../../src/jobs/training/training-data.ts'
import type { OpenDatabase } from '../../src/store/database/database.ts'
import { withOwnDatabase } from '../../src/store/database/scratch-database.ts'
import { progressLines } from '../cli.ts'
import { reportFile, writeJson } from '../report-file.ts'

const FOLDER = path.join(import.meta.dirname, '..', '..', 'examples', 'b2b-deals')

/** Every deal of the mappings was closed by then, and its maturity was over. */
const AS_OF = parseInstant('2021-01-01T00:00:00Z') as Instant

const GoldenSolution = z.object({
  columns: z.array(z.string()),
  solutions: z.array(z.object({ C: z.number(), intercept: z.number(), coef: z.array(z.number()) })).min(1),
})

/** Deals imported and cross-validated like those of any company, and the solver beside an exact solution. */
export async function runB2bDeals(options: { readonly data: string; readonly json?: string }): Promise<void> {
  const json = await reportFile('--json', options.json, /^\{\s*"duplicates": \d+,\s*"golden_max_abs_difference":/)
  const data = dataFolder(options.data)
  const config = loadConfig(process.env).database
  const training = withTrainingTimeout(config)
  const { duplicates, all, unsuspected } = await withOwnDatabase(
    training,
    'winrate_example_deals',
    async (database) => ({
      duplicates: await importDeals(database.pool, path.join(data, 'deals.csv')),
      all: await crossValidate(database, 'win.json'),
      unsuspected: await crossValidate(database, 'win-without-suspects.json'),
    }),
  )
  const difference = goldenDifference(data)
  console.log(`${duplicates} exact duplicates set aside`)
  printFolds('all fields', all)
  printFolds('without the suspects', unsuspected)
  console.log('published, all fields     AUC 0.831 to 0.834     Brier 0.166')
  console.log(`largest difference to the exact coefficients: ${difference.toExponential(1)}`)
  const figures = {
    duplicates,
    golden_max_abs_difference: difference,
    cross_validated_auc: mean(all.map(({ auc }) => auc)),
    cross_validated_brier: mean(all.map(({ brier }) => brier)),
    cross_validated_auc_without_suspects: mean(unsuspected.map(({ auc }) => auc)),
    cross_validated_brier_without_suspects: mean(unsuspected.map(({ brier }) => brier)),
  }
  await writeJson(json, figures)
}

function dataFolder(given: string): string {
  const candidates = [given, path.join(given, 'b2b-deals')]
  const found = candidates.find((folder) => existsSync(path.join(folder, 'deals.csv')))
  if (found !== undefined) return found
  throw new AppError('OptionInvalid', `--data must hold deals.csv, found none in ${candidates.join(' or ')}`)
}

/** @returns how many rows were exact copies of another */
async function importDeals(pool: Pool, file: string): Promise<number> {
  const duplicates: number[] = []
  for (const name of ['accounts', 'opportunities']) {
    const mapping = readChecked(path.join(FOLDER, `${name}.json`), Mapping)
    const { counts } = await importFiles(pool, { kind: mapping.kind, mapping, files: [file] })
    if (counts.rejected > 0) throw new AppError('ImportRefused', `${file}: ${counts.rejected} rows were rejected`)
    duplicates.push(counts.duplicate)
    console.log(`${name}: ${counts.read} read, ${counts.inserted} inserted, ${counts.duplicate} duplicates`)
  }
  return Math.max(...duplicates)
}

async function crossValidate({ db }: OpenDatabase, modelFile: string): Promise<readonly FoldFigures[]> {
  const model = readChecked(path.join(FOLDER, modelFile), ModelSpecification)
  const features = compileFeatures(readChecked(path.join(FOLDER, 'features.json'), FeatureSpecification))
  const data = await readTrainingData(db, features, model, AS_OF, progressLines('deals'))
  const validation = validateRepeatedly(data, { ...trainingOptions(model), repeats: 10, folds: 10 })
  if (validation.kind === 'validated') return validation.folds
  throw new AppError('TrainingRefused', `${modelFile}: ${JSON.stringify(validation.failure)}`)
}

/** The solver alone, on a supplied matrix: the largest gap of any coefficient or intercept, over all penalties given. */
function goldenDifference(data: string): number {
  const { columns, solutions } = readChecked(path.join(data, 'golden-solution.json'), GoldenSolution)
  const [header, ...lines] = gunzipSync(readFileSync(path.join(data, 'golden-design-matrix.csv.gz')))
    .toString('utf8')
    .trim()
    .split(/\r?\n/)
  if (header !== ['y', ...columns].join(','))
    throw new AppError(
      'OptionInvalid',
      'golden-design-matrix.csv.gz must hold y and the columns of golden-solution.json',
    )
  const rows = lines.map((line) => line.split(',').map(Number))
  const problem = {
    matrix: sparseFromDense(rows.map((row) => row.slice(1))),
    won: Uint8Array.from(rows, (row) => row[0] ?? 0),
    weights: new Float64Array(rows.length).fill(1),
  }
  const gaps = solutions.flatMap(({ C, intercept, coef }) => {
    const fit = fitLogistic(problem, { l2Penalty: 1 / C })
    if (fit.kind !== 'fitted') throw new AppError('TrainingRefused', `C = ${C}: ${fit.kind}`)
    return [fit.intercept - intercept, ...coef.map((value, column) => (fit.coefficients[column] ?? 0) - value)]
  })
  return Math.max(...gaps.map(Math.abs))
}

function printFolds(name: string, folds: readonly FoldFigures[]): void {
  const aucs = folds.map(({ auc }) => auc)
  const spread = Math.sqrt(mean(aucs.map((auc) => (auc - mean(aucs)) ** 2)))
  const brier = mean(folds.map((fold) => fold.brier)).toFixed(3)
  console.log(`${name.padEnd(25)} AUC ${mean(aucs).toFixed(3)} (sd ${spread.toFixed(3)})     Brier ${brier}`)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
