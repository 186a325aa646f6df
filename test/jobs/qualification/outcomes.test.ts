import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { FEED_TYPES } from '../../../src/core/qualification/event-types.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { scoreEverybody, scoreSome } from '../../../src/jobs/scoring/score.ts'
import { recordHandoff } from '../../../src/jobs/qualification/sales-handoff.ts'
import { lastSequence, listEvents, sequenceEvents } from '../../../src/store/delivery/events.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import { listTimeline } from '../../../src/store/features/timeline.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { addAccount, at, removeFacts } from '../../support/facts.ts'
import { importText } from '../../support/import-text.ts'
import { testPolicy } from '../../support/store-scores.ts'

// Every account that is not a competitor is listed immediately.
const policy = testPolicy({
  qualified_probability: { enter: 0, exit: 0 },
  minimum_evidence: 'low',
  exclusions: { attributes: [{ name: 'competitor', field: 'industry', is_any_of: ['software'] }] },
})
const model = prepareArtifact(artifactOf(), 'm-1')
let database: TestDatabase
let listed: number
let unlisted: number

beforeAll(async () => {
  database = await createTestDatabase()
  await insertModelVersion(database.db, 'm-1', artifactOf())
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.pool.query('truncate scoring_run, event, account, opportunity cascade')
  await removeFacts(database.db)
  listed = await addAccount(database.db, 'listed', at('2025-01-01'))
  unlisted = await addAccount(database.db, 'unlisted', at('2025-01-01'), { name: 'unlisted', industry: 'software' })
})

const HEADER = 'external_id,account_external_id,opened_at,closed_at,outcome,known_at'
const importRows = async (...rows: readonly string[]) => {
  const { counts } = await importText(database, 'opportunities', `${[HEADER, ...rows].join('\n')}\n`)
  expect(counts).toMatchObject({ rejected: 0 })
}
/** Scores all accounts and reads the outcome events that this adds. */
const told = async (asOf: Instant, run: () => Promise<unknown> = () => everybody(asOf)) => {
  const after = await lastSequence(database.db)
  await run()
  await sequenceEvents(database.db)
  const types = FEED_TYPES.filter((type) => type.startsWith('opportunity.'))
  const events = await listEvents(database.db, { after, limit: 100, types })
  return events.map(({ type, accountId, motion, payload }) => [type, payload['opportunity'], accountId, motion])
}
const everybody = (asOf: Instant) => scoreEverybody(database.db, model, asOf, undefined, policy)

it('every account scored before has one event per outcome, and another when the outcome changes', async () => {
  expect(await told(at('2025-03-01'))).toEqual([])
  await recordHandoff(database.db, policy, { accountId: listed, actor: 'Kim', work: { kind: 'claim' } })
  await importRows('O-1,listed,2025-03-01,,open,2025-03-02', 'O-2,unlisted,2025-03-01,,open,2025-03-02')
  expect(await told(at('2025-03-03'))).toEqual([])

  await importRows(
    'O-1,listed,2025-03-01,2025-03-04,won,2025-03-04',
    'O-2,unlisted,2025-03-01,2025-03-04,lost,2025-03-04',
  )
  expect((await told(at('2025-03-05'))).toSorted()).toEqual([
    ['opportunity.lost', 'O-2', unlisted, null],
    ['opportunity.won', 'O-1', listed, 'new_business'],
  ])
  expect(await told(at('2025-03-05'))).toEqual([])
  expect(await told(at('2025-03-06'))).toEqual([])

  await importRows('O-2,unlisted,2025-03-01,,open,2025-03-07')
  expect(await told(at('2025-03-08'))).toEqual([])
  await importRows('O-2,unlisted,2025-03-01,2025-03-09,won,2025-03-09')
  const alone = () =>
    database.db.transaction().execute((db) => scoreSome(db, model, [unlisted], at('2025-03-10'), policy))
  expect(await told(at('2025-03-10'), alone)).toEqual([['opportunity.won', 'O-2', unlisted, null]])
  expect(await told(at('2025-03-10'), alone)).toEqual([])
  expect(await told(at('2025-03-11'))).toEqual([])
})

it('opportunities closed before the first score, or more than 30 days ago, have no event', async () => {
  await importRows('O-1,unlisted,2025-02-01,2025-02-20,lost,2025-02-20')
  expect(await told(at('2025-03-01'))).toEqual([])
  await importRows(
    'O-2,unlisted,2024-02-01,2024-03-20,won,2025-03-01',
    'O-3,listed,2025-01-01,2025-01-30,lost,2025-03-01',
  )
  expect(await told(at('2025-03-02'))).toEqual([])
  expect(await told(at('2025-03-03'))).toEqual([])
  const timeline = await listTimeline(database.db, unlisted, at('2199-01-01'), { limit: 100 })
  expect(timeline.filter(({ source }) => source === 'event').map(({ type }) => type)).not.toContain('opportunity.known')
})

it('an opportunity of a merged account has no second event', async () => {
  const survivor = await addAccount(database.db, 'survivor', at('2025-01-01'), { industry: 'software' })
  await told(at('2025-03-01'))
  await importRows('O-1,unlisted,2025-03-01,2025-03-04,lost,2025-03-04')
  expect(await told(at('2025-03-05'))).toEqual([['opportunity.lost', 'O-1', unlisted, null]])
  await database.pool.query(
    `insert into account_merge (account_id, into_account_id, known_at, backfilled) values ($1, $2, '2025-03-06', false)`,
    [unlisted, survivor],
  )
  expect(await told(at('2025-03-07'))).toEqual([])
})
