import { z } from 'zod'
import { TrainingFindings } from '../../core/evaluation/readiness/training-findings.ts'

/** The only argument of the training process. */
export const TrainingOrder = z.strictObject({
  as_of: z.string(),
  /** Folder of the specification. */
  specification: z.string(),
})
export type TrainingOrder = z.infer<typeof TrainingOrder>

/** What it says: any number of `progress`, then one of the others. */
export const TrainingMessage = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('progress'), step: z.string(), done: z.number(), total: z.number() }),
  z.strictObject({ kind: z.literal('trained'), version: z.string(), findings: TrainingFindings }),
  z.strictObject({
    kind: z.literal('refused'),
    model: z.string(),
    reason: z.string(),
    message: z.string(),
    findings: TrainingFindings,
  }),
  z.strictObject({ kind: z.literal('failed'), message: z.string() }),
])
export type TrainingMessage = z.infer<typeof TrainingMessage>
