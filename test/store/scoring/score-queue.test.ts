import { afterAll, beforeEach, beforeAll, describe, expect, it } from 'vitest'
import { removeQueuedScores, listQueuedScores, takeQueuedAccounts } from '../../../src/store/scoring/score-queue.ts'
import { queueAccounts } from '../../../src/store/facts/import/write/note-accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { untilSessionsWait } from '../../support/server/waiting-sessions.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await database.pool.query(
    `insert into account (external_id, known_at, backfilled) select n::text, '2025-01-01', false from generate_series(1, 5) n`,
  )
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.pool.query('delete from account_to_score')
})

const NOTE = queueAccounts('select unnest($1::bigint[]) as account_id')
const note = (...accountIds: number[]) => database.pool.query(NOTE, [accountIds])
const noted = async () => (await listQueuedScores(database.db)).map((row) => row.account_id)

describe('accounts that are noted to be scored', () => {
  it('are taken once, those that wait longest first', async () => {
    await note(3)
    await note(1, 2, 3)
    expect(await takeQueuedAccounts(database.db, 1)).toEqual([3])
    expect(await takeQueuedAccounts(database.db, 10)).toEqual([1, 2])
    expect(await takeQueuedAccounts(database.db, 10)).toEqual([])
  })

  it('remain queued when their scores are not stored, and are skipped while another transaction has them', async () => {
    await note(1, 2)
    const one = await database.db.startTransaction().execute()
    expect(await takeQueuedAccounts(one, 1)).toEqual([1])
    expect(await takeQueuedAccounts(database.db, 10)).toEqual([2])
    await one.rollback().execute()
    expect(await noted()).toEqual([1])
  })

  it('are not taken away before the facts can be seen', async () => {
    await note(1)
    const client = await database.pool.connect()
    await client.query('begin')
    // Its facts are not committed: the scoring could not see them.
    await client.query(NOTE, [[1]])
    expect(await takeQueuedAccounts(database.db, 10)).toEqual([])
    await client.query('commit')
    client.release()
    expect(await takeQueuedAccounts(database.db, 10)).toEqual([1])
  })

  it('are noted anew by facts that come while they are scored', async () => {
    await note(1)
    const scoring = await database.db.startTransaction().execute()
    expect(await takeQueuedAccounts(scoring, 10)).toEqual([1])
    const noting = note(1)
    await untilSessionsWait(database)
    await scoring.commit().execute()
    await noting
    expect(await noted()).toEqual([1])
  })

  it('are forgotten when all were scored, save for what was noted since', async () => {
    await note(1, 2, 3)
    const seen = await listQueuedScores(database.db)
    await note(2, 4)
    await removeQueuedScores(database.db, seen)
    expect(await noted()).toEqual([2, 4])
  })
})
