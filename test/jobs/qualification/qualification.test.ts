import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fold } from '../../../src/core/qualification/state.ts'
import { createRandom } from '../../../src/core/base/random.ts'
import { type Instant, instantPlusDays } from '../../../src/core/base/time.ts'
import { listQualifiedAt } from '../../../src/jobs/qualification/qualified-accounts-at.ts'
import { recordHandoff } from '../../../src/jobs/qualification/sales-handoff.ts'
import { listMotionEvents, listStageMoves } from '../../../src/store/qualification/account-events.ts'
import { listEvents, sequenceEvents } from '../../../src/store/delivery/events.ts'
import { readClock } from '../../../src/store/database/read-clock.ts'
import { listScoresAt } from '../../../src/store/scoring/score-history.ts'
import { listQualified } from '../../../src/store/qualification/qualified-list.ts'
import { listStates } from '../../../src/store/qualification/motion-states.ts'
import { findLastRunId } from '../../../src/store/scoring/write-scores.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { storeScores, testPolicy } from '../../support/store-scores.ts'

const START = '2026-03-01T00:00:00.000000Z' as Instant
const day = (days: number) => instantPlusDays(START, days)
const policy = testPolicy()
let database: TestDatabase
let accounts: number[]

beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 10 })
  for (const version of ['v1', 'v2']) await insertModelVersion(database.db, version)
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.pool.query('truncate account, scoring_run restart identity cascade')
  accounts = []
  for (let index = 0; index < 4; index += 1) accounts.push(await insertAccount(database.db, `a${index}`))
})

const nameOf = (accountId: number) => `a${accounts.indexOf(accountId)}`
const given = (probabilities: readonly (number | null)[]) =>
  probabilities.flatMap((probability, index) => {
    const accountId = accounts[index] ?? 0
    const score = publishedScore({ account_external_id: nameOf(accountId), qualified_probability: probability })
    return probability === null ? [] : [{ accountId, score }]
  })
const tables = ['account_score', 'account_score_change', 'account_stage', 'account_state', 'event'] as const
const contents = async () => {
  const rows = await Promise.all(
    tables.map((table) => database.pool.query(`select t::text from ${table} t order by 1`)),
  )
  return JSON.stringify(rows.map((found) => found.rows))
}
const typesOf = async (accountId: number) => {
  const { rows } = await database.pool.query('select type from event where account_id = $1 order by event_id', [
    accountId,
  ])
  return rows.map(({ type }) => type)
}
const now = () => readClock(database.db)
const listNow = async () => listQualified(database.db, { minimumProbability: 0, limit: 500, now: await now() })

