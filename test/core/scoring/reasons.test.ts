import { describe, expect, it } from 'vitest'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import type { FeatureValue } from '../../../src/core/features/types.ts'
import { prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
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
})
