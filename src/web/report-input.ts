import type { PolicyReplay } from '../core/backtest/policy-replay-report.ts'
import type { BacktestReport } from '../core/backtest/report.ts'
import type { BacktestResult } from '../core/backtest/result.ts'
import type { ReadinessReport } from '../core/readiness/report.ts'

/** All that the page shows. What is null or empty is said to be missing, in its place. */
export interface ReportInput {
  /** What was examined: a model version. */
  readonly version: string
  readonly asOf: string
  /** SHA-256 of every specification that the models and the rule were made by, by file name. */
  readonly specifications: Readonly<Record<string, string>>
  /** One a model, in the order in which they are to be read. */
  readonly models: readonly BacktestReport[]
  readonly policyReplay: PolicyReplay | null
  readonly readiness: ReadinessReport | null
  /** Findings that belong to no single model; each model's own are in its report. */
  readonly leakage: readonly ReportedLeak[]
  /** Of all models together. */
  readonly verdict: BacktestReport['verdict']
  /** Whole sentences on top of the models' own conditions. */
  readonly reasons: readonly string[]
}

export type ReportedLeak = BacktestReport['leakage'][number]

/** The page of a stored proof. */
export function reportInputOf(result: BacktestResult): ReportInput {
  const {
    in_market: inMarket,
    version: _,
    as_of: asOf,
    specification_sha256: hash,
    policy_replay: replay,
    ...win
  } = result
  // At the top level both models' reasons and leaks stand together, the reasons with a prefix.
  const prefix = 'win: '
  const own = {
    ...win,
    policy_replay: null,
    verdict: result.win_verdict,
    reasons: result.reasons.flatMap((reason) =>
      reason.condition.startsWith(prefix) ? [{ ...reason, condition: reason.condition.slice(prefix.length) }] : [],
    ),
    leakage: result.leakage.slice(0, result.leakage.length - (inMarket?.leakage.length ?? 0)),
  }
  return {
    version: result.version,
    asOf,
    specifications: { 'models/': hash },
    models: inMarket ? [own, inMarket] : [own],
    policyReplay: replay,
    readiness: result.readiness,
    leakage: [],
    verdict: result.verdict,
    reasons: [],
  }
}
