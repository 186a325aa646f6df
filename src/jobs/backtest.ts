import path from 'node:path'
import type { Kysely } from 'kysely'
import { assembleReport } from '../core/backtest/assemble.ts'
import type { BacktestReport } from '../core/backtest/report.ts'
import { type BacktestResult, combineReports } from '../core/backtest/result.ts'
import { planBacktest } from '../core/backtest/run-backtest.ts'
import type { FoldResult } from '../core/backtest/run-fold.ts'
import { applyModel, compileModel } from '../core/model/logistic-model.ts'
import { trainLogistic } from '../core/model/train.ts'
import type { BacktestData, BacktestOptions, BacktestRow } from '../core/backtest/types.ts'
import type { LeakageFinding } from '../core/leakage/finding.ts'
import { checkPermutations, permutationFinding } from '../core/leakage/permutations.ts'
import type { ModelSpecification } from '../core/cohorts/model-specification.ts'
import { unknownRuleNames } from '../core/mql/check-rule.ts'
import { MqlRule } from '../core/mql/mql-rule.ts'
import type { LoadedModel, ModelName } from '../core/scoring/bundle.ts'
import { type Instant, parseInstant } from '../core/time.ts'
import { AppError } from '../errors.ts'
import { readVocabulary } from '../store/histories.ts'
import type { Database } from '../store/schema.ts'
import { inSnapshot } from '../store/snapshot-transaction.ts'
import { type BacktestSource, readBacktestData } from './backtest-data.ts'
import { auditTrainingData } from './leakage.ts'
import { readChecked } from './load-specification.ts'
import { readiness } from './readiness.ts'
import { replay } from './replay.ts'
import { runFolds } from './run-folds.ts'
import { trainingOptions } from './train.ts'
import type { Progress } from './training-data.ts'

export interface BacktestSettings {
  readonly capacityPerMonth: number
  /** The qualified probability at which the model lists an account by itself. */
  readonly threshold: number
  readonly replicates?: number
  readonly objective?: BacktestOptions['objective']
}

/** Shuffled labels need no more rows than these to show a pipeline that knows them. */
const MOST_PERMUTED_ROWS = 3_000

/** Reads the company's point rule. @throws AppError SpecificationInvalid */
export async function loadMqlRule(db: Kysely<Database>, folder: string): Promise<MqlRule> {
  const file = path.join(folder, 'mql-points.json')
  const rule = readChecked(file, MqlRule)
  const unknown = unknownRuleNames(rule, await readVocabulary(db))
  if (unknown.length > 0)
    throw new AppError('SpecificationInvalid', unknown.map((line) => `${file}: ${line}`).join('\n'))
  return rule
}

/**
 * Proves a version, or fails to: walks forward through the history it learned from, with its own specification, and
 * holds it against every simpler way. Nothing later than the version's own as-of is read.
 */
export async function backtest(
  db: Kysely<Database>,
  model: LoadedModel,
  rule: MqlRule,
  settings: BacktestSettings,
  progress: Progress = () => undefined,
): Promise<BacktestResult> {
  const asOf = parseInstant(model.bundle.as_of)
  if (!asOf) throw new RangeError(`version ${model.version} has no as-of: ${model.bundle.as_of}`)
  const [win, inMarket] = await inSnapshot(db, async (snapshot) => [
    await prove(snapshot, model, 'win', rule, asOf, settings, progress),
    await prove(snapshot, model, 'in_market', rule, asOf, settings, progress),
  ])
  if (!win) throw new AppError('SpecificationInvalid', `version ${model.version} has no win model to prove`)
  const canReplay = inMarket && inMarket.folds.length > 0 && win.folds.length > 0
  const policyReplay = canReplay
    ? await replay(db, asOf, {
        inMarket,
        win,
        inMarketSpecification: inMarket.specification,
        winSpecification: win.specification,
        worked: inMarket.source.worked,
        isSampled: inMarket.source.isSampled,
        capacityPerMonth: settings.capacityPerMonth,
        threshold: settings.threshold,
      })
    : null
  const ready = await readiness(db, model.bundle.specification, asOf, progress)
  const version = { version: model.version, asOf, specificationSha256: model.bundle.specification_sha256 }
  return combineReports(version, win.report, inMarket?.report ?? null, policyReplay, ready)
}

/** What the audit says of the features, and twenty rounds of shuffled labels of the pipeline. */
async function findLeaks(
  db: Kysely<Database>,
  model: LoadedModel,
  { data, training }: BacktestSource,
  asOf: Instant,
  seed: number,
): Promise<readonly LeakageFinding[]> {
  const sample = data.rows.slice(0, MOST_PERMUTED_ROWS)
  const half = Math.floor(sample.length / 2)
  const byAge = sample.toSorted((one, other) => (one.asOf < other.asOf ? -1 : one.asOf > other.asOf ? 1 : 0))
  const check = checkPermutations(byAge.slice(0, half), byAge.slice(half), fitOnce(data), seed)
  const pipeline = permutationFinding(check)
  return [...pipeline, ...(await auditTrainingData(db, model.featureSet, training, asOf))]
}

/** The pipeline at one penalty: what twenty rounds can afford. */
function fitOnce({ columns, labelWindowDays }: BacktestData) {
  return (rows: readonly BacktestRow[], test: readonly BacktestRow[]): readonly number[] => {
    const options = { labelWindowDays, penalties: [100], foldCount: 2, minWon: 1, minLost: 1 }
    const result = trainLogistic({ columns, rows }, options)
    if (result.kind !== 'trained') return test.map(() => 0.5)
    const compiled = compileModel(result.model)
    return test.map((row) => applyModel(compiled, row.values).probability)
  }
}

interface Proof {
  readonly specification: ModelSpecification
  readonly source: BacktestSource
  readonly data: BacktestData
  readonly folds: readonly FoldResult[]
  readonly report: BacktestReport
}

async function prove(
  db: Kysely<Database>,
  model: LoadedModel,
  name: ModelName,
  rule: MqlRule,
  asOf: Instant,
  settings: BacktestSettings,
  progress: Progress,
): Promise<Proof | null> {
  const specification = model.bundle.specification.models.find((candidate) => candidate.model === name)
  if (!specification) return null
  const source = await readBacktestData(db, model.featureSet, specification, rule, asOf, progress)
  const { labelWindowDays: _, seed, ...training } = trainingOptions(specification)
  const options: BacktestOptions = {
    seed,
    training,
    leakage: (await findLeaks(db, model, source, asOf, seed)).map(({ figures: _figures, ...finding }) => finding),
    ...(settings.replicates === undefined ? {} : { replicates: settings.replicates }),
    ...(settings.objective === undefined ? {} : { objective: settings.objective }),
  }
  const planned = planBacktest(source.data, options)
  if (planned.kind === 'refused') return { specification, source, data: source.data, folds: [], report: planned.report }
  const folds = await runFolds(planned.tasks, (done, total) => progress(`${name} folds`, done, total))
  return { specification, source, data: planned.data, folds, report: assembleReport(planned.data, options, folds) }
}
