import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Outlook } from '../../../src/core/qualification/playbook/decide-actions.ts'
import { type Instant, instantPlusDays } from '../../../src/core/base/time.ts'
import { listActions, listActionsAt } from '../../../src/jobs/qualification/playbook.ts'
import { recordHandoff } from '../../../src/jobs/qualification/sales-handoff.ts'
import { listEvents, sequenceEvents } from '../../../src/store/delivery/events.ts'
import { readClock } from '../../../src/store/database/read-clock.ts'
import { groupOf, QUIET } from '../../core/qualification/playbook/support.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { type GivenScore, storeScores, testPolicy } from '../../support/store-scores.ts'

// Rows are stored with the current time. The facts are dated later, so that no action expires during the test.
const START = '2199-01-01T00:00:00.000000Z' as Instant
const day = (days: number) => instantPlusDays(START, days)
const outlook: Outlook = { situation: QUIET, group: groupOf() }
let database: TestDatabase
let accountId: number

beforeAll(async () => {
  database = await createTestDatabase()
  await insertModelVersion(database.db, 'v1')
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.pool.query('truncate account, scoring_run restart identity cascade')
  accountId = await insertAccount(database.db, 'acme')
})

const given = (stage: 'awareness' | 'decision', more: Partial<GivenScore> = {}): GivenScore => {
  const grades = { account_fit: 'B', contact_fit: 'B', engagement: 'B', intent: 'B' } as const
  const score = publishedScore({ account_name: 'Acme', buying_stage: stage, qualified_probability: 0.01, grades })
  return { accountId, score, outlook, ...more }
}
const rulesNow = async (at: Instant = day(0)) =>
  ((await listActions(database.db, [accountId], at)).get(accountId) ?? []).map(({ action }) => action.rule)
const contents = async () => {
  const { rows } = await database.pool.query('select to_jsonb(a) from account_action a order by account_id, rule')
  return JSON.stringify(rows)
}

describe('the actions of an account', () => {
  it('are stored with an event in the run that scores the account, and not again without a change', async () => {
    await storeScores(database.db, day(0), [given('awareness')])
    expect(await rulesNow()).toEqual(['show_display_ads'])
    const before = await contents()
    expect(await storeScores(database.db, day(1), [given('awareness')])).toMatchObject({ changed: 0, events: 0 })
    expect(await contents()).toBe(before)
    await sequenceEvents(database.db)
    const feed = await listEvents(database.db, { after: 0, limit: 10, types: ['action.triggered'] })
    expect(feed).toHaveLength(1)
    expect(feed[0]).toMatchObject({
      accountId,
      modelVersion: 'v1',
      payload: {
        rule: 'show_display_ads',
        expires_at: day(30),
        external_id: 'acme',
        action: { channel: 'display_ads' },
      },
    })
  })

  it('at an instant are those that had been stored by then', async () => {
    await storeScores(database.db, day(0), [given('awareness')])
    const then = await readClock(database.db)
    await storeScores(database.db, day(1), [given('decision')])
    const later = await readClock(database.db)
    const rulesAt = async (at: Instant) =>
      (await listActionsAt(database.db, accountId, at)).map(({ action }) => action.rule)
    expect(await rulesAt('2026-01-01T00:00:00.000000Z' as Instant)).toEqual([])
    expect(await rulesAt(then)).toEqual(['show_display_ads'])
    expect(await rulesAt(later)).toEqual(['start_cadence'])
    expect(await listActionsAt(database.db, accountId, later)).toEqual(
      (await listActions(database.db, [accountId], later)).get(accountId),
    )
  })

  it('end when they expire', async () => {
    await storeScores(database.db, day(0), [given('awareness')])
    expect(await rulesNow(instantPlusDays(day(30), 0))).toEqual([])
    expect(await rulesNow(day(29))).toEqual(['show_display_ads'])
  })

  it('end with an open complaint, which also excludes the account from the list', async () => {
    await storeScores(database.db, day(0), [given('awareness')])
    await storeScores(database.db, day(1), [given('awareness', { facts: { excludedBy: ['open_complaint'] } })])
    expect(await rulesNow(day(1))).toEqual([])
    const { rows } = await database.pool.query('select ended_because from account_action')
    expect(rows).toEqual([{ ended_because: 'open_complaint' }])
  })

  it('end when sales rejects the account, and are not triggered during the pause', async () => {
    const score = publishedScore({ buying_stage: 'decision', qualified_probability: 0.2 })
    const listed = [{ accountId, score, outlook }]
    await storeScores(database.db, day(0), listed)
    expect(await rulesNow()).toEqual(['start_cadence'])
    const work = { kind: 'reject', reason: 'no_budget' } as const
    // The handoff has the current time; the open actions were triggered earlier.
    const now = await readClock(database.db)
    await recordHandoff(database.db, testPolicy(), { accountId, actor: 'Kim', work })
    expect(await rulesNow(now)).toEqual([])
    expect(await storeScores(database.db, instantPlusDays(now, 1), listed)).toMatchObject({ events: 0 })
  })

  it('end when the account is removed', async () => {
    await storeScores(database.db, day(0), [given('awareness')])
    await storeScores(database.db, day(1), [])
    expect(await rulesNow(day(1))).toEqual([])
  })

  it('are not triggered for the control group', async () => {
    const policy = testPolicy({ holdout: { share: 0.5, band: 1 } })
    const others: GivenScore[] = []
    for (let index = 0; index < 12; index += 1) {
      const score = publishedScore({ buying_stage: 'awareness', qualified_probability: 0.06 })
      others.push({ accountId: await insertAccount(database.db, `b${index}`), score, outlook })
    }
    await storeScores(database.db, day(0), others, { policy })
    const { rows: inControlGroup } = await database.pool.query(
      `select account_id from event where type = 'holdout.assigned' and payload ->> 'group' = 'control'`,
    )
    const acted = await listActions(
      database.db,
      others.map((other) => other.accountId),
      day(0),
    )
    expect(inControlGroup.length).toBeGreaterThan(0)
    expect(acted.size).toBe(others.length - inControlGroup.length)
    for (const row of inControlGroup) expect(acted.has(row.account_id)).toBe(false)
  })
})
