import { z } from 'zod'

/** `models/policy.json`: who is listed as qualified. */
export const Policy = z.strictObject({
  $comment: z.string().optional(),
  qualified_probability: z.strictObject({
    /** An account is listed at or above this probability. */
    enter: z.number().min(0).max(1),
  }),
})
export type Policy = z.infer<typeof Policy>
