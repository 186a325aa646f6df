import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rematchLoop, rematchChanges } from '../../../src/jobs/facts/rematch-loop.ts'
import { ingestRows } from '../../../src/jobs/facts/ingest.ts'
import { databaseOn } from '../../../src/store/database/kysely-on-client.ts'
import type { ReceivedKind } from '../../../src/store/facts/import/received.ts'
import { inTransaction } from '../../../src/store/database/transactions.ts'
import { withClient } from '../../../src/store/database/with-client.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { rowsOf } from '../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function send(kind: ReceivedKind, ...rows: readonly object[]): Promise<void> {
  await withClient(database.pool, (client) =>
    inTransaction(databaseOn(client), () => ingestRows(client, kind, rows, { atomic: true })),
  )
}
const accountOf = (id: string) =>
  rowsOf(database, `select a.external_id from activity join account a using (account_id) where source_id = '${id}'`)
const queuedAccounts = () =>
  rowsOf(database, 'select external_id from account_to_score join account using (account_id) order by 1')

describe('a matched fact', () => {
  it('moves to another account when a narrower claim arrives, and both are queued for scoring', async () => {
    await send('accounts', { external_id: 'group', domain: ['acme.com'] })
    await send('activities', { source_id: '1', kind: 'visit', occurred_at: '2026-03-01', domain: 'shop.acme.com' })
    await rematchChanges(database.db, database.pool)
    await send('accounts', { external_id: 'shop', domain: ['shop.acme.com'] })
    await database.pool.query('delete from account_to_score')
    expect(await accountOf('1')).toEqual([{ external_id: 'group' }])
    expect(await rematchChanges(database.db, database.pool)).toEqual({ changes: 2, rematched: 1 })
    expect(await accountOf('1')).toEqual([{ external_id: 'shop' }])
    expect(await queuedAccounts()).toEqual([{ external_id: 'group' }, { external_id: 'shop' }])
    expect(await rematchChanges(database.db, database.pool)).toBeUndefined()
  })

  it('is rematched at each poll until the signal aborts', async () => {
    const stop = new AbortController()
    await send('accounts', { external_id: 'late' })
    const results: unknown[] = []
    await rematchLoop(database.db, database.pool, {
      pollMs: 1,
      signal: stop.signal,
      onMatched: (matched) => {
        results.push(matched)
        stop.abort()
      },
      onFailure: (error) => {
        throw error
      },
    })
    expect(results).toEqual([{ changes: 1, rematched: 0 }])
  })
})
