import { describe, expect, it } from 'vitest'
import type { AccountSnapshot } from '../../../src/core/features/snapshot.ts'
import { ModelArtifact, prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { gradeOf, levelOf } from '../../../src/core/scoring/grades.ts'
import { quantilesOf } from '../../../src/core/statistics/quantiles.ts'
import { distributionsOf, partsOf, referenceStages } from '../../../src/core/scoring/artifact/reference.ts'
import { scoreAccount } from '../../../src/core/scoring/score-account.ts'
import { at, event, person, signal, snapshotOf } from '../features/support.ts'
import { artifactOf } from './support.ts'

/** Parts from 0 to 2: one of 1 is the 50th percentile, 1.6 the 80th. Those of account fit are half as large. */
const steps = quantilesOf(Array.from({ length: 201 }, (_, index) => index / 100))
const half = quantilesOf(Array.from({ length: 201 }, (_, index) => index / 200))
const reference = {
  accounts: 201,
  parts: { account_fit: half, contact_fit: steps, engagement: steps, intent: steps, fit: steps, behaviour: steps },
  stages: [],
}
const model = prepareArtifact({ ...artifactOf(), reference }, 'v1')
const software = [{ source: 'crm', attributes: { industry: 'software' }, backfilled: false }]
const score = (changes: Partial<AccountSnapshot> = {}) => scoreAccount(model, snapshotOf(changes), null)

describe('the four scores', () => {
  it("are the percentile of each family's part in the reference population", () => {
    // Engagement in market: 4/2 - 1 = 1. Intent: 0.5 x (100/50 - 0.4) = 0.8. Account fit: 0.6 x (1 - 0.25) = 0.45.
    const found = score({
      versions: software,
      activities: [event('visit', 3, 4)],
      intentSignals: [signal('crm', 5, 100)],
    })
    expect(found.scores).toEqual({ account_fit: 45, contact_fit: null, engagement: 50, intent: 40 })
    expect(found.grades).toEqual({ account_fit: 'C', contact_fit: null, engagement: 'C', intent: 'C' })
    // Behaviour: 1 + 0.8 = 1.8, the 90th percentile.
    expect(found.fit_intent).toEqual({ fit: 'weak', intent: 'strong' })
  })

  it('are 0 without activity and at least 1 with activity', () => {
    expect(score().scores).toMatchObject({ engagement: 0, intent: 0 })
    expect(score().grades).toMatchObject({ engagement: 'D', intent: 'D' })
    expect(score().fit_intent.intent).toBe('weak')
    // One visit is worth less than the least of the reference, but it is not nothing.
    expect(score({ activities: [event('visit', 3)] }).scores.engagement).toBe(1)
  })

  it('are null if it is unknown whether there was activity', () => {
    const { feedStarts } = snapshotOf()
    const found = score({ feedStarts: { ...feedStarts, activity: new Map(), intent_signal: new Map() } })
    expect(found.scores).toMatchObject({ account_fit: null, engagement: null, intent: null })
    expect(found.grades).toMatchObject({ engagement: null })
    expect(found.fit_intent).toEqual({ fit: null, intent: null })
  })

  it('do not depend on other accounts: the version holds the reference population', () => {
    const one = score({ versions: software })
    const again = prepareArtifact(ModelArtifact.parse(JSON.parse(JSON.stringify({ ...artifactOf(), reference }))), 'v1')
    expect(scoreAccount(again, snapshotOf({ versions: software }), null)).toEqual(one)
  })

  it('exist while an opportunity is open, from present facts', () => {
    const now = snapshotOf({ versions: software, activities: [event('visit', 3, 4)] })
    const opened = { opportunity: 'deal-1', snapshot: snapshotOf({ asOf: at('2024-09-10') }) }
    const found = scoreAccount(model, now, opened)
    expect(found.scores).toEqual(scoreAccount(model, now, null).scores)
    expect(found.buying_stage).toBeNull()
  })

  it('are null in a version without a reference population, which otherwise scores as before', () => {
    const old = prepareArtifact(ModelArtifact.parse(JSON.parse(JSON.stringify(artifactOf()))), 'v0')
    const found = scoreAccount(old, snapshotOf({ versions: software }), null)
    expect(found.scores).toEqual({ account_fit: null, contact_fit: null, engagement: null, intent: null })
    expect(found).toMatchObject({ expected_amount: null, expected_value: null, currency: null, declared_intent: [] })
    expect(found.qualified_probability).toBe(score({ versions: software }).qualified_probability)
    expect(found.buying_stage).toBe('target')
  })
})

describe('grades and levels', () => {
  it('begin at 80, 60 and 40, and at 80 and 50', () => {
    expect([100, 80, 79, 60, 59, 40, 39, 0, null].map(gradeOf)).toEqual(['A', 'A', 'B', 'B', 'C', 'C', 'D', 'D', null])
    expect([80, 79, 50, 49, null].map(levelOf)).toEqual(['strong', 'moderate', 'moderate', 'weak', null])
  })
})

describe('a reference', () => {
  it('ranks families apart and together, without the accounts of which they are unknown', () => {
    const parts = [
      partsOf({ account_fit: 1, contact_fit: null, engagement: null, intent: null }),
      partsOf({ account_fit: 2, contact_fit: 0.5, engagement: 3, intent: null }),
    ]
    const found = distributionsOf(parts)
    expect([found.account_fit?.[0], found.account_fit?.[200]]).toEqual([1, 2])
    expect([found.fit?.[0], found.fit?.[200]]).toEqual([1, 2.5])
    expect(found.behaviour?.every((value) => value === 3)).toBe(true)
    expect(found.intent).toBeNull()
  })

  it('has stages only with enough predictions', () => {
    const { logistic } = artifactOf(['in_market']).models[0]!
    const outOfFold = Array.from({ length: 1000 }, (_, index) => ({
      id: String(index),
      fold: 0,
      logOdds: index / 250 - 4,
      won: index % 10 === 0 || index > 950,
      weight: 1,
    }))
    const stages = referenceStages(logistic, { outOfFold })
    expect(stages[0]).toEqual({ stage: 'target', from: 0 })
    expect(stages.at(-1)?.stage).toBe('purchase')
    // 145 open: 49 of the last 49 and 96 before. Purchase holds a quarter of them, the best 37, from 963/250 - 4 on.
    expect(stages.at(-1)?.from).toBeCloseTo(1 / (1 + Math.exp(0.148)), 12)
    expect(referenceStages(logistic, { outOfFold: outOfFold.slice(0, 99) })).toEqual([])
  })
})

describe('further fields of a score', () => {
  const scores = {
    declared_intent: { kinds: ['demo_request', 'free_trial_start'], within_days: 90 },
    expected_amount: { segment_by: [{ field: 'industry' }] },
  }
  const amounts = {
    currency: 'EUR',
    deals: 12,
    overall: 30_000,
    segments: [{ segment: ['software'], deals: 10, mean: 45_000, expected: 40_000 }],
    left_out: { without_amount: 0, unknown_rate: {} },
    currency_assumed: 0,
  }
  const fullModel = prepareArtifact(
    { ...artifactOf(), reference, amounts, specification: { ...artifactOf().specification, scores } },
    'v2',
  )

  it('has the expected amount of a deal, alone and times the probability', () => {
    const found = scoreAccount(fullModel, snapshotOf({ versions: software }), null)
    expect(found).toMatchObject({ expected_amount: 40_000, currency: 'EUR' })
    expect(found.expected_value).toBeCloseTo(40_000 * (found.qualified_probability ?? 0), 9)
    expect(scoreAccount(fullModel, snapshotOf(), null).expected_amount).toBe(30_000)
  })

  it('is the declared intent: the newest of each kind, and its age', () => {
    const activities = [
      event('demo_request', 40),
      event('free_trial_start', 89),
      event('demo_request', 7),
      event('visit', 0),
    ]
    expect(scoreAccount(fullModel, snapshotOf({ activities }), null).declared_intent).toEqual([
      { kind: 'demo_request', days_ago: 7 },
      { kind: 'free_trial_start', days_ago: 89 },
    ])
    const old = [event('demo_request', 90)]
    expect(scoreAccount(fullModel, snapshotOf({ activities: old }), null).declared_intent).toEqual([])
  })

  it('reads as far back as a request is shown, whatever the features need', () => {
    expect(prepareArtifact(artifactOf(), 'v1').featureSet.lookback.activityDays).toBe(30)
    expect(fullModel.featureSet.lookback.activityDays).toBe(90)
  })
})

describe('thin evidence', () => {
  it('is explained: no contact, no activity, an unknown industry', () => {
    const empty = score()
    expect(empty.evidence).toBe('low')
    expect(empty.evidence_gaps).toEqual([
      'No contact of the account is known',
      'No activity of the account is known',
      "Only 75% of the model's features are known",
      'Industry: no account with this value was in the training data',
    ])
    const mining = [{ source: 'crm', attributes: { industry: 'mining' }, backfilled: false }]
    const known = { contacts: [person(1)], activities: [event('visit', 3)] }
    expect(score({ ...known, versions: mining })).toMatchObject({
      evidence: 'medium',
      evidence_gaps: ['Industry: no account with this value was in the training data'],
    })
    expect(score({ ...known, versions: software })).toMatchObject({ evidence: 'high', evidence_gaps: [] })
  })

  it('widens the interval', () => {
    const width = (of: ReturnType<typeof score>) =>
      Math.log((of.qualified_interval?.high ?? 0) / (of.qualified_interval?.low ?? 1))
    const mining = [{ source: 'crm', attributes: { industry: 'mining' }, backfilled: false }]
    expect(width(score({ versions: mining }))).toBeGreaterThan(width(score({ versions: software })))
  })
})
