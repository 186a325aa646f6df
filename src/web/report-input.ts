import type { PolicyChoice } from '../core/evaluation/policy/policy-choice.ts'
import type { PolicyReplay } from '../core/evaluation/policy/policy-replay-report.ts'
import { type BacktestProof, championNote } from '../core/evaluation/report/backtest-proof.ts'
import type { BacktestReport } from '../core/evaluation/report/report.ts'
import type { ReadinessReport } from '../core/evaluation/readiness/report.ts'
import type { Verdict } from '../core/evaluation/registry/proof.ts'

/** What the page shows. Where a part is null or empty, the page says so. */
export interface ReportInput {
  readonly version: string
  readonly asOf: string
  /** The version of Winrate that made the proof. */
  readonly winrateVersion: string
  /** SHA-256 of each specification file, by file name. */
  readonly specifications: Readonly<Record<string, string>>
  /** In the order of the page. */
  readonly models: readonly BacktestReport[]
  /** The product of both models beside one model trained on its label. */
  readonly qualified: BacktestReport | null
  readonly policy: PolicyChoice | null
  /** Which rows the champion is compared on; null where there is no champion to compare with. */
  readonly championNote: string | null
  readonly policyReplay: PolicyReplay | null
  readonly readiness: ReadinessReport | null
  /** Of all models together. */
  readonly verdict: Verdict
  /** What the version does without, and why. */
  readonly limits?: readonly string[] | undefined
}

/** The page of a stored proof. */
export function reportInputOf(proof: BacktestProof): ReportInput {
  return {
    version: proof.version,
    asOf: proof.as_of,
    winrateVersion: proof.winrate_version,
    specifications: proof.specifications,
    models: proof.in_market ? [proof.win, proof.in_market] : [proof.win],
    qualified: proof.qualified,
    policy: proof.policy,
    championNote: proof.champion && championNote(proof.champion),
    policyReplay: proof.policy_replay,
    readiness: proof.readiness,
    verdict: proof.verdict,
    limits: proof.limits,
  }
}
