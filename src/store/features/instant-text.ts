import { sql } from 'kysely'

/** An instant as UTC text to the microsecond: inside JSON no type parser reads it. */
export function instantText(column: string) {
  return sql`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}
