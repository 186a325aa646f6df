import { describe, expect, it } from 'vitest'
import { type Threshold, thresholdFor } from '../../../src/core/explanation/threshold.ts'
import { explainAccount } from '../../../src/core/explanation/explain-account.ts'
import { Explanation } from '../../../src/core/explanation/published-explanation.ts'
import type { Typical } from '../../../src/core/scoring/artifact/typical-values.ts'
import type { AccountSnapshot } from '../../../src/core/features/snapshot.ts'
import { Policy } from '../../../src/core/qualification/policy.ts'
import { type ModelName, prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { scoreAccount } from '../../../src/core/scoring/score-account.ts'
import { at, event, signal, snapshotOf } from '../features/support.ts'
import { artifactOf } from '../scoring/support.ts'

const number = (feature: string, positives: number, all: number, some: readonly [number, number]): Typical => ({
  feature,
  positives: { known: 1, median: positives, some: some[0], levels: null },
  all: { known: 1, median: all, some: some[1], levels: null },
})
const levels = (feature: string, positives: Record<string, number>, all: Record<string, number>): Typical => ({
  feature,
  positives: { known: 0.9, median: null, some: null, levels: positives },
  all: { known: 0.8, median: null, some: null, levels: all },
})
const typical = [
  {
    model: 'in_market' as const,
    features: [number('visits', 3, 1, [0.9, 0.6]), number('strength', 0, 0, [0.31, 0.12])],
  },
  {
    model: 'win' as const,
    features: [number('visits', 2, 2, [0.8, 0.8]), levels('industry', { software: 0.34 }, { software: 0.2 })],
  },
]

const thresholdAt = (enter: number, minimumStage: Threshold['minimumStage'] = 'target'): Threshold => ({
  enter,
  minimumStage,
  minimumEvidence: 'low',
})

function explain(
  snapshot: AccountSnapshot,
  { threshold = 0.05, minimumStage = 'target', names, opened = null, excludedBy = null }: Asked = {},
) {
  const loaded = prepareArtifact({ ...artifactOf(names), typical }, 'v1')
  const opening = opened && { opportunity: 'deal-1', snapshot: opened }
  const { contributions: _, ...score } = scoreAccount(loaded, snapshot, opening)
  return explainAccount({
    loaded,
    snapshot,
    opened: opening,
    score,
    thresholdFor: { threshold: thresholdAt(threshold, minimumStage), excludedBy },
    change: null,
    matchesStored: null,
  })
}

interface Asked {
  readonly threshold?: number
  readonly minimumStage?: Threshold['minimumStage']
  readonly names?: readonly ModelName[]
  readonly excludedBy?: string | null
  readonly opened?: AccountSnapshot | null
}

const crm = (attributes: Record<string, string>) => [{ source: 'crm', attributes, backfilled: false }]
/** Four visits, research at strength 100, a software company. */
const busy = snapshotOf({
  versions: crm({ name: 'Acme', industry: 'software' }),
  activities: [event('visit', 3, 4)],
  intentSignals: [signal('crm', 5, 100)],
})

describe('an explanation', () => {
  it('tells of each model, by family, what was seen and what is typical', () => {
    const { models } = explain(busy)
    const said = models.flatMap(({ model, families }) =>
      families.flatMap(({ family, contributions }) =>
        contributions.map(({ sentence, comparison }) => `${model} ${family}: ${sentence} | ${comparison}`),
      ),
    )
    expect(said).toEqual([
      'in_market engagement: 4 visits in the last 30 days | typical before an opportunity opens: 3; typical of all accounts: 1',
      'in_market intent: Research reached strength 100 of 100 in the last 30 days | 31% of accounts about to open an opportunity had any, 12% of all',
      'win account_fit: Industry: software | 34% of won accounts, 20% of all with a deal',
      'win engagement: 4 visits in the last 30 days | typical won account: 2, as of all',
    ])
    expect(models.map(({ question }) => question)).toEqual([
      'Will they open an opportunity within 90 days?',
      'If an opportunity opened, would it be won?',
    ])
  })

  it('names the reasons over both models, what goes by one noun once, each with its comparison', () => {
    expect(explain(busy).reasons.map(({ direction, model, feature }) => `${direction} ${model} ${feature}`)).toEqual([
      'up in_market visits',
      'up in_market strength',
      'up win industry',
    ])
    const [against] = explain(snapshotOf({ versions: crm({ industry: 'steel' }) })).reasons
    expect(against).toMatchObject({ direction: 'down', sentence: 'No visits in the last 30 days' })
  })

  it('fits the schema that is published, also where an older version has nothing to compare with', () => {
    const explanation = explain(busy)
    expect(Explanation.parse(explanation)).toEqual(explanation)
    const loaded = prepareArtifact(artifactOf(), 'v1')
    const { contributions: _, ...score } = scoreAccount(loaded, busy, null)
    const older = explainAccount({
      loaded,
      snapshot: busy,
      opened: null,
      score,
      thresholdFor: { threshold: thresholdAt(0.05), excludedBy: null },
      change: null,
      matchesStored: null,
    })
    const comparisons = older.models.flatMap(({ families }) =>
      families.flatMap(({ contributions }) => contributions.map(({ comparison }) => comparison)),
    )
    expect(comparisons).toEqual([null, null, null, null])
  })
})

describe('what would narrow the range', () => {
  it('is what is unknown, and values that training never met', () => {
    // The win model has a column for software alone: a missing industry, and any other, counts as never met.
    const { uncertainty } = explain(
      snapshotOf({ versions: crm({ industry: 'steel' }), activities: [event('visit', 3, 2)] }),
    )
    expect(uncertainty.narrowed_by).toMatchObject([{ feature: 'industry', because: 'unseen' }])
    expect(uncertainty.narrowed_by[0]?.sentence).toMatch(/^Industry: steel\. The training data has no such value;/)
    const unknown = explain(snapshotOf({ activities: [event('visit', 3, 2)] })).uncertainty
    expect(unknown.narrowed_by[0]?.sentence).toMatch(
      /^We do not know their industry\. If we did, the range would be about \d+(\.\d)?% narrower\.$/,
    )
  })

  it('is nothing where all is known and ordinary', () => {
    expect(explain(busy).uncertainty.narrowed_by).toEqual([])
  })

  it('comes with how far the figures can be trusted', () => {
    const nothing = explain(snapshotOf({ activities: [] })).uncertainty.sentence
    expect(nothing).toMatch(/^Little is known of this account: take the figures as a rough idea\./)
    expect(nothing).toMatch(
      /With 90% confidence the chance that an opportunity opens and is won lies between .*% and .*%\.$/,
    )
  })
})

describe('what buyers could do', () => {
  // Quiet: 0.119 x 0.269 = 0.032. One visit more adds 0.5 and 0.4 to the log-odds, research at 100 adds 1 to in-market.
  const quiet = snapshotOf({ versions: crm({ industry: 'bank' }), activities: [event('visit', 40)] })

  it('is told from the smallest up, with the probability by scoring again', () => {
    const { counterfactuals } = explain(quiet, { threshold: 0.05 })
    expect(counterfactuals.status).toBe('found')
    const [smallest] = counterfactuals.found
    expect(smallest?.actions).toEqual([{ kind: 'activity', activity_kind: 'visit', count: 1, anonymous: false }])
    // In market: -2 + 0.5; win: -1 + 0.4.
    expect(smallest?.qualified_probability).toBeCloseTo((1 / (1 + Math.exp(1.5))) * (1 / (1 + Math.exp(0.6))), 12)
    expect(smallest?.sentence).toBe(
      'With one more activity of the kind "visit", accounts like this one stand at 6.5%, at or over the threshold of 5%.',
    )
    expect(counterfactuals.sentence).toContain('association')
  })

  it('puts two things together where one is not enough', () => {
    // Eight visits alone: 0.88 x 0.90 = 0.79. With research at 100 as well: 0.95 x 0.90 = 0.86.
    const { found } = explain(quiet, { threshold: 0.82 }).counterfactuals
    expect(found.length).toBeGreaterThan(0)
    for (const { actions } of found) expect(actions).toHaveLength(2)
    expect(found[0]?.sentence).toMatch(/^With \d more activities of the kind "visit" and /)
  })

  it('says so where nothing reaches the threshold, and what comes nearest', () => {
    const { status, found, best, sentence } = explain(quiet, { threshold: 0.999 }).counterfactuals
    expect([status, found]).toEqual(['none_found', []])
    expect(sentence).toBe(
      'The account stands at 3.2%, below the threshold of 100%. No single buyer action and no pair of actions changes that.',
    )
    expect(best?.sentence).toContain('below the threshold')
  })

  it('asks for the buying stage as well, and says which one is missing', () => {
    // The base rate is 0.3: with no backtest, decision begins at 4 x 0.3, which no probability reaches.
    const { status, best, found } = explain(quiet, { threshold: 0.05, minimumStage: 'decision' }).counterfactuals
    expect([status, found]).toEqual(['none_found', []])
    expect(best?.sentence).toMatch(
      /at or over the threshold of 5%, but in the (awareness|consideration) stage and not yet in decision\.$/,
    )
    const reached = explain(quiet, { threshold: 0.05, minimumStage: 'awareness' }).counterfactuals.found
    expect(reached.length).toBeGreaterThan(0)
    for (const one of reached) expect(one.sentence).toMatch(/in the (awareness|consideration) stage\.$/)
  })

  it('is not looked for where the policy keeps the account off the list', () => {
    const { status, sentence } = explain(quiet, { excludedBy: 'do not contact' }).counterfactuals
    expect(status).toBe('excluded')
    expect(sentence).toBe('The policy keeps the account off the list, whatever buyers do: do not contact.')
  })

  it('is not asked of an account at the threshold, or with an opportunity open', () => {
    expect(explain(busy).counterfactuals).toMatchObject({ status: 'at_the_threshold', found: [] })
    const open = explain(busy, { opened: busy })
    expect(open.counterfactuals).toMatchObject({ status: 'not_scored', found: [] })
    expect(open.models.map(({ model }) => model)).toEqual(['win_open'])
    expect(explain(busy, { names: ['win'] }).counterfactuals.status).toBe('not_scored')
  })
})

describe('the threshold', () => {
  const policy = Policy.parse({
    qualified_probability: { enter: 0.05 },
    minimum_stage: 'consideration',
    motions: {
      new_business: { takes: 'prospects' },
      expansion: { takes: 'customers', qualified_probability: { enter: 0.2 } },
    },
    exclusions: { attributes: [{ name: 'do_not_contact', field: 'do_not_contact', is_any_of: ['yes'] }] },
  })
  const loaded = prepareArtifact(artifactOf(), 'v1')
  const deal = {
    externalId: 'd',
    type: null,
    leadSource: null,
    openedAt: at('2024-01-01'),
    openedAgeDays: 270,
  } as const
  const customer = snapshotOf({
    opportunities: [{ ...deal, outcome: 'won', closedAt: at('2024-02-01'), closedAgeDays: 240 }],
  })

  it("is that of the motion that takes such an account; a threshold that the version's backtest chose comes before the file's", () => {
    expect(thresholdFor(loaded, policy, busy)).toMatchObject({
      threshold: { enter: 0.05, minimumStage: 'consideration' },
      excludedBy: null,
    })
    expect(thresholdFor(loaded, policy, customer).threshold.enter).toBe(0.2)
    const chosen = prepareArtifact(artifactOf(), 'v1', {
      enter: 0.08,
      stages: [],
      basis: { enter: 'test', stages: 'test' },
    })
    expect(thresholdFor(chosen, policy, busy).threshold.enter).toBe(0.08)
  })

  it('names what keeps an account off the list', () => {
    const blocked = snapshotOf({ versions: crm({ do_not_contact: 'yes' }) })
    expect(thresholdFor(loaded, policy, blocked).excludedBy).toBe('do not contact')
    const prospectsOnly = Policy.parse({ ...policy, motions: { new_business: { takes: 'prospects' } } })
    expect(thresholdFor(loaded, prospectsOnly, customer).excludedBy).toBe('no motion takes customers')
  })
})
