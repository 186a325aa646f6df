import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ageSnapshot } from '../../../src/core/explanation/age-snapshot.ts'
import type { ModelChange } from '../../../src/core/explanation/published-explanation.ts'
import { Policy } from '../../../src/core/qualification/policy.ts'
import { type ModelArtifact, prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { explainStoredAccount } from '../../../src/jobs/scoring/explain.ts'
import { promote } from '../../../src/jobs/registry/promote.ts'
import { scoreEverybody } from '../../../src/jobs/scoring/score.ts'
import { listSnapshots } from '../../../src/store/features/account-snapshots.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import { findChampionVersionAt } from '../../../src/store/registry/promotions.ts'
import { listScoresAt } from '../../../src/store/scoring/score-history.ts'
import { loadedModel } from '../../core/explanation/support.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import {
  addAccount,
  addActivity,
  addContact,
  addFeedStart,
  addIntentSignal,
  addOpportunity,
  addVersion,
  at,
} from '../../support/facts.ts'

/** A version whose in-market coefficients are all larger. */
const artifact = artifactOf()
const heavier: ModelArtifact = {
  ...artifact,
  models: artifact.models.map(({ model, logistic }) => ({
    model,
    logistic: {
      ...logistic,
      intercept: logistic.intercept - 0.2,
      coefficients: logistic.coefficients.map((one) => one * 1.5),
    },
  })),
}
const first = prepareArtifact(artifact, 'm-1')
const second = prepareArtifact(heavier, 'm-2')
const policy = Policy.parse({ qualified_probability: { enter: 0.5 } })
const now = at('2024-10-20')
const since = at('2024-10-01')

let database: TestDatabase
const ids = { acme: 0, dealing: 0, late: 0 }

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  await insertModelVersion(db, 'm-1', artifact)
  await insertModelVersion(db, 'm-2', heavier)
  for (const fact of ['activity', 'intent_signal'] as const) {
    await addFeedStart(db, fact, { source: 'all', kind: 'visit', occurred_at: at('2000-01-01') })
  }
  ids.acme = await addAccount(db, 'acme', at('1900-01-01'), { name: 'Acme', industry: 'steel' })
  ids.dealing = await addAccount(db, 'dealing', at('2024-01-01'))
  ids.late = await addAccount(db, 'late', at('2024-10-10'))
  const ann = await addContact(db, 'ann', [{ known_at: at('1900-01-01'), account_id: ids.acme, buying_role: 'user' }])
  // Three visits that are seen on 1 October, of which two are too old on the 20th; then one more, and research.
  for (const day of ['2024-09-10', '2024-09-12', '2024-09-25', '2024-10-15']) {
    await addActivity(db, ids.acme, { kind: 'visit', occurred_at: at(day), contact_id: ann })
  }
  await addIntentSignal(db, ids.acme, { topic: 'crm', observed_at: at('2024-10-12'), strength: '80' })
  await addVersion(db, ids.acme, { known_at: at('2024-10-05'), attributes: { name: 'Acme', industry: 'software' } })
  await addOpportunity(db, ids.dealing, 'deal', [{ known_at: at('2024-10-08'), opened_at: at('2024-10-08') }])
})
afterAll(() => database.drop())

const explain = (
  accountId: number,
  options: { loaded?: typeof first; since?: Instant; asOf?: Instant; now?: Instant } = {},
) => explainStoredAccount(database.db, options.loaded ?? first, accountId, { policy, now, ...options })

const told = (change: ModelChange | undefined) =>
  change?.parts.map(({ cause, sentence }) => `${cause}: ${sentence}`).toSorted()

