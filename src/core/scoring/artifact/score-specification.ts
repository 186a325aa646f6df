import { z } from 'zod'

const text = z.string().trim().min(1).max(200)

/** By a field as it is, or, for a number, by bands: each `from` begins one, and what is below the first is one more. */
const SegmentBy = z.strictObject({
  field: text,
  from: z
    .array(z.number())
    .min(1)
    .refine((edges) => edges.every((edge, index) => index === 0 || edge > edges[index - 1]!), 'must rise')
    .optional(),
})
export type SegmentBy = z.infer<typeof SegmentBy>

/** `models/scores.json`: what is published beside the probabilities, and by which rules. */
export const ScoreSpecification = z.strictObject({
  $comment: z.string().optional(),
  /** Declared intent: the buyer's own requests, shown with their age beside the model's inference. */
  declared_intent: z.strictObject({
    kinds: z.array(text).min(1),
    within_days: z.number().int().min(1).max(1095),
  }),
  expected_amount: z.strictObject({
    /** Companies that are alike in all of these make a segment. */
    segment_by: z.array(SegmentBy).max(4).default([]),
    /** The currency of reported amounts, assumed for amounts without one; default: the most common currency. */
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be three letters as in EUR')
      .optional(),
  }),
})
export type ScoreSpecification = z.infer<typeof ScoreSpecification>
