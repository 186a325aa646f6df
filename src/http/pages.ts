import { z } from 'zod'
import { CURSOR } from './cursor.ts'

/** Of a list that is read newest first. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number<string>().int().min(1).max(200).default(50),
  cursor: CURSOR.optional().describe('`next_cursor` of the page before.'),
})

export const NextCursor = z.string().nullable().describe('For the next page; null at the end, and only there.')
