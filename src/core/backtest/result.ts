import { z } from 'zod'
import { PolicyReplay } from './policy-replay-report.ts'
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
  policy_replay: PolicyReplay.nullable(),
  readiness: ReadinessReport,
})
export type BacktestResult = z.infer<typeof BacktestResult>

const ORDER = ['proven', 'not_proven', 'refused'] as const

/** The worse of the two verdicts, with the reasons of both. */
export function combineReports(
  version: { readonly version: string; readonly asOf: string; readonly specificationSha256: string },
  win: BacktestReport,
  inMarket: BacktestReport | null,
  policyReplay: PolicyReplay | null,
  readiness: ReadinessReport,
): BacktestResult {
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
    policy_replay: policyReplay,
    readiness,
    leakage: reports.flatMap((report) => report.leakage),
  }
}
