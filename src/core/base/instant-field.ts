import { z } from 'zod'
import { parseInstant } from './time.ts'

/** Of an instant in JSON, as a JSON Schema. Epoch counts are told apart by their digits. */
export const INSTANT_SCHEMA = {
  anyOf: [
    { type: 'string', format: 'date-time', description: 'Years 1900 to 2199.' },
    { type: 'number', minimum: 1e9, maximum: 7_258_118_399, description: 'Seconds since 1970.' },
    { type: 'integer', minimum: 1e12, maximum: 7_258_118_399_999, description: 'Milliseconds since 1970.' },
  ],
} as const

const NO_INSTANT =
  'must be ISO 8601 with Z or an offset, or an epoch count of seconds or milliseconds, in the years 1900 to 2199'

/** An instant in a JSON body: text, or an epoch count as text or as a number. Not converted: a schema that converts has no examples. */
export const InstantField = z
  .union([z.string(), z.number()], { error: NO_INSTANT })
  .refine((given) => parseInstant(String(given)) !== undefined, NO_INSTANT)
  .meta({ anyOf: [...INSTANT_SCHEMA.anyOf], examples: ['2026-03-01T09:30:00Z'] })
