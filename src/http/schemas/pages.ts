import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { CURSOR, cursorOf } from './cursor.ts'
import { integerParameter } from './fields.ts'
import { sendProblem } from './problems.ts'

/** The parameters of a paged list. */
export const PageQuery = z.strictObject({
  limit: integerParameter(z.int().min(1).max(200)).default(50),
  cursor: CURSOR.optional().describe('`next_cursor` of the previous page.'),
})

export const NextCursor = z.string().nullable().describe('The cursor of the next page; null on the last page only.')

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

/** A list whose cursor holds the fields `position` of its last row. */
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
      // One row more than requested shows whether there is a next page.
      const found = await readRows(limit + 1, after)
      const rows = found.slice(0, limit)
      const last = found.length > limit ? rows.at(-1) : undefined
      return { rows, nextCursor: last === undefined ? null : cursors.encode(position.parse(last)) }
    },
  }
}

export function refuseCursor(reply: FastifyReply): FastifyReply {
  const detail = 'use next_cursor unchanged and with the same parameters, or start again without a cursor'
  return sendProblem(reply, 'invalid_cursor', { detail })
}
