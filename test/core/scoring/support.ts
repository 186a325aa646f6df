import { ModelSpecification } from '../../../src/core/training/cohorts/model-specification.ts'
import { FeatureSpecification } from '../../../src/core/features/specification.ts'
import type { LogisticModel } from '../../../src/core/training/logistic/logistic-model.ts'
import type { ModelArtifact, ModelName } from '../../../src/core/scoring/artifact/model-artifact.ts'

/**
 * Three features and three models with numbers that are easy to follow:
 *
 *     in market: -2 + 1.0 x visits(/sd 2) + 0.5 x strength(/sd 50)      averages: visits 1, strength 0.4
 *     win:       -1 + 0.8 x visits(/sd 2) + 0.6 if software             averages: visits 1, software 0.25
 *     win open:   0 + 0.3 x visits(/sd 2)                               averages: visits 1
 */
export const features = FeatureSpecification.parse({
  source_precedence: ['crm'],
  features: [
    {
      name: 'visits',
      family: 'engagement',
      noun: ['visit', 'visits'],
      measure: 'count',
      of: 'activity',
      window_days: 30,
      transform: 'none',
    },
    {
      name: 'strength',
      family: 'intent',
      noun: ['research', 'research'],
      measure: 'intent_strength',
      aggregate: 'max',
      window_days: 30,
    },
    {
      name: 'industry',
      family: 'account_fit',
      noun: ['industry', 'industry'],
      measure: 'attribute',
      field: 'industry',
      type: 'category',
    },
  ],
})

const visits = {
  feature: {
    name: 'visits',
    family: 'engagement',
    kind: 'number',
    transform: 'none',
    sign: null,
    mean: 2,
    sd: 2,
    folded: [],
  },
  columns: [{ feature: 'visits', part: 'value', level: null, family: 'engagement', sign: null, mean: 1 }],
} as const
const strength = {
  feature: {
    name: 'strength',
    family: 'intent',
    kind: 'number',
    transform: 'none',
    sign: null,
    mean: 20,
    sd: 50,
    folded: [],
  },
  columns: [{ feature: 'strength', part: 'value', level: null, family: 'intent', sign: null, mean: 0.4 }],
} as const
const industry = {
  feature: {
    name: 'industry',
    family: 'account_fit',
    kind: 'category',
    transform: 'none',
    sign: null,
    mean: null,
    sd: null,
    folded: [],
  },
  columns: [{ feature: 'industry', part: 'level', level: 'software', family: 'account_fit', sign: null, mean: 0.25 }],
} as const

function logistic(
  parts: readonly (typeof visits | typeof strength | typeof industry)[],
  intercept: number,
  coefficients: readonly number[],
  covariance: readonly number[],
): LogisticModel {
  return {
    format: 'winrate-logistic/1',
    solver: 'newton',
    seed: 1,
    encoder: {
      features: parts.map(({ feature }) => ({ ...feature, folded: [...feature.folded] })),
      columns: parts.flatMap(({ columns }) => columns.map((column) => ({ ...column }))),
      dropped: [],
    },
    intercept,
    coefficients: [...coefficients],
    covariance: [...covariance],
    l2_penalty: 1,
    held_at_zero: [],
    counts: { rows: 100, accounts: 100, won: 30, lost: 70, weight: 100 },
    base_rate: 0.3,
    design_effect: 1,
    cross_validation: { method: 'none', reason: null, label_window_days: 90, folds: [], scores: [], at_edge: false },
    calibration: {
      kind: 'skipped',
      intercept: 0,
      slope: 1,
      centre: 0,
      shift_error: 0,
      slope_error: 0,
      rows: 0,
      reason: 'by hand',
    },
  }
}

const LOGISTIC: Readonly<Record<ModelName, LogisticModel>> = {
  // Covariance of (intercept, visits, strength), packed lower triangle: variances 0.04, 0.01 and 0.09.
  in_market: logistic([visits, strength], -2, [1, 0.5], [0.04, 0, 0.01, 0, 0, 0.09]),
  win: logistic([visits, industry], -1, [0.8, 0.6], [0.01, 0, 0.04, 0, 0, 0.16]),
  win_open: logistic([visits], 0, [0.3], [0.01, 0, 0.01]),
}

const SPECIFICATIONS: Readonly<Record<ModelName, ModelSpecification>> = {
  in_market: ModelSpecification.parse({
    model: 'in_market',
    moment: { kind: 'first_of_month' },
    label: { kind: 'opens', within_days: 90 },
    families: ['engagement', 'intent'],
  }),
  win: ModelSpecification.parse({
    model: 'win',
    moment: { kind: 'first_of_month_before_opening' },
    label: { kind: 'won', within_days: 180, from: 'opened_at' },
    exclude: ['strength'],
  }),
  win_open: ModelSpecification.parse({
    model: 'win_open',
    moment: { kind: 'opened_at' },
    label: { kind: 'won', within_days: 180, from: 'opened_at' },
    families: ['engagement'],
  }),
}

export function artifactOf(names: readonly ModelName[] = ['in_market', 'win', 'win_open']): ModelArtifact {
  return {
    format: 'winrate-model/1',
    as_of: '2024-10-01T00:00:00.000000Z',
    data_sha256: 'a'.repeat(64),
    specification_sha256: 'b'.repeat(64),
    specification: { features, models: names.map((name) => SPECIFICATIONS[name]) },
    cohorts: [],
    models: names.map((name) => ({ model: name, logistic: LOGISTIC[name] })),
  }
}
