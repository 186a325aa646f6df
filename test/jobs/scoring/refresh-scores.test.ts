import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { versionOf } from '../../../src/core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { refreshLoop, refreshScores, type RefreshResult } from '../../../src/jobs/scoring/refresh-scores.ts'
import { loadPlaybook } from '../../../src/jobs/models/load-playbook.ts'
import { loadPolicy } from '../../../src/jobs/models/load-policy.ts'
import { promote } from '../../../src/jobs/registry/promote.ts'
import { listQueuedScores } from '../../../src/store/scoring/score-queue.ts'
import { queueAccounts } from '../../../src/store/facts/import/write/note-accounts.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import { readScoresState, withExclusiveWork } from '../../../src/store/scoring/score-freshness.ts'
import { storeVersionPolicy } from '../../../src/store/registry/version-policies.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { addAccount, at, removeFacts } from '../../support/facts.ts'

let database: TestDatabase
const first = artifactOf()
const second = { ...first, data_sha256: 'c'.repeat(64) }
const FIRST = versionOf(first)
const SECOND = versionOf(second)
const MORNING = at('2025-03-10T08:00:00')

beforeAll(async () => {
  database = await createTestDatabase()
  await insertModelVersion(database.db, FIRST, first)
  await insertModelVersion(database.db, SECOND, second)
})
afterAll(() => database.drop())

beforeEach(async () => {
  const { db, pool } = database
  await pool.query(
    'truncate scoring_run, event cascade; delete from import_run; update model_version set is_champion = false, policy = null, policy_set_at = null',
  )
  await removeFacts(db)
  for (const name of ['acme', 'beta']) await addAccount(db, name, at('2025-01-01'))
})

const makeChampion = (version: string) =>
  promote(database.db, version, { promotedBy: 'test', force: true, reason: 'a test' })
const refresh = (now: Instant = MORNING, signal?: AbortSignal) => refreshScores(database.db, () => now, signal)
const finishImport = (finishedAt: Instant) =>
  database.pool.query(
    `insert into import_run (kind, files, counts, reasons, started_at, finished_at)
     values ('activities', '{}', '{}', '{}', $1, $1)`,
    [finishedAt],
  )