describe('committing a scoring run', () => {
  it('writes scores, stages, states and events together, and nothing when nothing has changed', async () => {
    expect(await storeScores(database.db, day(0), given([0.2, 0.01, 0.06]))).toMatchObject({ changed: 3 })
    expect(await typesOf(accounts[0] ?? 0)).toEqual(['account.stage_changed', 'account.qualified'])
    expect(await typesOf(accounts[1] ?? 0)).toEqual(['account.stage_changed'])
    const before = await contents()
    expect(await storeScores(database.db, day(1), given([0.2, 0.01, 0.06]))).toMatchObject({ changed: 0, events: 0 })
    expect(await contents()).toBe(before)
    expect((await listNow()).map(({ score }) => score.as_of)).toEqual([day(1), day(1)])
  })

  it('gives the version, the probability, the stage and the reason in every event', async () => {
    await storeScores(database.db, day(0), given([0.2]))
    await sequenceEvents(database.db)
    const feed = await listEvents(database.db, { after: 0, limit: 10, types: ['account.qualified'] })
    expect(feed.at(-1)).toMatchObject({
      type: 'account.qualified',
      modelVersion: 'v1',
      motion: 'new_business',
      payload: { qualified_probability: 0.2, buying_stage: 'decision', reason: 'entered', external_id: 'a0' },
    })
    expect(feed.at(-1)?.payload['reasons']).toHaveLength(3)
  })

  it('has an event when a family score has moved by the step, also in several small moves', async () => {
    const [accountId = 0] = accounts
    for (const [at, intent] of [48, 54, 58, 64, 68].entries()) {
      const scores = { account_fit: 71, contact_fit: 64, engagement: 93, intent }
      const score = publishedScore({ account_external_id: 'a0', qualified_probability: 0.01, scores })
      await storeScores(database.db, day(at), [{ accountId, score }])
    }
    const { rows } = await database.pool.query(
      `select payload from event where type = 'score.changed' order by event_id`,
    )
    expect(rows.map(({ payload }) => [payload.previous_scores.intent, payload.scores.intent])).toEqual([
      [48, 58],
      [58, 68],
    ])
  })

  it('that fails in the middle changes nothing', async () => {
    await storeScores(database.db, day(0), given([0.2, 0.06]))
    const before = await contents()
    // The events come last, after scores, stages and states have been written.
    await database.pool.query(
      `create function fail() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
       create trigger fail before insert on event for each statement execute function fail()`,
    )
    await expect(storeScores(database.db, day(20), given([0.01, 0.3, 0.4]))).rejects.toThrow('killed')
    await database.pool.query('drop trigger fail on event; drop function fail()')
    expect(await contents()).toBe(before)
    expect(await storeScores(database.db, day(20), given([0.01, 0.3, 0.4]))).toMatchObject({ changed: 3 })
  })

  it('closes the current rows of a removed account and keeps its history', async () => {
    await storeScores(database.db, day(0), given([0.2, 0.3]))
    const then = await now()
    await storeScores(database.db, day(1), given([0.2]))
    expect((await listNow()).map(({ externalId }) => externalId)).toEqual(['a0'])
    expect(await typesOf(accounts[1] ?? 0)).toEqual([
      'account.stage_changed',
      'account.qualified',
      'account.stage_changed',
      'account.disqualified',
    ])
    expect(await listScoresAt(database.db, accounts, await now())).toHaveLength(1)
    expect(await listScoresAt(database.db, accounts, then)).toHaveLength(2)
    const moves = await listStageMoves(database.db, accounts[1] ?? 0, await now())
    expect(moves.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      [null, 'decision', 'first_scored'],
      ['decision', null, 'account_gone'],
    ])
  })

  it('keeps the newer score of an account that was rescored meanwhile', async () => {
    await storeScores(database.db, day(0), given([0.2, 0.2]))
    const seenRunId = await findLastRunId(database.db)
    const [first = 0] = accounts
    const [newer] = given([0.4])
    await storeScores(database.db, day(2), newer ? [newer] : [], { accountIds: [first] })
    await storeScores(database.db, day(1), given([0.3, 0.3]), { seenRunId })
    expect((await listNow()).map(({ score }) => score.qualified_probability)).toEqual([0.4, 0.3])
  })

  it('decides again with another version, which the events name', async () => {
    await storeScores(database.db, day(0), given([0.2, 0.01]))
    await storeScores(database.db, day(1), given([0.01, 0.2]), { version: 'v2' })
    const events = await listMotionEvents(database.db, await now())
    expect(events.map(({ type, payload }) => [type, payload['reason']])).toEqual([
      ['account.qualified', 'entered'],
      ['account.disqualified', 'model_changed'],
      ['account.qualified', 'model_changed'],
    ])
  })

  it('by many processes at once leaves the states that the events give', async () => {
    const random = createRandom('many at once')
    const draw = () => given(accounts.map(() => random.next() * 0.1))
    await storeScores(database.db, day(0), draw())
    const claims = ['Kim', 'Lee'].map((actor) => async () => {
      for (const accountId of accounts)
        await recordHandoff(database.db, policy, { accountId, actor, work: { kind: 'claim' } })
    })
    await Promise.all([
      ...[11, 12, 13].map((at) => storeScores(database.db, day(at), draw())),
      ...claims.map((claim) => claim()),
    ])
    const events = await listMotionEvents(database.db, await now())
    for (const accountId of accounts) {
      const [stored] = await listStates(database.db, accountId)
      expect(stored?.state).toEqual(fold(events.filter((event) => event.accountId === accountId)))
    }
  })
})

