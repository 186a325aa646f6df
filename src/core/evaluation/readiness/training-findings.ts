import { z } from 'zod'
import { LeakageFinding } from '../leakage/finding.ts'
import { ReadinessFinding } from './report.ts'

/** A finding of target leakage, and the model whose data it is about. */
export const TrainingLeak = LeakageFinding.omit({ figures: true }).extend({ model: z.string() })
export type TrainingLeak = z.infer<typeof TrainingLeak>

/** Findings about the data of a training. */
export const TrainingFindings = z.strictObject({
  /** False when the training was refused for too few examples. */
  ready: z.boolean(),
  readiness: z.array(ReadinessFinding),
  leakage: z.array(TrainingLeak),
})
export type TrainingFindings = z.infer<typeof TrainingFindings>
