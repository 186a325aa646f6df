import { describe, expect, it } from 'vitest'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { describeFeature } from '../../../src/core/features/describe.ts'
import type { FeatureValue } from '../../../src/core/features/types.ts'
import { prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { Reason } from '../../../src/core/scoring/published-score.ts'
import { reasonInWords } from '../../../src/core/scoring/reason-words.ts'
import { explained, reasonsOf } from '../../../src/core/scoring/reasons.ts'
import type { Prediction } from '../../../src/core/scoring/prediction.ts'
import { specificationOf } from '../features/support.ts'
import { artifactOf } from './support.ts'

const boss = { by: { buying_role: ['economic_decision_maker'] } }
const features = specificationOf([
  { name: 'visits', measure: 'count', of: 'activity', window_days: [7, 30], noun: ['visit', 'visits'] },
  { name: 'boss_known', family: 'contact_fit', measure: 'people_known', ...boss, noun: ['boss known', 'known bosses'] },
  {
    name: 'boss_engaged',
    measure: 'people_engaged',
    ...boss,
    window_days: 90,
    noun: ['boss engaged', 'bosses engaged'],
  },
  {
    name: 'tools',
    family: 'account_fit',
    measure: 'attribute',
    field: 'tools',
    type: 'set',
    noun: ['tools in use', 'tools in use'],
  },
])
const artifact = artifactOf(['in_market'])
const model = { ...prepareArtifact(artifact, 'v1'), featureSet: compileFeatures(features) }
const { logistic } = artifact.models[0]!
const tools = { feature: 'tools', family: 'account_fit', sign: null, part: 'level' } as const

interface Account {
  readonly own?: readonly string[]
  readonly values?: Readonly<Record<string, number>>
  readonly standardError?: number
}

/** An account with these contributions, in a model that knows the tools a_b (in half of the examples) and c. */
function applied(
  contributions: Readonly<Record<string, number>>,
  { own = [], values = {}, standardError = 0.01 }: Account = {},
): Prediction {
  return {
    name: 'in_market',
    model: {
      ...logistic,
      encoder: {
        ...logistic.encoder,
        columns: [
          { ...tools, level: 'a_b', mean: 0.5 },
          { ...tools, level: 'c', mean: 0.5 },
        ],
      },
      coefficients: [1, 0.05],
    },
    values: new Map<string, FeatureValue>([
      ...Object.keys(contributions).map((name) => [name, values[name] ?? 1] as const),
      ['tools', own],
    ]),
    result: {
      logOdds: 0,
      intercept: 0,
      probability: 0.1,
      standardError: 0,
      interval90: { low: 0, high: 1 },
      familyParts: { account_fit: 0, contact_fit: 0, engagement: 0, intent: 0 },
      unseen: [],
      contributions: Object.entries(contributions).map(([feature, logOdds]) => ({
        feature,
        family: 'engagement',
        logOdds,
        ofValue: { logOdds, standardError },
      })),
    },
  }
}
const reasonsFor = (...of: Parameters<typeof applied>) => reasonsOf(model, [explained(model, applied(...of))])

describe('reasons', () => {
  it('name one thing once, over the window where it says most', () => {
    expect(reasonsFor({ visits_7d: 0.3, visits_30d: 0.5 }).map(({ feature }) => feature)).toEqual(['visits_30d'])
  })

  it('do not say that somebody has not engaged where they say already that nobody is known', () => {
    expect(
      reasonsFor({ boss_known: -0.3, boss_engaged: -0.2 }, { values: { boss_known: 0, boss_engaged: 0 } }).map(
        ({ sentence }) => sentence,
      ),
    ).toEqual(['No known bosses'])
  })

  it('name the tools that matter, not all of them', () => {
    expect(reasonsFor({ tools: 0.5 }, { own: ['c', 'a_b', 'd'] }).map(({ sentence }) => sentence)).toEqual([
      'Tools in use: a b',
    ])
  })

  it('or the ones that are lacking', () => {
    expect(reasonsFor({ tools: -0.5 }, { own: ['d'] }).map(({ sentence }) => sentence)).toEqual([
      'No a b among the tools in use',
    ])
  })

  it('leave out what hardly moves anything', () => {
    // 0.022 x (1 - 0.1) is just below 0.02.
    expect(reasonsFor({ visits_7d: 0.022 }, { standardError: 0 })).toEqual([])
  })

  it('are silent below one standard error, and say "probably" up to 1.64', () => {
    const told = (logOdds: number) => reasonsFor({ visits_7d: logOdds }, { standardError: 0.1 })
    expect(told(0.099)).toEqual([])
    expect(told(0)).toEqual([])
    expect(told(0.164)).toEqual([
      {
        direction: 'up',
        model: 'in_market',
        family: 'engagement',
        feature: 'visits_7d',
        sentence: '1 visit in the last 7 days, probably a plus',
        log_odds: 0.164,
        standard_error: 0.1,
        certainty: 'probable',
      },
    ])
    expect(told(-0.11)[0]?.sentence).toBe('1 visit in the last 7 days, probably a minus')
    expect(told(0.165)).toMatchObject([{ sentence: '1 visit in the last 7 days', certainty: 'solid' }])
  })

  it('are ranked by size less one standard error: a sure one before a larger one that is not', () => {
    const both = applied({ visits_7d: 0.3, tools: 0.5 }, { own: ['a_b'] })
    const errors: Readonly<Record<string, number>> = { visits_7d: 0.05, tools: 0.4 }
    const contributions = both.result.contributions.map((one) => ({
      ...one,
      ofValue: { logOdds: one.logOdds, standardError: errors[one.feature]! },
    }))
    const answer = { ...both, result: { ...both.result, contributions } }
    const told = reasonsOf(model, [explained(model, answer)])
    expect(told.map(({ feature }) => feature)).toEqual(['visits_7d', 'tools'])
  })

  it('never say for an account that nothing happened there', () => {
    const nothing = { values: { visits_7d: 0, boss_known: 0 } }
    expect(reasonsFor({ visits_7d: 0.5, boss_known: 0.4 }, nothing)).toEqual([])
    expect(reasonsFor({ visits_7d: -0.5 }, nothing)).toMatchObject([{ sentence: 'No visits in the last 7 days' }])
  })
})

describe('a sentence that reads the other way than it counts says what it is measured against', () => {
  const definition = (measure: object) =>
    compileFeatures(specificationOf([{ name: 'feature', noun: ['deal', 'deals'], family: 'account_fit', ...measure }]))
      .features[0]!.definition
  const deals = definition({ measure: 'count', of: 'opportunity', window_days: 730 })
  const size = definition({ measure: 'attribute', field: 'size', type: 'number' })
  const kind = definition({ measure: 'attribute', field: 'kind', type: 'category' })
  const since = definition({ measure: 'days_since_last', of: 'activity', window_days: 90 })
  const once = definition({ measure: 'count', of: 'activity', window_days: 90, at_most: 1 })
  const pace = definition({ measure: 'trend', of: 'activity', window_days: 21, baseline_days: 84 })
  it.each([
    [deals, 2, 'down', false, '2 deals in the last 2 years: fewer than usual for accounts with a deal'],
    [deals, 9, 'down', true, '9 deals in the last 2 years: more than usual for accounts with a deal'],
    [deals, 9, 'up', true, '9 deals in the last 2 years'],
    [deals, 2, 'up', false, '2 deals in the last 2 years: fewer than usual for accounts with a deal'],
    [deals, 0, 'down', false, 'No deals in the last 2 years'],
    [size, 40, 'down', false, 'Deal: 40, lower than usual for accounts with a deal'],
    [kind, 'steel', 'down', null, 'Deal: steel, less favourable than usual'],
    [kind, 'steel', 'up', null, 'Deal: steel'],
    [since, 3, 'up', false, 'Last deal 3 days ago'],
    [since, 3, 'down', false, 'Last deal 3 days ago: more recent than usual for accounts with a deal'],
    [since, 60, 'down', true, 'Last deal 60 days ago: longer ago than usual for accounts with a deal'],
    [since, 90, 'down', true, 'No deal in the last 90 days'],
    [once, 1, 'down', true, 'Deal in the last 90 days: less favourable than none'],
    [
      pace,
      0,
      'down',
      false,
      "Deals at the account's usual rate in the last 21 days: lower than usual for accounts with a deal",
    ],
  ] as const)('%#', (feature, value, direction, isAbove, sentence) => {
    const told = { definition: feature, value, direction, isAbove, model: 'win', isLack: false } as const
    expect(reasonInWords({ ...told, sentence: describeFeature(feature, value) })).toBe(sentence)
  })

  it('and what is lacking needs no more words', () => {
    expect(reasonsFor({ tools: -0.5 }, { own: ['d'] })).toMatchObject([{ sentence: 'No a b among the tools in use' }])
  })
})

describe('a stored reason', () => {
  it('of an earlier release, without standard error and certainty, is still read', () => {
    const { log_odds: _, standard_error: __, certainty: ___, ...earlier } = reasonsFor({ visits_7d: 0.5 })[0]!
    expect(Reason.parse(earlier)).toEqual(earlier)
  })
})
