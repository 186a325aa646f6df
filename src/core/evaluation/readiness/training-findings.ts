import { z } from 'zod'
import { LeakageFinding } from '../leakage/finding.ts'
import { ReadinessFinding } from './report.ts'

/** A suspicion of leakage, with the model whose data raised it. */
export const TrainingLeak = LeakageFinding.omit({ figures: true }).extend({ model: z.string() })
export type TrainingLeak = z.infer<typeof TrainingLeak>

/** What was found out about the data of a training before it learned from them. */
export const TrainingFindings = z.strictObject({
  /** False when the training was refused for too few examples. */
  ready: z.boolean(),
  readiness: z.array(ReadinessFinding),
  leakage: z.array(TrainingLeak),
})
export type TrainingFindings = z.infer<typeof TrainingFindings>
