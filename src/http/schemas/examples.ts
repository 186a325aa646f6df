import type { InlineAccount } from '../../core/scoring/inline-account.ts'
import type { PublishedScore, Reason } from '../../core/scoring/published-score.ts'
import type { z } from 'zod'

/** The examples of the OpenAPI document; a test validates them against the schemas. */
export const EXAMPLE_REASON: Reason = {
  direction: 'up',
  model: 'in_market',
  family: 'engagement',
  feature: 'pricing_page_visits_30d',
  sentence: '3 pricing page visits in the last 30 days',
  log_odds: 0.86,
  standard_error: 0.14,
  certainty: 'solid',
}

export const EXAMPLE_SCORE: PublishedScore = {
  account_external_id: '0015g00000XyZab',
  account_name: 'Acme GmbH',
  as_of: '2026-03-02T09:30:00.000000Z',
  model_version: 'm-0f1e2d3c4b5a6978',
  qualified_probability: 0.093,
  qualified_interval: { low: 0.071, high: 0.122 },
  in_market_probability: 0.31,
  in_market_interval: { low: 0.26, high: 0.36 },
  win_probability: 0.3,
  win_interval: { low: 0.24, high: 0.37 },
  buying_stage: 'decision',
  scores: { account_fit: 71, contact_fit: 64, engagement: 93, intent: 48 },
  grades: { account_fit: 'B', contact_fit: 'B', engagement: 'A', intent: 'C' },
  fit_intent: { fit: 'moderate', intent: 'strong' },
  expected_amount: 50_000,
  expected_value: 4_650,
  currency: 'USD',
  declared_intent: [{ kind: 'demo_request', days_ago: 3 }],
  not_scored_because: null,
  open_opportunity: null,
  evidence: 'high',
  evidence_gaps: [],
  reasons: [EXAMPLE_REASON],
  models: [
    {
      model: 'in_market',
      intercept: -2.4,
      log_odds: -0.8,
      families: { account_fit: 0.3, contact_fit: 0.1, engagement: 0.9, intent: 0.3 },
    },
  ],
  contributions: [
    {
      model: 'in_market',
      feature: 'pricing_page_visits_30d',
      family: 'engagement',
      value: 3,
      log_odds: 0.9,
      value_log_odds: 0.86,
      standard_error: 0.14,
      sentence: '3 pricing page visits in the last 30 days',
    },
  ],
}

export const EXAMPLE_INLINE_ACCOUNT: z.input<typeof InlineAccount> = {
  name: 'Acme GmbH',
  attributes: { industry: 'software', employees: 420, country: 'DE' },
  contacts: [{ external_id: 'c1', seniority: 'vp', buying_role: 'economic_decision_maker' }],
  activities: [{ kind: 'pricing_page_visit', occurred_at: '2026-02-27T14:05:00Z', contact_external_id: 'c1' }],
  intent_signals: [],
}
