import { z } from 'zod'
import { parseInstantOrDay } from '../../core/base/time.ts'

/** Integers that a JavaScript number represents exactly. */
export const AccountId = z.int().min(1)
export const ExternalId = z
  .string()
  .min(1)
  .max(400)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be text without NUL')
export const Domain = z.string().min(1).max(1000)

const INTEGER = /^(?:0|-?[1-9]\d*)$/
const DECIMAL = /^-?\d+(?:\.\d+)?$/

/** An integer parameter in canonical decimal digits: not `1e3`, `0x10`, `1.0`, `+5`, ` 5` or `007`. */
export function integerParameter(integer: z.ZodType<number>, wrong: (text: string) => string = () => NO_INTEGER) {
  return numberParameter(integer, INTEGER, wrong)
}

/** A number parameter in decimal digits. */
export function decimalParameter(number: z.ZodType<number>) {
  return numberParameter(number, DECIMAL, () => 'must be a number in decimal digits, such as 0.25')
}

const NO_INTEGER = 'must be a whole number in decimal digits, such as 12'

function numberParameter(number: z.ZodType<number>, pattern: RegExp, wrong: (text: string) => string) {
  return z.preprocess((given, context) => {
    if (typeof given !== 'string') return given
    if (pattern.test(given)) return Number(given)
    context.addIssue({ code: 'custom', message: wrong(given), input: given })
    return z.NEVER
  }, number)
}

const MOST_SHOWN = 80

/** The CRM's id has a path of its own. */
export const AccountIdParameter = integerParameter(AccountId, (text) => {
  if (text.length > MOST_SHOWN) return `${NO_INTEGER}; the CRM's id goes to /by-external-id/{external_id}`
  return `${NO_INTEGER}; if "${text}" is the CRM's id, use /by-external-id/${encodeURIComponent(text)}`
}).meta({ examples: [4711] })

const NO_INSTANT =
  'must be a day, an instant with a zone, or an epoch count of seconds or milliseconds, in the years 1900 to 2199'
/** An offset whose `+` was not written `%2B` in a URL. */
const LOST_PLUS = /:\d{2}(?:\.\d+)? \d{2}:?\d{2}$/

/** A day (its 00:00 UTC), an instant with a zone, or an epoch count of 10 digits (seconds) or 13 (milliseconds). */
export const InstantParameter = z
  .string()
  .transform((text, context) => {
    const instant = parseInstantOrDay(text)
    if (instant) return instant
    const message = LOST_PLUS.test(text) ? `${NO_INSTANT}; in a URL the + of an offset is written %2B` : NO_INSTANT
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .meta({ anyOf: [{ format: 'date' }, { format: 'date-time' }], examples: ['2026-03-01', '2026-03-01T09:30:00Z'] })
