import type { PolicyChoice } from '../core/evaluation/policy/policy-choice.ts'
import type { PolicyReplay } from '../core/evaluation/policy/policy-replay-report.ts'
import type { BacktestReport } from '../core/evaluation/report/report.ts'
import type { BacktestResult } from '../core/evaluation/report/result.ts'
import type { ReadinessReport } from '../core/evaluation/readiness/report.ts'

/** All that the page shows. What is null or empty is said to be missing, in its place. */
export interface ReportInput {
  /** What was examined: a model version. */
  readonly version: string
  readonly asOf: string
  /** Of the software that made it. */
  readonly winrateVersion: string
  /** SHA-256 of every specification that the models and the rule were made by, by file name. */
  readonly specifications: Readonly<Record<string, string>>
  /** One a model, in the order in which they are to be read. */
  readonly models: readonly BacktestReport[]
  /** Both models together beside one that learns at once what they say together. */
  readonly qualified: BacktestReport | null
  readonly policy: PolicyChoice | null
  /** What is fair to the version in use; null where there is none to compare with. */
  readonly championNote: string | null
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
  const inMarket = result.in_market
  // At the top level both models' reasons and leaks stand together, the reasons with a prefix.
  const prefix = 'win: '
  const own = {
    ...onlyReport(result),
    policy_replay: null,
    verdict: result.win_verdict,
    reasons: result.reasons.flatMap((reason) =>
      reason.condition.startsWith(prefix) ? [{ ...reason, condition: reason.condition.slice(prefix.length) }] : [],
    ),
    leakage: result.leakage.slice(0, result.leakage.length - (inMarket?.leakage.length ?? 0)),
  }
  return {
    version: result.version,
    asOf: result.as_of,
    winrateVersion: result.winrate_version,
    specifications: result.specifications,
    models: inMarket ? [own, inMarket] : [own],
    qualified: result.qualified,
    policy: result.policy,
    championNote: result.champion?.note ?? null,
    policyReplay: result.policy_replay,
    readiness: result.readiness,
    leakage: [],
    verdict: result.verdict,
    reasons: [],
  }
}

/** Of the win model alone: without what a result says on top of it. */
function onlyReport(result: BacktestResult): BacktestReport {
  const {
    version: _version,
    as_of: _asOf,
    specification_sha256: _hash,
    win_verdict: _verdict,
    in_market: _inMarket,
    qualified: _qualified,
    policy: _policy,
    champion: _champion,
    winrate_version: _winrate,
    specifications: _specifications,
    ...report
  } = result
  return report
}
