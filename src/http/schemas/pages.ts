import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { CURSOR, cursorOf } from './cursor.ts'
import { integerParameter } from './fields.ts'
import { sendProblem } from './problems.ts'

/** Of a list that is read page by page. */
export const PageQuery = z.strictObject({
  limit: integerParameter(z.int().min(1).max(200)).default(50),
  cursor: CURSOR.optional().describe('`next_cursor` of the page before.'),
})

export const NextCursor = z.string().nullable().describe('For the next page; null at the end, and only there.')

export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly nextCursor: string | null
}

export interface Pages<Position> {
  /** Whether a cursor was issued for this list and these filters. */
  isOwn(cursor: string): boolean
  /**
   * @param list reads at most `limit` rows after a position; rows begin with what `Position` names
   * @returns undefined for a cursor that was not issued for this list and these filters
   */
  read<Row extends Position>(
    query: z.infer<typeof PageQuery>,
    list: (limit: number, after: Position | undefined) => Promise<readonly Row[]>,
  ): Promise<Page<Row> | undefined>
}

/** A list whose place is told by some fields of its last row: those of `position`, which drops the others. */
export function pagesOf<Position>(
  { cursorSecret }: { readonly cursorSecret: Buffer },
  list: string,
  filters: Readonly<Record<string, string | number>>,
  position: z.ZodType<Position>,
): Pages<Position> {
  const cursors = cursorOf(cursorSecret, list, filters, position)
  return {
    isOwn: (cursor) => cursors.decode(cursor) !== undefined,
    async read({ limit, cursor }, readRows) {
      const after = cursor === undefined ? undefined : cursors.decode(cursor)
      if (cursor !== undefined && after === undefined) return undefined
      // One more than asked tells whether there is a next page.
      const found = await readRows(limit + 1, after)
      const rows = found.slice(0, limit)
      const last = found.length > limit ? rows.at(-1) : undefined
      return { rows, nextCursor: last === undefined ? null : cursors.encode(position.parse(last)) }
    },
  }
}

export function refuseCursor(reply: FastifyReply): FastifyReply {
  const detail = 'use next_cursor as it was answered, with the same parameters, or start again without it'
  return sendProblem(reply, 'invalid_cursor', { detail })
}
