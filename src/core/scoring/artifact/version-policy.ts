import { z } from 'zod'
import { STAGES } from '../stages/stages.ts'

const probability = z.number().min(0).max(1)

/** The in-market probability from which each stage begins, the lowest first; a stage without a boundary is absent. */
export const StageBoundaries = z.array(
  z.strictObject({
    stage: z.enum(STAGES),
    from: probability,
    times_base_rate: z.number().min(0).nullable(),
    share: probability.nullable(),
    opening_rate: probability.nullable(),
  }),
)
export type StageBoundaries = z.infer<typeof StageBoundaries>

/** The policy that a backtest chose for a version, with its basis; used while the version is the champion. */
export const VersionPolicy = z.strictObject({
  /** The threshold on the qualified probability; null when no threshold reached the objective. */
  enter: probability.nullable(),
  stages: StageBoundaries,
  /** In words: the objective, the rows it was chosen on, what was observed above the threshold. */
  basis: z.strictObject({ enter: z.string(), stages: z.string() }),
})
export type VersionPolicy = z.infer<typeof VersionPolicy>
