import { sql } from 'kysely'
import { types } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/store/database/database.ts'
import { createEmptyDatabase } from '../../support/server/database.ts'
import type { TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createEmptyDatabase({ maxConnections: 2, limits: {} })
})
afterAll(() => database.drop())

async function select(expression: string): Promise<unknown> {
  const { rows } = await sql<{ value: unknown }>`select ${sql.raw(expression)} as value`.execute(database.db)
  return rows[0]?.value
}

describe('what a column is read as', () => {
  it('an instant is UTC text to the microsecond, whatever zone it was written in', async () => {
    expect(await select(`timestamptz '2024-10-01 02:00:00.5+02'`)).toBe('2024-10-01T00:00:00.500000Z')
    expect(await select(`timestamptz '2024-10-01 00:00:00.123456Z'`)).toBe('2024-10-01T00:00:00.123456Z')
    expect(await select(`timestamptz '1899-12-31 23:59:59Z'`)).toBe('1899-12-31T23:59:59.000000Z')
  })

  it('a day is the text of the day', async () => {
    expect(await select(`date '2024-02-29'`)).toBe('2024-02-29')
  })

  it('a bigint is a number up to 2^53 - 1 and an error beyond', async () => {
    expect(await select(`bigint '9007199254740991'`)).toBe(9007199254740991)
    await expect(select(`bigint '9007199254740992'`)).rejects.toThrow('bigint 9007199254740992 is beyond 2^53')
  })

  it('a numeric is text, jsonb is parsed', async () => {
    expect(await select(`numeric '0.10'`)).toBe('0.10')
    expect(await select(`jsonb '{"a": [1]}'`)).toEqual({ a: [1] })
  })

  it('elements of an array are read like single values', async () => {
    expect(await select(`array[timestamptz '2024-10-01Z', null]`)).toEqual(['2024-10-01T00:00:00.000000Z', null])
    expect(await select(`array[date '2024-10-01', null]`)).toEqual(['2024-10-01', null])
    expect(await select(`array[1, 2]::bigint[]`)).toEqual([1, 2])
    expect(await select(`'{}'::bigint[]`)).toEqual([])
    expect(await select(`array['a,b', 'c']`)).toEqual(['a,b', 'c'])
  })

  it('infinity is refused', async () => {
    await expect(select(`timestamptz 'infinity'`)).rejects.toThrow('timestamp infinity is not a UTC instant')
  })

  it('other pools of the process keep the parsers of pg', () => {
    expect(types.getTypeParser(types.builtins.INT8, 'text')('1')).toBe('1')
  })
})

describe('nothing waits for ever', () => {
  it('a statement is ended after its limit', async () => {
    const hasty = openDatabase({ url: database.url, maxConnections: 1, statementTimeoutMs: 300 })
    await expect(hasty.pool.query('select pg_sleep(600)')).rejects.toMatchObject({ code: '57014' })
    await hasty.close()
  })

  it('every session has the limits', async () => {
    const { rows } = await database.pool.query(
      `select name, setting from pg_settings where name = any($1) order by 1`,
      [['TimeZone', 'lock_timeout', 'idle_in_transaction_session_timeout', 'client_connection_check_interval']],
    )
    expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
      TimeZone: 'UTC',
      client_connection_check_interval: '2000',
      idle_in_transaction_session_timeout: '15000',
      lock_timeout: '2000',
    })
  })

  it('an exhausted pool is an error after two seconds', async () => {
    const taken = [await database.pool.connect(), await database.pool.connect()]
    await expect(database.pool.connect()).rejects.toThrow('timeout exceeded')
    for (const client of taken) client.release()
  })

  it('a connection that drops inside a transaction fails that transaction only', async () => {
    const doomed = database.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction)
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(database.db)
      await sql`select 1`.execute(transaction)
    })
    await expect(doomed).rejects.toThrow()
    expect(await select('1')).toBe(1)
  })
})
