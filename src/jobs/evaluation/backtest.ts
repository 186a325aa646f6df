import path from 'node:path'
import type { Kysely } from 'kysely'
import { type Champion, championOf } from '../../core/evaluation/backtest/scorers/champion-scorer.ts'
import type { Capacity, Objective } from '../../core/evaluation/policy/objective.ts'
import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { type BacktestProof, combineReports } from '../../core/evaluation/report/backtest-proof.ts'
import { planBacktest } from '../../core/evaluation/backtest/run-backtest.ts'
import type { FoldResult } from '../../core/evaluation/backtest/folds/run-fold.ts'
import type { BacktestData, BacktestOptions } from '../../core/evaluation/backtest/types.ts'
import type { FeatureSet } from '../../core/features/compile.ts'
import { unknownRuleNames } from '../../core/evaluation/mql/check-rule.ts'
import { MqlRule } from '../../core/evaluation/mql/mql-rule.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import { limitsOf } from '../../core/scoring/artifact/ordered-specification.ts'
import { type Instant, parseInstant } from '../../core/base/time.ts'
import { AppError } from '../../errors.ts'
import { insertBacktest } from '../../store/evaluation/backtests.ts'
import { readVocabulary } from '../../store/features/opportunity-histories.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { storeVersionPolicy } from '../../store/registry/version-policies.ts'
import { type BacktestHistory, type BacktestSource, readBacktestHistory } from './backtest-data.ts'
import { loadChampion } from '../registry/champion.ts'
import { readChecked } from '../models/read-model-file.ts'
import { auditModel } from '../training/leakage.ts'
import { compareDirect } from './direct-baseline.ts'
import { replay, type Replayed } from './policy-replay.ts'
import { proveFolds } from './fold-pool.ts'
import { specificationHashes, WINRATE_VERSION } from '../models/specification-hashes.ts'
import { trainingOptions } from '../training/train.ts'
import type { Progress } from '../training/snapshot-pass.ts'

export interface BacktestSettings {
  /** New accounts that the team can work in a month: how long the lists of the past are. */
  readonly capacityPerMonth: number
  readonly replicates?: number
  /** The largest number of folds; there are fewer where the history is short. */
  readonly maxFolds?: number
  /** The objective of the threshold; default: the capacity. */
  readonly objective?: Objective
}

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
 * Backtests a version: walks forward through its training history with its own specification, and compares it with every
 * baseline and with the champion. Nothing later than the version's own as-of is read. The folds run after the snapshot
 * transaction has ended.
 */
export async function backtest(
  db: Kysely<Database>,
  model: LoadedModel,
  rule: MqlRule,
  settings: BacktestSettings,
  progress: Progress = () => undefined,
): Promise<BacktestProof> {
  const asOf = parseInstant(model.artifact.as_of)
  if (!asOf) throw new RangeError(`version ${model.version} has no as-of: ${model.artifact.as_of}`)
  const inUse = await loadChampion(db)
  const champion = inUse ? championOf(model.version, model.artifact, inUse) : null
  const work: Work = { champion, settings, progress }
  const { read, leaks } = await inSnapshot(db, async (snapshot) => {
    const history = await readBacktestHistory(snapshot, model, rule, asOf, progress)
    return { read: history, leaks: await auditSources(snapshot, model.featureSet, history, asOf, progress) }
  })
  const { sources, opportunities, dealFacts } = read
  if (!sources.win) throw new AppError('SpecificationInvalid', `version ${model.version} has no win model to prove`)
  const win = await prove(sources.win, leaks.win, work)
  const inMarket = sources.in_market && (await prove(sources.in_market, leaks.in_market, work))
  const canReplay = inMarket && inMarket.folds.length > 0 && win.folds.length > 0
  const replayed = canReplay
    ? replay({
        asOf,
        opportunities,
        dealFacts,
        inMarket,
        win,
        inMarketSpecification: inMarket.source.specification,
        winSpecification: win.source.specification,
        worked: inMarket.source.worked,
        isSampled: inMarket.source.isSampled,
        accountShare: inMarket.source.accountShare,
        capacityPerMonth: settings.capacityPerMonth,
        objective: objectiveOf(settings),
        stages: inMarket.report.stages,
      })
    : null
  if (replayed) progress('policy replay', 1, 1)
  const version = {
    version: model.version,
    asOf,
    specificationSha256: model.artifact.specification_sha256,
    winrateVersion: WINRATE_VERSION,
    specifications: specificationHashes(model.artifact.specification, rule),
    champion,
    limits: limitsOf(model.artifact.specification, model.artifact.left_out),
  }
  return combineReports(version, {
    win: win.report,
    inMarket: inMarket?.report ?? null,
    qualified: inMarket && replayed ? await compareQualified(inMarket, replayed, work) : null,
    policyReplay: replayed?.policyReplay ?? null,
    policy: replayed?.policy ?? null,
    readiness: read.readiness,
  })
}

