import { z } from 'zod'
import { PolicyChoice } from '../policy/policy-choice.ts'
import { PolicyReplay } from '../policy/policy-replay-report.ts'
import { BacktestReport } from './report.ts'
import { ReadinessReport } from '../readiness/report.ts'

/**
 * The proof of one model version. The report of the win model stands at the top level; that of the in-market model
 * beside it. The version is proven only if both are, and each reason says whose it is.
 */
export const BacktestResult = BacktestReport.extend({
  version: z.string(),
  as_of: z.string(),
  specification_sha256: z.string(),
  /** Of the win model alone. */
  win_verdict: BacktestReport.shape.verdict,
  in_market: BacktestReport.nullable(),
  /** Both models together beside one that learns at once what they say together; no condition of the verdict. */
  qualified: BacktestReport.nullable(),
  policy_replay: PolicyReplay.nullable(),
  /** The threshold on the qualified probability: the grounds, how such thresholds did, and what is stored with the version. */
  policy: PolicyChoice.nullable(),
  /** The version in use that this one was compared with; null when there is none, or it is this one. */
  champion: z.strictObject({ version: z.string(), as_of: z.string(), note: z.string() }).nullable(),
  /** Winrate's own. */
  winrate_version: z.string(),
  /** SHA-256 of what each file under models/ says, by its name. */
  specifications: z.record(z.string(), z.string()),
  readiness: ReadinessReport,
})
export type BacktestResult = z.infer<typeof BacktestResult>

const ORDER = ['proven', 'not_proven', 'refused'] as const

export interface Proofs {
  readonly win: BacktestReport
  readonly inMarket: BacktestReport | null
  readonly qualified: BacktestReport | null
  readonly policyReplay: PolicyReplay | null
  readonly policy: PolicyChoice | null
  readonly readiness: ReadinessReport
}

export interface ProvenVersion {
  readonly version: string
  readonly asOf: string
  readonly specificationSha256: string
  readonly winrateVersion: string
  readonly specifications: Readonly<Record<string, string>>
  readonly champion: { readonly version: string; readonly asOf: string } | null
}

/** The worse of the two verdicts, with the reasons of both. */
export function combineReports(version: ProvenVersion, proofs: Proofs): BacktestResult {
  const { win, inMarket, qualified, policyReplay, policy, readiness } = proofs
  const { champion } = version
  const reports = inMarket ? [win, inMarket] : [win]
  const worst = Math.max(...reports.map((report) => ORDER.indexOf(report.verdict)))
  return {
    ...win,
    version: version.version,
    as_of: version.asOf,
    specification_sha256: version.specificationSha256,
    verdict: ORDER[worst] ?? 'refused',
    win_verdict: win.verdict,
    reasons: reports.flatMap(({ model, reasons }) =>
      reasons.map((reason) => ({ ...reason, condition: `${model}: ${reason.condition}` })),
    ),
    in_market: inMarket,
    qualified,
    policy_replay: policyReplay,
    policy,
    champion: champion && {
      version: champion.version,
      as_of: champion.asOf,
      note: `${champion.version} learned from everything before ${champion.asOf.slice(0, 10)}: only rows from then on are fair to it, and it is compared on those alone`,
    },
    winrate_version: version.winrateVersion,
    specifications: { ...version.specifications },
    readiness,
    leakage: reports.flatMap((report) => report.leakage),
  }
}
