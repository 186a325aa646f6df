import { describe, expect, it } from 'vitest'
import type { AccountSnapshot } from '../../../src/core/features/snapshot.ts'
import { type ModelName, prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { PublishedScore } from '../../../src/core/scoring/published-score.ts'
import { openOpportunity, scoreAccount } from '../../../src/core/scoring/score-account.ts'
import { at, event, signal, snapshotOf } from '../features/support.ts'
import { artifactOf } from './support.ts'

const model = prepareArtifact(artifactOf(), 'v1')
const sigmoid = (logOdds: number) => 1 / (1 + Math.exp(-logOdds))

/** Four visits, research at strength 100, a software company. */
const busy = snapshotOf({
  versions: [
    { source: 'bought', attributes: { name: 'ACME GmbH', industry: 'retail' }, backfilled: true },
    { source: 'crm', attributes: { name: 'Acme', industry: 'software' }, backfilled: false },
  ],
  activities: [event('visit', 3, 4)],
  intentSignals: [signal('crm', 5, 100)],
})

describe('an account without an open opportunity', () => {
  const score = scoreAccount(model, busy, null)

  it('has the probability that one opens, that it is won, and their product', () => {
    // In market: -2 + 1 x 4/2 + 0.5 x 100/50 = 1. Win: -1 + 0.8 x 4/2 + 0.6 = 1.2.
    expect(score.in_market_probability).toBeCloseTo(sigmoid(1), 12)
    expect(score.win_probability).toBeCloseTo(sigmoid(1.2), 12)
    expect(score.qualified_probability).toBeCloseTo(sigmoid(1) * sigmoid(1.2), 12)
    expect(score).toMatchObject({ not_scored_because: null, open_opportunity: null, model_version: 'v1' })
  })

  it('has an interval by the delta method on the log of the product', () => {
    // Variances of the log-odds: 0.04 + 2^2 x 0.01 + 2^2 x 0.09 = 0.44, and 0.01 + 2^2 x 0.04 + 0.16 = 0.33.
    const [opens, won] = [sigmoid(1), sigmoid(1.2)]
    const error = Math.sqrt((1 - opens) ** 2 * 0.44 + (1 - won) ** 2 * 0.33)
    const factor = Math.exp(1.6448536269514722 * error)
    expect(score.qualified_interval?.low).toBeCloseTo((opens * won) / factor, 12)
    expect(score.qualified_interval?.high).toBeCloseTo(Math.min(1, opens * won * factor), 12)
    expect(score.in_market_interval?.low).toBeCloseTo(sigmoid(1 - 1.6448536269514722 * Math.sqrt(0.44)), 12)
  })

  it('has contributions that add up to the log-odds of each model, and to its families', () => {
    for (const part of score.models) {
      const own = score.contributions.filter((contribution) => contribution.model === part.model)
      const sum = own.reduce((total, { log_odds }) => total + log_odds, part.intercept)
      expect(Math.abs(sum - part.log_odds)).toBeLessThan(1e-9)
      for (const [family, value] of Object.entries(part.families)) {
        const ofFamily = own.filter((contribution) => contribution.family === family)
        expect(ofFamily.reduce((total, { log_odds }) => total + log_odds, 0)).toBeCloseTo(value, 12)
      }
    }
    // The average training account: -2 + 1 x 1 + 0.5 x 0.4 = -0.8, and -1 + 0.8 x 1 + 0.6 x 0.25 = -0.05.
    expect(score.models.map(({ intercept }) => intercept.toFixed(9))).toEqual(['-0.800000000', '-0.050000000'])
    expect(score.contributions.map((one) => [one.model, one.feature, one.log_odds.toFixed(9)])).toEqual([
      ['in_market', 'visits', '1.000000000'],
      ['in_market', 'strength', '0.800000000'],
      ['win', 'visits', '0.800000000'],
      ['win', 'industry', '0.450000000'],
    ])
  })

  it('names reasons by what they do to the product, each feature once, where it says more', () => {
    // Weights, contribution x (1 - p): visits 0.269 in market and 0.185 for the win; strength 0.215; industry 0.104.
    expect(score.reasons.map(({ feature, model: of, direction }) => [feature, of, direction])).toEqual([
      ['visits', 'in_market', 'up'],
      ['strength', 'in_market', 'up'],
      ['industry', 'win', 'up'],
    ])
    expect(score.reasons[0]?.sentence).toBe('4 visits in the last 30 days')
  })

  it('goes by the name that the most trusted source gives', () => {
    expect(score).toMatchObject({ account_external_id: 'acme', account_name: 'Acme', as_of: at('2024-10-01') })
  })

  it('fits the schema that is published', () => {
    expect(PublishedScore.parse(score)).toEqual(score)
  })
})

describe('reasons against', () => {
  it('are listed as well, strongest first, without those too small', () => {
    const quiet = scoreAccount(model, snapshotOf({ activities: [event('visit', 1, 2)] }), null)
    // Two visits are average: no reason. No research: -0.2 x (1 - sigmoid(-1)); industry unknown: -0.15 x (1 - sigmoid(-0.2)).
    expect(quiet.reasons.map(({ feature, direction }) => `${feature} ${direction}`)).toEqual([
      'strength down',
      'industry down',
    ])
    expect(quiet.reasons[0]?.sentence).toBe('No research in the last 30 days')
  })
})

describe('an account with an open opportunity', () => {
  const opportunity = {
    externalId: 'deal-1',
    outcome: 'open',
    type: null,
    leadSource: null,
    openedAt: at('2024-09-10'),
    closedAt: null,
    openedAgeDays: 21,
    closedAgeDays: null,
  } as const
  const atOpening = { ...busy, asOf: at('2024-09-10'), activities: [event('visit', 1, 6)] }

  it('is scored only for whether that will be won, as of its opening', () => {
    const score = scoreAccount(model, busy, { opportunity: 'deal-1', snapshot: atOpening })
    expect(score).toMatchObject({
      as_of: at('2024-10-01'),
      not_scored_because: 'open_opportunity',
      open_opportunity: 'deal-1',
      in_market_probability: null,
      qualified_probability: null,
      qualified_interval: null,
    })
    // 0.3 x 6/2.
    expect(score.win_probability).toBeCloseTo(sigmoid(0.9), 12)
    expect(score.models.map((part) => part.model)).toEqual(['win_open'])
  })

  it('by the win model where none was trained for open ones', () => {
    const two = prepareArtifact(artifactOf(['in_market', 'win']), 'v2')
    expect(scoreAccount(two, busy, { opportunity: 'deal-1', snapshot: atOpening }).win_probability).toBeCloseTo(
      sigmoid(-1 + 0.8 * 3 + 0.6),
      12,
    )
  })

  it('uses the opportunity that opened last', () => {
    const opportunities = [
      opportunity,
      { ...opportunity, externalId: 'deal-2', openedAt: at('2024-09-12') },
      { ...opportunity, externalId: 'deal-3', outcome: 'won' as const, openedAt: at('2024-09-13') },
    ]
    expect(openOpportunity(snapshotOf({ opportunities }))?.externalId).toBe('deal-2')
    expect(openOpportunity(snapshotOf())).toBeNull()
  })
})

describe('an artifact with fewer models', () => {
  const scoreWith = (...names: ModelName[]) => scoreAccount(prepareArtifact(artifactOf(names), 'v3'), busy, null)

  it('gives the probabilities of its models', () => {
    expect(scoreWith('win')).toMatchObject({ in_market_probability: null, qualified_probability: null })
    expect(scoreWith('win').win_probability).toBeCloseTo(sigmoid(1.2), 12)
    expect(scoreWith('in_market')).toMatchObject({ win_probability: null, qualified_probability: null })
  })
})

describe('evidence', () => {
  const evidence = (changes: Partial<AccountSnapshot>) => scoreAccount(model, { ...busy, ...changes }, null).evidence

  it('is high when all features and some behaviour are known', () => {
    expect(evidence({})).toBe('high')
  })

  it('is medium for a level that training never saw', () => {
    const versions = [{ source: 'crm', attributes: { industry: 'mining' }, backfilled: false }]
    expect(evidence({ versions })).toBe('medium')
  })

  it('is low when no behaviour is known of the account, or most features are unknown', () => {
    expect(evidence({ activities: [], intentSignals: [] })).toBe('low')
    const feedStarts = { ...busy.feedStarts, activity: new Map(), intent_signal: new Map() }
    expect(evidence({ feedStarts })).toBe('low')
  })
})