interface Work {
  readonly champion: Champion | null
  readonly settings: BacktestSettings
  readonly progress: Progress
}

interface Proof {
  readonly source: BacktestSource
  readonly data: BacktestData
  readonly folds: readonly FoldResult[]
  readonly report: BacktestReport
}

type Leaks = NonNullable<BacktestOptions['leakage']>

async function auditSources(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  { sources }: BacktestHistory,
  asOf: Instant,
  progress: Progress,
): Promise<{ readonly win: Leaks; readonly in_market: Leaks }> {
  const audit = async (source: BacktestSource | null): Promise<Leaks> => {
    if (!source) return []
    const leaks = await auditModel(db, featureSet, source.specification, source.training, asOf)
    progress(`${source.specification.model} audit`, 1, 1)
    return leaks
  }
  return { win: await audit(sources.win), in_market: await audit(sources.in_market) }
}

async function prove(source: BacktestSource, leakage: Leaks, { champion, settings, progress }: Work): Promise<Proof> {
  const { specification } = source
  const { labelWindowDays: _, seed, ...training } = trainingOptions(specification)
  const name = source.data.model === 'in_market' ? 'in_market' : 'win'
  const baseline = champion?.scorers.get(name)
  const options: BacktestOptions = {
    seed,
    training,
    leakage,
    ...(settings.replicates === undefined ? {} : { replicates: settings.replicates }),
    ...(settings.maxFolds === undefined ? {} : { maxFolds: settings.maxFolds }),
    objective: objectiveOf(settings),
    ...(name === 'in_market' ? { capacity: capacityOf(settings, source) } : {}),
    ...(baseline ? { champion: baseline } : {}),
  }
  const planned = planBacktest(source.data, options)
  if (planned.kind === 'refused') return { source, data: source.data, folds: [], report: planned.report }
  const modelProgress: Progress = (step, done, total) => progress(`${name} ${step}`, done, total)
  const { folds, report } = await proveFolds(planned.data, options, planned.tasks, modelProgress)
  return { source, data: planned.data, folds, report }
}

async function compareQualified(
  inMarket: Proof,
  replayed: Replayed,
  { champion, settings, progress }: Work,
): Promise<BacktestReport> {
  const { labelWindowDays: _, seed, ...training } = trainingOptions(inMarket.source.specification)
  const options = {
    seed,
    training,
    ...(settings.replicates === undefined ? {} : { replicates: settings.replicates }),
    objective: objectiveOf(settings),
    capacity: capacityOf(settings, inMarket.source),
  }
  return await compareDirect({ ...replayed, data: inMarket.data, champion }, options, progress)
}

/**
 * The share of the team's capacity for the sampled accounts. The win model has no capacity: a month has fewer opportunities
 * than a team works accounts, so its top is a share of them.
 */
function capacityOf({ capacityPerMonth }: BacktestSettings, { accountShare }: BacktestSource): Capacity {
  return { perMonth: capacityPerMonth * accountShare }
}

function objectiveOf({ objective, capacityPerMonth }: BacktestSettings): Objective {
  return objective ?? { kind: 'capacity', capacity: { perMonth: capacityPerMonth } }
}

/**
 * Stores a backtest, its page and the policy it chose, in one transaction. A backtest without a policy removes the policy of the
 * one before: only the newest backtest of a version counts.
 */
export async function storeBacktest(db: Kysely<Database>, proof: BacktestProof, page: string | null): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await insertBacktest(transaction, proof.version, proof, page)
    await storeVersionPolicy(transaction, proof.version, proof.policy?.policy ?? null)
  })
}