describe('a refresh', () => {
  it('reports what is missing while nothing can be scored', async () => {
    expect(await refresh()).toEqual({ kind: 'no_champion' })
    await makeChampion(FIRST)
    expect(await refresh(at('2024-12-31'))).toEqual({ kind: 'no_accounts' })
    expect((await readScoresState(database.db, MORNING)).stored).toBeUndefined()
  })

  it('scores all accounts once, again with another champion, again on the next day', async () => {
    await makeChampion(FIRST)
    expect(await refresh()).toMatchObject({
      kind: 'scored',
      because: 'never_scored',
      version: FIRST,
      asOf: MORNING,
      scored: 2,
      withOpenOpportunity: 0,
    })
    expect(await refresh(at('2025-03-10T23:59:59.999999'))).toEqual({ kind: 'fresh' })
    await makeChampion(SECOND)
    expect(await refresh()).toMatchObject({ because: 'another_champion', version: SECOND })
    expect(await refresh(at('2025-03-11'))).toMatchObject({ because: 'new_day' })
    const { stored } = await readScoresState(database.db, MORNING)
    expect(stored).toMatchObject({ version: SECOND, asOf: at('2025-03-11') })
  })

  it('scores again after an import, with the accounts that it brought', async () => {
    await makeChampion(FIRST)
    await refresh()
    await finishImport(at('2025-03-10T07:00:00'))
    expect(await refresh()).toEqual({ kind: 'fresh' })
    await addAccount(database.db, 'gamma', at('2025-03-10T08:30:00'))
    await finishImport(at('2025-03-10T08:31:00'))
    expect(await refresh(at('2025-03-10T09:00:00'))).toMatchObject({ because: 'new_facts', scored: 3 })
    expect(await refresh(at('2025-03-10T09:00:30'))).toEqual({ kind: 'fresh' })
  })

  it('scores only the queued accounts, and keeps entries that were queued since', async () => {
    await makeChampion(FIRST)
    await refresh()
    const { rows: accounts } = await database.pool.query<{ account_id: number }>(
      'select account_id from account order by 1',
    )
    const note = (...accountIds: (number | undefined)[]) =>
      database.pool.query(queueAccounts('select unnest($1::bigint[]) as account_id'), [accountIds])
    const [acme, beta] = accounts.map((row) => row.account_id)
    await note(acme)
    const later = at('2025-03-10T09:00:00')
    expect(await refresh(later)).toMatchObject({ kind: 'scored', because: 'received_facts', scored: 1, asOf: later })
    expect(await refresh(later)).toEqual({ kind: 'fresh' })
    // A run over all accounts: earlier entries are done, entries queued meanwhile are not.
    await note(acme)
    let asked = 0
    const newDay = await refreshScores(database.db, async () => {
      asked += 1
      if (asked === 1) await note(beta)
      return at('2025-03-11')
    })
    expect(newDay).toMatchObject({ because: 'new_day', scored: 2 })
    expect((await listQueuedScores(database.db)).map((row) => row.account_id)).toEqual([beta])
  })

  it('scores again when a backtest changes the policy of the champion', async () => {
    await makeChampion(FIRST)
    await refresh()
    const policy = { enter: 0.1, stages: [], basis: { enter: 'a capacity', stages: 'none' } }
    await storeVersionPolicy(database.db, FIRST, policy)
    const setAt = async () => (await readScoresState(database.db, MORNING)).policySetAt
    const first = await setAt()
    await storeVersionPolicy(database.db, FIRST, policy)
    expect(await setAt()).toBe(first)
    const setTo = (instant: Instant) =>
      database.pool.query('update model_version set policy_set_at = $1 where is_champion', [instant])
    await setTo(at('2025-03-10T08:30:00'))
    expect(await refresh(at('2025-03-10T09:00:00'))).toMatchObject({ because: 'another_policy' })
    expect(await refresh(at('2025-03-10T09:00:30'))).toEqual({ kind: 'fresh' })
  })

  it('of many workers at once scores in one', async () => {
    await makeChampion(FIRST)
    const rounds = await Promise.all([refresh(), refresh()])
    const kinds = rounds.map((round) => round.kind).toSorted()
    expect(kinds[1]).toBe('scored')
    expect(['another_worker', 'fresh']).toContain(kinds[0])
  })

  it('leaves the scoring to the worker that holds the lock, and takes over when that one fails', async () => {
    await makeChampion(FIRST)
    const other = withExclusiveWork(database.db, 'winrate.refresh-scores', async () => {
      expect(await refresh()).toEqual({ kind: 'another_worker' })
      throw new Error('killed')
    })
    await expect(other).rejects.toThrow('killed')
    expect(await refresh()).toMatchObject({ kind: 'scored' })
  })

  it('that is aborted keeps the scores stored before', async () => {
    await makeChampion(FIRST)
    await refresh()
    await expect(refresh(at('2025-03-11'), AbortSignal.abort())).rejects.toThrow('aborted')
    expect((await readScoresState(database.db, MORNING)).stored).toMatchObject({ asOf: MORNING })
  })
})

describe('the refresh loop', () => {
  it('refreshes immediately and at each poll, continues after a failure, and ends when the signal aborts', async () => {
    const stop = new AbortController()
    const seen: (RefreshResult['kind'] | 'failure')[] = []
    const clock = [
      () => MORNING,
      async () => {
        await makeChampion(FIRST)
        throw new Error('no answer')
      },
      () => MORNING,
      () => MORNING,
    ]
    const look = (kind: RefreshResult['kind'] | 'failure') => {
      seen.push(kind)
      if (seen.length === 4) stop.abort()
    }
    await refreshLoop(database.db, {
      policy: loadPolicy(),
      playbook: loadPlaybook(),
      now: () => clock[seen.length]?.() ?? MORNING,
      pollMs: 50,
      signal: stop.signal,
      onRefreshed: (round) => look(round.kind),
      onFailure: () => look('failure'),
    })
    expect(seen).toEqual(['no_champion', 'failure', 'scored', 'fresh'])
  })
})