describe('a person who works an account', () => {
  const work = (kind: 'claim' | 'contacted' | 'accept', actor: string, accountId = accounts[0] ?? 0) =>
    recordHandoff(database.db, policy, { accountId, actor, work: { kind } })

  it('is the only one: of many concurrent claims one succeeds, and the others are refused with the owner', async () => {
    await storeScores(database.db, day(0), given([0.2, 0.1]))
    const outcomes = await Promise.all(['Kim', 'Lee', 'Sam', 'Pat'].map((actor) => work('claim', actor)))
    const [winner] = outcomes.flatMap((outcome) => (outcome.kind === 'done' ? [outcome.state.owner] : []))
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'refused')).toEqual(
      Array.from({ length: 3 }, () => ({ kind: 'refused', because: 'claimed_by_another', owner: winner })),
    )
    expect((await listNow()).map(({ externalId }) => externalId)).toEqual(['a1'])
  })

  it('claims, contacts and accepts it; a repeated step changes nothing', async () => {
    await storeScores(database.db, day(0), given([0.2]))
    expect((await work('claim', 'Kim')).kind).toBe('done')
    expect((await work('claim', 'Kim')).kind).toBe('unchanged')
    expect((await work('contacted', 'Kim')).kind).toBe('done')
    expect((await work('claim', 'Kim')).kind).toBe('unchanged')
    expect(await work('accept', 'Lee')).toMatchObject({ because: 'claimed_by_another' })
    expect(await work('accept', 'Kim')).toMatchObject({ kind: 'done', state: { state: 'accepted', owner: 'Kim' } })
    expect(await work('claim', 'Kim', 999)).toMatchObject({ kind: 'refused', because: 'not_on_the_list' })
  })

  it('and rejects it takes it off the list for the pause and changes nothing else', async () => {
    await storeScores(database.db, day(0), given([0.2]))
    const [before] = await listStates(database.db, accounts[0] ?? 0)
    const reject = () =>
      recordHandoff(database.db, policy, {
        accountId: accounts[0] ?? 0,
        actor: 'Kim',
        work: { kind: 'reject', reason: 'no budget this year' },
      })
    expect((await reject()).kind).toBe('done')
    expect((await reject()).kind).toBe('unchanged')
    expect(await work('claim', 'Lee')).toMatchObject({ because: 'paused' })
    expect(await listNow()).toEqual([])
    const [after] = await listStates(database.db, accounts[0] ?? 0)
    expect(after?.state).toMatchObject({ state: before?.state.state, since: before?.state.since, enteredAt: day(0) })
    const pausedUntil = after?.state.pausedUntil ?? START
    const later = { minimumProbability: 0, limit: 9, now: pausedUntil }
    expect(await listQualified(database.db, later)).toHaveLength(1)
    await sequenceEvents(database.db)
    const [told] = await listEvents(database.db, { after: 0, limit: 9, types: ['account.rejected'] })
    expect(told).toMatchObject({ actor: 'Kim', payload: { reason: 'no budget this year', paused_until: pausedUntil } })
  })
})

describe('what was stored at an instant', () => {
  it('is returned unchanged to the bit, for 200 accounts at 20 instants', async () => {
    const random = createRandom('history')
    for (let index = 4; index < 200; index += 1) accounts.push(await insertAccount(database.db, `a${index}`))
    const probabilities = accounts.map(() => random.next() * 0.1)
    const moments: { at: Instant; scores: unknown; list: unknown }[] = []
    for (let round = 0; round < 20; round += 1) {
      const changing = probabilities.map((before) => (random.next() < 0.3 ? random.next() * 0.1 : before))
      changing.forEach((probability, index) => (probabilities[index] = probability))
      const scored = given(probabilities).filter(() => random.next() > 0.02)
      const some = round % 3 === 2 ? scored.slice(0, 20) : scored
      const accountIds = some === scored ? {} : { accountIds: some.map(({ accountId }) => accountId) }
      await storeScores(database.db, day(round), some, { version: round < 12 ? 'v1' : 'v2', ...accountIds })
      for (const accountId of [random.pick(accounts), random.pick(accounts)])
        await recordHandoff(database.db, policy, { accountId, actor: 'Kim', work: { kind: 'claim' } })
      const rejected = { kind: 'reject', reason: 'no' } as const
      await recordHandoff(database.db, policy, { accountId: random.pick(accounts), actor: 'Lee', work: rejected })
      const { rows } = await database.pool.query('select account_id, score from account_score order by account_id')
      expect(rows.length).toBeGreaterThan(150)
      moments.push({ at: await now(), scores: rows, list: await listNow() })
    }
    const sorted = accounts.toSorted((one, other) => one - other)
    for (const { at, scores, list } of moments) {
      const found = await listScoresAt(database.db, sorted, at)
      const withoutAsOf = (score: object) => ({ ...score, as_of: null })
      const stored = scores as readonly { account_id: number; score: object }[]
      expect(found.map(({ accountId, score }) => [accountId, withoutAsOf(score)])).toEqual(
        stored.map(({ account_id: accountId, score }) => [accountId, withoutAsOf(score)]),
      )
      const listed = await listQualifiedAt(database.db, { minimumProbability: 0, limit: 500, at })
      const withoutRun = (all: unknown) =>
        (all as typeof listed).map((one) => ({ ...one, position: one.position.place }))
      expect(withoutRun(listed)).toEqual(withoutRun(list))
      const all = await listQualifiedAt(database.db, { minimumProbability: 0.03, limit: 7, at })
      const after = all[3]?.position
      const rest = await listQualifiedAt(database.db, { minimumProbability: 0.03, limit: 3, at, after })
      expect(rest).toEqual(all.slice(4))
    }
    const { rows } = await database.pool.query('select count(*)::int as changes from account_score_change')
    expect(rows[0].changes).toBeLessThan(20 * 200 * 0.6)
  })
})
