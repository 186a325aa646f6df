import type { ColumnType } from 'kysely'
import type { Instant } from '../../../core/base/time.ts'

/** Set by the database and never changed. */
export type RecordedAt = ColumnType<Instant, never, never>
/** Read as parsed JSON, written as JSON text. */
export type Json<Value> = ColumnType<Value, string, string>
export type JsonObject = Json<Record<string, unknown>>
/** An insert may leave it out; the default is an empty object. */
export type Attributes = ColumnType<Record<string, unknown>, string | undefined, string>
