import { z } from 'zod'
import { STAGES } from '../stages/stages.ts'

const probability = z.number().min(0).max(1)

/** From which in-market probability each stage begins, the lowest first; a stage that found no place is absent. */
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

/** What a backtest chose for a version, and on what grounds: kept beside the version and used when it is the champion. */
export const VersionPolicy = z.strictObject({
  /** The threshold on the qualified probability; null when no threshold reached the objective. */
  enter: probability.nullable(),
  stages: StageBoundaries,
  /** In words: the objective, the rows it was chosen on, what was observed above the threshold. */
  basis: z.strictObject({ enter: z.string(), stages: z.string() }),
})
export type VersionPolicy = z.infer<typeof VersionPolicy>
