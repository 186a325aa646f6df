import { z } from 'zod'
import { type Explanation as ExplanationType, Explanation } from '../../core/explanation/published-explanation.ts'
import { EXAMPLE_REASON, EXAMPLE_SCORE } from './examples.ts'

const { contributions: _, ...score } = EXAMPLE_SCORE
const COMPARISON = 'typical before an opportunity opens: 2; typical of all accounts: 0'

/** The example of the OpenAPI document; a test validates it against the schema. */
export const EXAMPLE_EXPLANATION: ExplanationType = {
  score,
  models: [
    {
      model: 'in_market',
      question: 'Will they open an opportunity within 90 days?',
      probability: 0.31,
      interval: { low: 0.26, high: 0.36 },
      log_odds: -0.8,
      intercept: -2.4,
      average_probability: 0.083,
      families: [
        {
          family: 'intent',
          log_odds: 1.6,
          contributions: [
            {
              feature: 'pricing_page_visits',
              value: 3,
              log_odds: 1.6,
              value_log_odds: 1.5,
              standard_error: 0.3,
              sentence: '3 pricing page visits in the last 30 days',
              comparison: COMPARISON,
            },
          ],
        },
      ],
    },
  ],
  reasons: [{ ...EXAMPLE_REASON, comparison: COMPARISON }],
  uncertainty: {
    sentence:
      'Some of what the model asks for is not known of this account. With 90% confidence the chance that an opportunity opens and is won lies between 7.1% and 12%.',
    narrowed_by: [
      {
        feature: 'employees',
        because: 'unknown',
        narrower_by: 0.12,
        sentence: 'We do not know their number of employees. If we did, the range would be about 12% narrower.',
      },
    ],
  },
  counterfactuals: {
    status: 'found',
    threshold: 0.1,
    minimum_stage: 'decision',
    minimum_evidence: 'medium',
    sentence:
      'According to the model, accounts with these facts reach the threshold. This is an association, not a cause: it does not say that bringing it about would make them buy.',
    found: [
      {
        actions: [{ kind: 'activity', activity_kind: 'pricing_page_visit', count: 2, anonymous: false }],
        qualified_probability: 0.104,
        buying_stage: 'decision',
        sentence:
          'With 2 more pricing page visits, accounts like this one stand at 10%, at or over the threshold of 10%, in the decision stage.',
      },
    ],
    best: null,
  },
  change: {
    since: '2026-02-01T00:00:00.000000Z',
    version_then: 'm-0f1e2d3c4b5a6978',
    qualified_probability_then: 0.061,
    known_then: true,
    sentence: 'Since 2026-02-01: the chance that an opportunity opens and is won rose from 6.1% to 9.3%.',
    models: [
      {
        model: 'in_market',
        from: { probability: 0.21, log_odds: -1.3 },
        to: { probability: 0.31, log_odds: -0.8 },
        causes: { time: -0.12, new_facts: 0.62, version: 0 },
        sentence:
          'The chance that an opportunity opens within 90 days rose from 21% to 31%: new facts +0.62, time passing -0.12.',
        parts: [
          {
            cause: 'new_facts',
            feature: 'pricing_page_visits',
            family: 'intent',
            from: 1,
            to: 3,
            log_odds: 0.62,
            sentence: '2 more pricing page visits in the last 30 days (now 3)',
          },
        ],
      },
    ],
  },
  matches_stored: null,
}

export const AccountExplanation = z
  .strictObject({
    account_id: z.int(),
    explanation: Explanation.meta({
      id: 'Explanation',
      description:
        'For each model intercept + contributions = log-odds, by family, each value with the typical value; what would ' +
        'narrow the interval; which buyer actions are associated with reaching the threshold; why the score changed.',
      examples: [EXAMPLE_EXPLANATION],
    }),
  })
  .meta({ id: 'AccountExplanation', description: 'The explanation of an account’s score' })
