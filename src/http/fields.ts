import { z } from 'zod'

/** PostgreSQL's bigint as far as a JavaScript number can tell one from the next. */
export const AccountId = z.int().min(1)
export const ExternalId = z
  .string()
  .min(1)
  .max(400)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL')
export const Domain = z.string().min(1).max(1000)

/** Path values arrive as text. */
export const AccountIdParameter = z.coerce
  .number<string>()
  .int()
  .min(1)
  .meta({ examples: [4711] })
