import { z } from 'zod'
import { PolicyChoice } from '../policy/policy-choice.ts'
import { PolicyReplay } from '../policy/policy-replay-report.ts'
import { ReadinessReport } from '../readiness/report.ts'
import { PROOF_FORMAT, VERDICTS } from '../registry/proof.ts'
import { BacktestReport } from './report.ts'

const Champion = z.strictObject({ version: z.string(), as_of: z.string() })

/** The proof of a model version, as it is stored and as the API returns it. */
export const BacktestProof = z.strictObject({
  format: z.literal(PROOF_FORMAT),
  version: z.string(),
  as_of: z.string(),
  /** The worse of the verdicts on the win model and the in-market model. */
  verdict: z.enum(VERDICTS),
  /** What the version does without, and why. Absent where there is nothing of it. */
  limits: z.array(z.string()).optional(),
  win: BacktestReport,
  in_market: BacktestReport.nullable(),
  /** The product of both models beside one model trained on its label. It does not count for the verdict. */
  qualified: BacktestReport.nullable(),
  /** The threshold on the qualified probability, how earlier thresholds did, and what is stored with the version. */
  policy: PolicyChoice.nullable(),
  policy_replay: PolicyReplay.nullable(),
  readiness: ReadinessReport,
  /** The champion that this version was compared with; null when there is none, or it is this version. */
  champion: Champion.nullable(),
  specification_sha256: z.string(),
  /** The version of Winrate that made the proof. */
  winrate_version: z.string(),
  /** SHA-256 of the content of each file under models/, by file name. */
  specifications: z.record(z.string(), z.string()),
})
export type BacktestProof = z.infer<typeof BacktestProof>

export interface ProvenVersion {
  readonly version: string
  readonly asOf: string
  readonly specificationSha256: string
  readonly winrateVersion: string
  readonly specifications: Readonly<Record<string, string>>
  readonly champion: { readonly version: string; readonly asOf: string } | null
  /** What the version does without, and why. */
  readonly limits?: readonly string[]
}

export interface ProofParts {
  readonly win: BacktestReport
  readonly inMarket: BacktestReport | null
  readonly qualified: BacktestReport | null
  readonly policyReplay: PolicyReplay | null
  readonly policy: PolicyChoice | null
  readonly readiness: ReadinessReport
}

export function combineReports(version: ProvenVersion, parts: ProofParts): BacktestProof {
  const { win, inMarket, qualified, policyReplay, policy, readiness } = parts
  const { champion } = version
  const verdicts = [win, ...(inMarket ? [inMarket] : [])].map(({ verdict }) => VERDICTS.indexOf(verdict))
  return {
    format: PROOF_FORMAT,
    version: version.version,
    as_of: version.asOf,
    verdict: VERDICTS[Math.max(...verdicts)]!,
    ...(version.limits && version.limits.length > 0 && { limits: [...version.limits] }),
    win,
    in_market: inMarket,
    qualified,
    policy,
    policy_replay: policyReplay,
    readiness,
    champion: champion && { version: champion.version, as_of: champion.asOf },
    specification_sha256: version.specificationSha256,
    winrate_version: version.winrateVersion,
    specifications: { ...version.specifications },
  }
}

/** Which rows the champion is compared on, and why. */
export function championNote({ version, as_of: asOf }: z.infer<typeof Champion>): string {
  return `${version} was trained on everything known before ${asOf.slice(0, 10)} and is compared on rows from that day on only`
}
