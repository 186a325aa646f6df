import { z } from 'zod'
import { parseInstant, parseIsoDate, startOfDay } from '../core/time.ts'

/** PostgreSQL's bigint as far as a JavaScript number can tell one from the next. */
export const AccountId = z.int().min(1)
export const ExternalId = z
  .string()
  .min(1)
  .max(400)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL')
export const Domain = z.string().min(1).max(1000)

const DECIMAL = /^-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i

/** Parameters arrive as text. As decimal digits, so that `0x10` or a space is no number. */
export function parameter(number: z.ZodType<number>) {
  return z.preprocess((text) => (typeof text === 'string' && DECIMAL.test(text) ? Number(text) : text), number)
}

export const AccountIdParameter = parameter(AccountId).meta({ examples: [4711] })

/** A day, meaning its 00:00 UTC, or an instant with a zone. */
export const InstantParameter = z
  .string()
  .transform((text, context) => {
    const date = parseIsoDate(text)
    const instant = date ? startOfDay(date) : parseInstant(text)
    if (instant) return instant
    context.addIssue({ code: 'custom', message: 'must be a day or an instant with a zone, in the years 1900 to 2199' })
    return z.NEVER
  })
  .meta({ anyOf: [{ format: 'date' }, { format: 'date-time' }], examples: ['2026-03-01', '2026-03-01T09:30:00Z'] })
