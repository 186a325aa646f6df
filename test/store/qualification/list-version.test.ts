import { type KyselyPlugin, sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Instant, instantPlusDays } from '../../../src/core/base/time.ts'
import { mergeAccounts } from '../../../src/jobs/facts/merge-accounts.ts'
import { promote } from '../../../src/jobs/registry/promote.ts'
import { recordHandoff } from '../../../src/jobs/qualification/sales-handoff.ts'
import { writeHistories } from '../../../src/store/qualification/actions.ts'
import { appendEvents, sequenceEvents } from '../../../src/store/delivery/events.ts'
import { readListVersion } from '../../../src/store/qualification/list-version.ts'
import { readClock } from '../../../src/store/database/read-clock.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../support/accounts.ts'
import { anAction } from '../../support/an-action.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { storeScores, testPolicy } from '../../support/store-scores.ts'

const START = '2026-03-01T00:00:00.000000Z' as Instant
let database: TestDatabase
let ids: number[]

beforeAll(async () => {
  database = await createTestDatabase()
  await insertModelVersion(database.db, 'v1')
  ids = [await insertAccount(database.db, 'acme'), await insertAccount(database.db, 'twin')]
})
afterAll(() => database.drop())

const version = async () => await readListVersion(database.db, await readClock(database.db))
const store = async (probability: number) => {
  const given = ids.map((accountId, index) => {
    const account_external_id = ['acme', 'twin'][index] ?? null
    return { accountId, score: publishedScore({ account_external_id, qualified_probability: probability }) }
  })
  await storeScores(database.db, START, given)
}
const work = async (kind: 'claim' | 'contacted') =>
  await recordHandoff(database.db, testPolicy(), { accountId: ids[0] ?? 0, actor: 'Kim', work: { kind } })
const anEvent = {
  type: 'account.contacted',
  accountId: null,
  motion: null,
  asOf: START,
  modelVersion: null,
  actor: 'Kim',
  payload: {},
} as const

it('changes with each step that changes the list, never returns to an earlier value, and stays equal in between', async () => {
  const { db } = database
  const steps = {
    'scores are stored': () => store(0.2),
    'they are stored again and found the same, which is a newer date': () => store(0.2),
    'somebody claims': () => work('claim'),
    'somebody contacts': () => work('contacted'),
    'a version is promoted': () => promote(db, 'v1', { promotedBy: 'test', force: true, reason: 'test' }),
    'a pause ends by itself': () =>
      database.pool.query(`update account_state set paused_until = now() where account_id = $1`, [ids[1]]),
    'an action ends by itself': () =>
      writeHistories(db, [
        {
          accountId: ids[0] ?? 0,
          triggered: { action: anAction(), triggeredAt: START, expiresAt: instantPlusDays(START, 1), ended: null },
        },
      ]),
    'an account is merged away': () => mergeAccounts(database.pool, { from: 'twin', into: 'acme' }),
  }
  const seen = [await version()]
  for (const [name, step] of Object.entries(steps)) {
    await step()
    const now = await version()
    expect(seen, name).not.toContain(now)
    seen.push(now)
    // Numbering the events changes nothing.
    await sequenceEvents(db)
    expect(await version(), name).toBe(now)
  }
})

it('changes with the event that commits last, though it was written first', async () => {
  const { db } = database
  const early = await db.startTransaction().execute()
  await appendEvents(early, [anEvent])
  const before = await version()
  await db.transaction().execute((transaction) => appendEvents(transaction, [anEvent]))
  await sequenceEvents(db)
  const between = await version()
  await early.commit().execute()
  const after = await version()
  expect(new Set([before, between, after]).size).toBe(3)
  await sequenceEvents(db)
  expect(await version()).toBe(after)
})

it('does not change before what is to end by itself has ended', async () => {
  const { db, pool } = database
  await pool.query(`update account_state set paused_until = '2098-01-01' where account_id = $1`, [ids[0]])
  const [before, until] = ['2097-12-31', '2098-01-01'].map((day) => `${day}T00:00:00.000000Z` as Instant)
  expect(await readListVersion(db, before ?? START)).toBe(await version())
  expect(await readListVersion(db, until ?? START)).not.toBe(await version())
  expect(await readListVersion(db, instantPlusDays(until ?? START, 1))).toBe(await readListVersion(db, until ?? START))
})

it('is read through indexes alone', async () => {
  const plan: string[] = []
  const explaining: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (node.kind !== 'RawNode') return node
      const [first = '', ...rest] = node.sqlFragments
      return { ...node, sqlFragments: [`explain ${first}`, ...rest] }
    },
    transformResult: async ({ result }) => {
      plan.push(...result.rows.map((row) => String(row['QUERY PLAN'])))
      return result
    },
  }
  await database.db.transaction().execute(async (transaction) => {
    // These tables are small here: what counts is that there is an index for each.
    await sql`set local enable_seqscan = off`.execute(transaction)
    await readListVersion(transaction.withPlugin(explaining), START)
  })
  const named = (pattern: RegExp) => plan.flatMap((line) => pattern.exec(line)?.[1] ?? []).toSorted()
  // One row: the last number of the feed.
  expect(named(/Seq Scan on (\w+)/)).toEqual(['event_feed'])
  expect(named(/Index.* Scan (?:Backward )?(?:using|on) (\w+)/)).toEqual([
    'account_action_by_expiry',
    'account_state_by_pause',
    'event_without_sequence',
    'model_version_one_champion',
    'scoring_run_of_merges',
    'scoring_run_pkey',
  ])
})
