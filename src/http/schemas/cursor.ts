import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

const MAC_BYTES = 16

/**
 * A page cursor is `<position>.<signature>`. The signature covers the list and its filters too, so that a cursor cannot be
 * altered or used for another list. It grants nothing: every request needs a key.
 */
export interface CursorOf<Position> {
  encode(position: Position): string
  /** @returns undefined unless `encode` made it for the same list and filters */
  decode(cursor: string): Position | undefined
}

export const CURSOR = z
  .string()
  .regex(/^[A-Za-z0-9_-]{2,2000}\.[A-Za-z0-9_-]{22}$/, 'must be a `next_cursor` of a response')

export function cursorOf<Position>(
  secret: Buffer,
  list: string,
  filters: Readonly<Record<string, string | number>>,
  schema: z.ZodType<Position>,
): CursorOf<Position> {
  const purpose = JSON.stringify([list, Object.entries(filters).toSorted()])
  const sign = (payload: string) =>
    createHmac('sha256', secret).update(`${purpose}\n${payload}`).digest().subarray(0, MAC_BYTES)
  return {
    encode(position) {
      const payload = Buffer.from(JSON.stringify(position)).toString('base64url')
      return `${payload}.${sign(payload).toString('base64url')}`
    },
    decode(cursor) {
      const [payload = '', signature = ''] = cursor.split('.')
      const given = Buffer.from(signature, 'base64url')
      if (given.length !== MAC_BYTES || !timingSafeEqual(given, sign(payload))) return undefined
      return schema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
    },
  }
}