describe('why a score changed', () => {
  it('is split into passed time and new facts', async () => {
    const { change, score } = (await explain(ids.acme, { since })) ?? {}
    const [inMarket, win] = change?.models ?? []
    // On 1 October all three visits lie within 30 days; on the 20th only that of 25 September, and the new one.
    expect(told(inMarket)).toEqual([
      'new_facts: 1 more visit in the last 30 days (now 2)',
      'new_facts: Research reached strength 80 of 100 in the last 30 days (was 0 of 100)',
      'time: 2 fewer visits in the last 30 days (now 1)',
    ])
    expect(told(win)).toContain('new_facts: Industry: software (was steel)')
    // Visits / 2: -1 by time, +0.5 by the new one; strength 80 / 50 x 0.5 = 0.8.
    expect(inMarket?.causes?.time).toBeCloseTo(-1, 9)
    expect(inMarket?.causes?.new_facts).toBeCloseTo(1.3, 9)
    expect(inMarket?.causes?.version).toBe(0)
    expect(inMarket?.to?.probability).toBe(score?.in_market_probability)
    expect(inMarket?.sentence).toMatch(
      /^The chance that an opportunity opens within 90 days rose from .*: new facts \+1\.30, time passing -1\.00\.$/,
    )
  })

  it('separates the effect of a new version from that of facts', async () => {
    await promote(database.db, 'm-1', { promotedBy: 'test', force: true, reason: 'test' })
    await database.pool.query(`update promotion set promoted_at = '2024-09-01'`)
    const { change } = (await explain(ids.acme, { since, loaded: second })) ?? {}
    expect(change?.version_then).toBe('m-1')
    const [inMarket] = change?.models ?? []
    expect(inMarket?.causes?.time).toBeCloseTo(-1, 9)
    expect(inMarket?.causes?.new_facts).toBeCloseTo(1.3, 9)
    // -0.2 of intercept, and half as much again of 2 / 2 visits and of 0.8 for research.
    expect(inMarket?.causes?.version).toBeCloseTo(-0.2 + 0.5 + 0.4, 9)
    const gap = (inMarket?.to?.log_odds ?? 0) - (inMarket?.from?.log_odds ?? 0)
    const parts = inMarket?.parts.reduce((sum, { log_odds: part }) => sum + part, 0) ?? 0
    expect(Math.abs(gap - parts)).toBeLessThan(1e-9)
  })

  it('is unknown when an opportunity has opened since, or the account was not known', async () => {
    const { change } = (await explain(ids.dealing, { since })) ?? {}
    expect(change?.sentence).toBe(
      'Since 2024-10-01 an opportunity has opened: the question is now whether it will be won.',
    )
    expect(change?.models.map(({ model, from, to, causes }) => [model, from === null, to === null, causes])).toEqual([
      ['in_market', false, true, null],
      ['win', false, true, null],
      ['win_open', true, false, null],
    ])
    const unknown = await explain(ids.late, { since })
    expect(unknown?.change).toMatchObject({ known_then: false, models: [] })
    expect(await explain(ids.late, { now: since })).toBeUndefined()
  })
})

describe('a past score', () => {
  it('is explained as stored, and compared with the score of the current facts', async () => {
    await scoreEverybody(database.db, first, at('2024-10-03'))
    const later = at('2100-01-01')
    const before = await explain(ids.acme, { loaded: second, asOf: later, now: later })
    expect(before).toMatchObject({ matches_stored: true, score: { as_of: at('2024-10-03'), model_version: 'm-1' } })
    // A visit that is recorded today with an earlier known-at.
    await addActivity(database.db, ids.acme, {
      kind: 'visit',
      occurred_at: at('2024-10-01'),
      known_at: at('2024-10-01'),
    })
    expect(await explain(ids.acme, { asOf: later, now: later })).toMatchObject({ matches_stored: false })
  })

  it('is visible from its instant on for every reader, and not a microsecond before', async () => {
    const { rows } = await database.pool.query<{ stored: Instant; before: Instant }>(
      `select stored_at as stored, stored_at - interval '1 microsecond' as before from scoring_run order by 1 desc limit 1`,
    )
    const [{ stored, before } = { stored: now, before: now }] = rows
    const answers = async (asOf: Instant) => [
      (await listScoresAt(database.db, [ids.acme], asOf))[0]?.score.as_of,
      (await explain(ids.acme, { asOf, now: stored }))?.score.as_of,
    ]
    expect(await answers(stored)).toEqual([at('2024-10-03'), at('2024-10-03')])
    // No score was stored: the instant itself is explained.
    expect(await answers(before)).toEqual([undefined, before])
  })

  it('is explained by the champion of that instant', async () => {
    await database.pool.query(`update promotion set promoted_at = '2024-09-01'`)
    const version = (asOf: string) => findChampionVersionAt(database.db, at(asOf))
    expect([await version('2024-08-31T23:59:59.999999'), await version('2024-09-01')]).toEqual([undefined, 'm-1'])
  })

  it('that was not stored is computed as of the instant, without a comparison', async () => {
    const explanation = await explain(ids.acme, { asOf: at('2024-09-20') })
    expect(explanation).toMatchObject({ matches_stored: null, score: { as_of: at('2024-09-20') } })
  })
})

describe('the same facts, seen later', () => {
  it('equal the result of the point-in-time query when no fact has become known in between', async () => {
    const { lookback } = loadedModel(1).featureSet
    const quiet = [ids.acme, ids.dealing]
    // No fact lies between these days; windows move on, and cells leave the longest one.
    for (const [then, later] of [
      [at('2024-11-01T08:00:00'), at('2024-11-01T20:00:00')],
      [at('2024-11-01'), at('2025-01-20T13:00:00')],
      [at('2024-11-01'), at('2025-06-30')],
    ] as const) {
      const asked = (asOf: Instant) => quiet.map((accountId) => ({ accountId, asOf }))
      const earlier = await listSnapshots(database.db, asked(then), lookback)
      const expected = await listSnapshots(database.db, asked(later), lookback)
      const aged = earlier.map((snapshot) => snapshot && ageSnapshot(snapshot, later, lookback))
      expect(aged).toEqual(expected)
      expect(earlier[0]?.activities.length).toBeGreaterThan(0)
      expect(() => expected[0] && ageSnapshot(expected[0], then, lookback)).toThrow('that is earlier')
    }
  })
})
